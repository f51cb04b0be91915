package attack

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/store"
)

func TestAU13_NewBrowserIsTold(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, mine, other := a.AddUser("alice"), a.Browser(), a.Browser()
	wants := func(what string, want int) {
		t.Helper()
		if n := noticed(a, alice, mail.NewBrowser); n != want {
			t.Fatalf("after %s: told of %d new browsers, want %d", what, n, want)
		}
	}
	mine.SignIn(alice)
	wants("the very first sign-in", 0)
	mine.Post("/logout")
	mine.SignIn(alice)
	wants("the same browser", 0)
	other.Password(alice)
	wants("a password alone", 0)
	other.SignIn(alice)
	wants("another browser", 1)
	other.Confirm(alice)
	other.SignIn(alice)
	wants("that one again", 1)
	shared := a.Browser()
	shared.SignIn(a.AddUser("bob"))
	shared.SignIn(alice)
	wants("a browser that only Bob had used", 2)
	if n := noticed(a, a.Admin, mail.NewBrowser); n != 0 {
		t.Errorf("somebody else was told %d times", n)
	}
	sent := 0
	for _, m := range a.Post() {
		if m.Subject == "New sign-in" && strings.Contains(m.Text, "New sign-in from Firefox on Linux.") {
			sent++
		}
	}
	if sent != 2 {
		t.Errorf("%d mails, want 2", sent)
	}
}

func TestAU13_RememberedBrowserThatIsNewIsToldOnce(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	a.Browser().SignIn(alice)
	b := tick(a, a.Browser(), alice)
	if !skips(b, alice) || noticed(a, alice, mail.NewBrowser) != 1 {
		t.Errorf("told %d times, want once", noticed(a, alice, mail.NewBrowser))
	}
}

// TestAU13_NoBrowserIsNewForEnrolling: what ends every known browser is done in one
// of them, or is the beginning.
func TestAU13_NoBrowserIsNewForEnrolling(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	nell, b := a.AddUser("nell", apptest.NoPhone), a.Browser()
	b.SignIn(nell)
	b.Post("/logout")
	a.Set("two_step", "everyone")
	a.Clock.Add(time.Minute)
	b.Password(nell).Redirects("/security/authenticators/new")
	key, id := enrolment(t, b)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key)).Redirects("/security/recovery-codes")
	ivan, c := a.AddUser("ivan", apptest.Invited), a.Browser()
	c.Get(ivan.Link(store.PurposeInvite)).Redirects("/invite")
	c.Post("/invite", "new_password", newPassword).Redirects("/security/authenticators/new")
	key, id = enrolment(t, c)
	c.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key)).Redirects("/security/recovery-codes")
	for _, u := range []*apptest.User{nell, ivan} {
		if n := noticed(a, u, mail.NewBrowser); n != 0 {
			t.Errorf("%s was told of a new browser", u.Username)
		}
	}
}

// TestAU13_OwnerIsToldOfManyFailures guesses up to the ceiling, waiting as it must.
func TestAU13_OwnerIsToldOfManyFailures(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bert := a.AddUser("alice"), a.AddUser("bert", apptest.Disabled)
	wants := map[int]int{19: 0, 20: 1, 21: 1, 99: 1, 100: 2}
	for _, u := range []*apptest.User{alice, bert} {
		for tries := 1; tries <= auth.LimitOf(auth.BucketName).Ceiling; tries++ {
			b := a.Browser()
			for guess(b, u.Username).Status == http.StatusTooManyRequests {
				wait, err := strconv.Atoi(b.Header.Get("Retry-After"))
				if err != nil {
					t.Fatal(err)
				}
				a.Clock.Add(time.Duration(wait) * time.Second)
			}
			want, known := wants[tries]
			if u == bert {
				want, known = 0, true
			}
			guess(b, u.Username) // one that has to wait is not counted, and told of neither
			if n := noticed(a, u, mail.TooManyFailures); known && n != want {
				t.Fatalf("%s: told %d times after %d tries, want %d", u.Username, n, tries, want)
			}
			if tries < 10 {
				tries++ // that one was counted: the first are free
			}
		}
	}
	guess(a.Browser(), "alice").Is(http.StatusTooManyRequests)
	if n := noticed(a, alice, mail.TooManyFailures); n != 2 {
		t.Errorf("told %d times behind the ceiling", n)
	}
}

// TestAU04_RememberedBrowserIsKnown: the longer cookie moves tries to a bucket of its
// own as the shorter one does.
func TestAU04_RememberedBrowserIsKnown(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := tick(a, a.Browser(), alice)
	guessUntilBlocked(t, a.Browser(), "alice")
	a.Browser().Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
	if !skips(b, alice) {
		t.Error("a stranger locked a remembered browser out")
	}
	limit := auth.LimitOf(auth.BucketBrowser).Free
	for range limit {
		guess(b, "alice").Is(422)
	}
	if remembered(t, a, alice) != 0 {
		t.Error("a browser that guesses is still remembered")
	}
}

func TestSE05_DoubledCookiesAreWrittenDown(t *testing.T) {
	t.Parallel()
	for _, https := range []bool{false, true} {
		for name, path := range map[string]string{"latchkey": "/profile", "latchkey-pending": "/login/code", browserCookie: "/login"} {
			t.Run(fmt.Sprint(name, https), func(t *testing.T) {
				t.Parallel()
				a := apptest.Start(t, apptest.Options{HTTPS: https})
				rows := func() int {
					return number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'login.blocked' AND result = 'blocked' AND details LIKE '%two cookies of one name%'`)
				}
				send := func(username string, values ...string) {
					b := a.Browser()
					r := b.Request(http.MethodGet, path, nil)
					if path == "/login" {
						r = b.Request(http.MethodPost, path, map[string][]string{"username": {username}, "password": {tooLong}})
					}
					r.Header.Del("Cookie")
					for _, value := range values {
						r.Header.Add("Cookie", a.CookieName(name)+"="+value)
					}
					if b.Send(r).Status >= 500 {
						t.Errorf("status %d", b.Status)
					}
				}
				token := strings.Repeat("x", 43)
				send("root-admin")
				send("root-admin", token)
				if rows() != 0 {
					t.Fatal("one cookie was taken for two")
				}
				send("nobody-here", token, token)
				send("root-admin", token, "")
				if n := rows(); n != 2 {
					t.Fatalf("%d audit rows of two requests", n)
				}
				for i := range 60 {
					send(fmt.Sprint("nobody", i), token, token)
				}
				if n := rows(); n > 6 {
					t.Errorf("%d audit rows of a burst", n)
				}
				a.Clock.Add(61 * time.Second)
				before := rows()
				send("root-admin", token, token)
				if n := rows(); n != before+1 {
					t.Errorf("%d new rows a minute later, want 1", n-before)
				}
			})
		}
	}
}
