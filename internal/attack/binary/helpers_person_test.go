package binary

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

// person is somebody with a password and, mostly, a phone.
type person struct {
	Name, Email, Password string
	// Key is what the phone holds, in base32; "" for somebody without one.
	Key string
	// Recovery are the recovery codes, once codes has made them.
	Recovery []string

	last int64 // step of the newest code that was used up
}

// take takes a person of a kind out of the house: nobody else gets the same one.
func (t *T) take(kind string) *person {
	t.Helper()
	t.guard.Lock()
	defer t.guard.Unlock()
	left := t.people[kind]
	if len(left) == 0 {
		t.Fatalf("no %s is left in house %s", kind, t.house.name)
	}
	t.people[kind] = left[1:]
	return left[0]
}

// user, admin and newcomer take somebody who signs in with password and code, an
// administrator, and somebody with a password and no authenticator.
func (t *T) user() *person     { t.Helper(); return t.take("user") }
func (t *T) admin() *person    { t.Helper(); return t.take("admin") }
func (t *T) newcomer() *person { t.Helper(); return t.take("newcomer") }

// step is the step of 30 seconds that now is in.
func step() int64 { return time.Now().Unix() / 30 }

// codeAt is what a phone with this key shows at a step.
func (t *T) codeAt(key string, step int64) string {
	t.Helper()
	code, err := totp.GenerateCode(key, time.Unix(step*30, 0))
	t.must(err)
	t.secret("a code", code)
	return code
}

// code is a code of the person that still works and that none before was: there are three
// within half a minute, since a clock may be wrong by one step. It waits for the next step
// where all are used up.
func (t *T) code(p *person) string {
	t.Helper()
	soon := time.Now().Add(8*time.Second).Unix() / 30 // where the server may be when it looks at it
	next := max(p.last+1, soon-1)
	if next > step()+1 {
		t.within(time.Minute, "the next code", func() bool { return step()+1 >= next })
	}
	p.last = next
	return t.codeAt(p.Key, next)
}

// wrongCode is a code that the person's phone shows at no step nearby.
func (t *T) wrongCode(p *person) string {
	t.Helper()
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444", "555555", "666666"} {
		right := false
		for s := step() - 3; s <= step()+3; s++ {
			right = right || t.codeAt(p.Key, s) == code
		}
		if !right {
			return code
		}
	}
	t.Fatal("a phone shows seven codes at most")
	return ""
}

// within asks again and again whether something has happened, and fails after so long.
func (t *T) within(most time.Duration, what string, is func() bool) {
	t.Helper()
	again, over := time.NewTicker(20*time.Millisecond), time.After(most)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-over:
			t.Fatalf("%s did not come within %s", what, most)
		}
	}
}

// password takes the first step of signing in.
func (b *browser) password(p *person) *browser {
	b.t.Helper()
	b.post("/login", "username", p.Name, "password", p.Password)
	return b
}

// signIn signs a person in, who must have a phone.
func (b *browser) signIn(p *person) *browser {
	b.t.Helper()
	b.password(p).want(http.StatusSeeOther, "/login/code")
	b.post("/login/code", "code", b.t.code(p))
	if b.Status != http.StatusSeeOther || b.session() == "" {
		b.t.Fatalf("signing in answered %d to %q\n%s", b.Status, b.To(), text(b.Body))
	}
	return b
}

// signedIn returns a browser in which a person is signed in.
func (t *T) signedIn(p *person) *browser {
	t.Helper()
	return t.browser().signIn(p)
}

var (
	recoveryCode = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b`)
	enrolKey     = regexp.MustCompile(`secret=([A-Z2-7]{32})`)
	// pageForm finds the value of a hidden field.
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)
)

// codes makes recovery codes for the person who is signed in freshly and keeps them.
func (b *browser) codes(p *person) *browser {
	b.t.Helper()
	b.post("/security/recovery-codes/new")
	b.want(http.StatusSeeOther, "/security/recovery-codes")
	b.get("/security/recovery-codes")
	p.Recovery = recoveryCode.FindAllString(b.Body, -1)
	if len(p.Recovery) != 10 {
		b.t.Fatalf("%d recovery codes\n%s", len(p.Recovery), text(b.Body))
	}
	for _, code := range p.Recovery {
		b.t.secret("a recovery code", code)
	}
	b.post("/security/recovery-codes", "saved", "on")
	return b
}

// key reads the key of an authenticator that the page offers to add.
func (b *browser) key() string {
	b.t.Helper()
	found := enrolKey.FindStringSubmatch(b.Body)
	if found == nil {
		b.t.Fatalf("no key on the page\n%s", text(b.Body))
	}
	b.t.secret("a key", found[1])
	return found[1]
}

// hidden reads the value of a hidden field of the page, or "".
func (b *browser) hidden(name string) string {
	for _, found := range hiddenField.FindAllStringSubmatch(b.Body, -1) {
		if found[1] == name {
			return found[2]
		}
	}
	return ""
}

var tags = regexp.MustCompile(`(?s)<head.*</head>|<svg.*?</svg>|<[^>]*>`)

// text is roughly what a person reads on a page, for messages.
func text(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}
