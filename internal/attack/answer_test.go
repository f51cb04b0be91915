package attack

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

var reference = regexp.MustCompile(`<code>[0-9a-z]{10}</code>`)

// whole is everything of an answer that somebody could compare, with the typed
// name and the reference of the error page taken out.
func whole(p *apptest.Page, name string) string {
	var lines []string
	for key, values := range p.Header {
		if key != "Date" {
			lines = append(lines, key+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(lines)
	body := reference.ReplaceAllString(strings.ReplaceAll(p.Body, name, "NAME"), "<code>REFERENCE</code>")
	return fmt.Sprintf("%d\n%s\n\n%s", p.Status, strings.Join(lines, "\n"), body)
}

const wrong = "not the password at all"

// refused are people who may not sign in, by name, each with the password that is
// tried. All names are as long as each other.
func refused(t *testing.T, a *apptest.App) map[string]string {
	t.Helper()
	old, err := bcrypt.GenerateFromPassword([]byte(apptest.Password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	cheap := password.Cost{MemoryKiB: 8 << 10, Time: 2, Threads: 1}.Hash(apptest.Password)
	tried := map[string]string{"unknown-01": wrong}
	add := func(name, password string, traits ...apptest.Trait) *apptest.User {
		tried[name] = password
		return a.AddUser(name, traits...)
	}
	add("known-name", wrong)
	add("admin-name", wrong, apptest.Administrator)
	add("phoneless1", wrong, apptest.NoPhone)
	add("disabled-1", wrong, apptest.Disabled)
	add("disabled-2", apptest.Password, apptest.Disabled)
	add("invited-01", wrong, apptest.Invited)
	add("bcrypt-old", wrong, apptest.Hashed(string(old)))
	add("argon-old1", wrong, apptest.Hashed(cheap))
	add("corrupt-01", wrong, apptest.Hashed("$argon2id$v=19$m=4194304,t=0,p=0$AAAA$AAAA"))
	add("corrupt-02", apptest.Password, apptest.Hashed("x"))
	for _, u := range []*apptest.User{add("deleted-01", wrong), add("deleted-02", apptest.Password)} {
		a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, u.ID, a.Clock.Now()); return err })
	}
	return tried
}

// TestAU05_AnswersTellNobodyWhoExists compares, byte by byte, what they get: at
// once, and when too many tries have closed the account to strangers.
func TestAU05_AnswersTellNobodyWhoExists(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	tried := refused(t, a)
	names := slices.Sorted(maps.Keys(tried))
	post := func(i int, password string) *apptest.Page {
		b := a.Browser().From(fmt.Sprint("203.0.113.", i)) // or the network would be what is blocked
		return b.Post("/login", "username", names[i], "password", password, "next", "/security")
	}
	try := func(i int) *apptest.Page { return post(i, tried[names[i]]) }
	var open []*apptest.Page
	for i := range names { // one by one: who waits too long for a hash is told so
		open = append(open, try(i))
	}
	race(t, len(names), func(i int) (p *apptest.Page) {
		for range auth.LimitOf(auth.BucketName).Free - 1 {
			p = post(i, tooLong).Is(http.StatusUnprocessableEntity)
		}
		return p
	})
	blocked := race(t, len(names), try)
	nobody := slices.Index(names, "unknown-01")
	open[nobody].Is(http.StatusUnprocessableEntity)
	blocked[nobody].Is(http.StatusTooManyRequests)
	for i, name := range names {
		if diff := cmp.Diff(whole(open[nobody], "unknown-01"), whole(open[i], name)); diff != "" {
			t.Errorf("%s is answered in another way than nobody:\n%s", name, diff)
		}
		if diff := cmp.Diff(whole(blocked[nobody], "unknown-01"), whole(blocked[i], name)); diff != "" {
			t.Errorf("%s, blocked, is answered in another way than nobody:\n%s", name, diff)
		}
	}
}

// TestPW09_OldHashIsReplacedAtSignIn signs in with an imported password.
func TestPW09_OldHashIsReplacedAtSignIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	old, err := bcrypt.GenerateFromPassword([]byte(apptest.Password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	u := a.AddUser("imported", apptest.Hashed(string(old)))
	a.Browser().SignIn(u).At("/profile")
	login, _, err := a.DB.LoginByID(u.ID)
	if err != nil || !strings.HasPrefix(login.Hash, "$argon2id$") {
		t.Errorf("the hash is %.12q (%v), want argon2id", login.Hash, err)
	}
	a.Browser().SignIn(u).At("/profile")
}

// TestPW03_WholePasswordCounts signs in with an imported password of 72 bytes, of
// which bcrypt looks at no more, and with something after it.
func TestPW03_WholePasswordCounts(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	long := strings.Repeat("correct horse ", 6)[:72]
	old, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	u := a.AddUser("imported", apptest.Hashed(string(old)))
	for _, tried := range []string{long + "x", long + long, long[:71], strings.ToUpper(long), " " + long, long + "\u200b"} {
		a.Browser().Post("/login", "username", "imported", "password", tried).Is(422)
	}
	u.Password = long
	a.Browser().SignIn(u).At("/profile")
}

// TestPW15_NothingIsNoPassword tries nothing in many spellings on people without a
// password.
func TestPW15_NothingIsNoPassword(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("ivan", apptest.Invited)
	for _, password := range []string{"", " ", "\t", "null", "undefined", "\u00a0", "x"} {
		p := a.Browser().Post("/login", "username", "ivan", "password", password).Is(422)
		if len(p.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%q got a cookie", password)
		}
	}
	a.Browser().Post("/login", "username", "ivan").Is(422)
}
