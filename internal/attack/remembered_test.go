package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/mail"
)

// browserCookie is the cookie of a known or remembered browser.
const browserCookie = "latchkey-browser"

// remembering starts a program in which browsers may skip the code for so many days.
func remembering(t *testing.T, days int) (*apptest.App, *apptest.User) {
	t.Helper()
	a := apptest.Start(t, apptest.Options{})
	a.Set("remember_days", fmt.Sprint(days))
	return a, a.AddUser("alice")
}

// tick signs in with a code and asks that the browser be remembered.
func tick(a *apptest.App, b *apptest.Browser, u *apptest.User) *apptest.Browser {
	a.TB.Helper()
	b.Password(u).Redirects("/login/code")
	a.Clock.Add(30 * time.Second)
	b.Post("/login/code", "code", u.Code(), "remember", "1").Redirects("/profile")
	return b
}

// skips signs in with the password and reports whether that was all.
func skips(b *apptest.Browser, u *apptest.User) bool {
	return b.Password(u).Header.Get("Location") == "/profile"
}

// noticed counts the notices of this kind.
func noticed(a *apptest.App, u *apptest.User, k mail.Kind) (n int) {
	a.TB.Helper()
	all, err := a.DB.Notices(u.ID, true, 50)
	if err != nil {
		a.TB.Fatal(err)
	}
	for _, one := range all {
		if one.Kind == string(k) {
			n++
		}
	}
	return n
}

func remembered(t *testing.T, a *apptest.App, u *apptest.User) int {
	t.Helper()
	return number(t, a, `SELECT count(*) FROM browsers WHERE user_id = $1 AND remembered_until > 0`, u.ID)
}

func TestSE14_OffByDefault(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, b := a.AddUser("alice"), a.Browser()
	b.Password(alice)
	b.Open("/login/code").SeesNot("Skip this step")
	tick(a, b, alice) // a form made by hand
	if len(b.Cookies[browserCookie]) != 43 || skips(b, alice) || remembered(t, a, alice) != 0 {
		t.Error("a browser was remembered although the setting is off")
	}
}

func TestSE14_NeverForAdministrators(t *testing.T) {
	t.Parallel()
	a, _ := remembering(t, 30)
	b := a.Browser()
	b.Password(a.Admin)
	b.Open("/login/code").SeesNot("Skip this step")
	tick(a, b, a.Admin)
	if len(b.Cookies[browserCookie]) != 43 || skips(b, a.Admin) || remembered(t, a, a.Admin) != 0 {
		t.Error("an administrator's browser was remembered")
	}
}

func TestSE14_StorySkipsTheCode(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := a.Browser()
	b.Open("/login").Sees("Sign in")
	b.Submit("Sign in", "Username or email", "alice", "Password", alice.Password).At("/login/code")
	const box = "Skip this step on this browser for 30 days"
	b.Submit("Continue", "Code", alice.WrongCode(), box, "on").Is(422)
	if _, kept := b.Doc().Find("#remember").Attr("checked"); !kept {
		t.Error("the box is not ticked any more after a wrong code")
	}
	b.Submit("Continue", "Code", alice.Code()).At("/profile")
	b.Open("/security").Sees("Remembered browsers", "Firefox on Linux", "Forget")
	b.Post("/logout")
	b.Open("/login")
	b.Submit("Sign in", "Username or email", "alice", "Password", alice.Password).At("/profile")
	b.Open("/security").Sees("password, remembered browser")
	rows := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'login.password' AND result = 'ok' AND details LIKE '%"remembered browser"%'`)
	if rows != 1 {
		t.Errorf("%d audit rows of a remembered browser, want 1", rows)
	}
	if other := a.Browser(); skips(other, alice) {
		t.Error("another browser skips the code")
	}
	wrong := b.Clone()
	wrong.Post("/login", "username", "alice", "password", "not the password").Is(422)
}

// TestSE14_NothingStoredOpensAnything: neither half of the cookie stands in the
// database, and neither half is enough.
func TestSE14_NothingStoredOpensAnything(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := tick(a, a.Browser(), alice)
	token, validator, ok := strings.Cut(b.Cookies[browserCookie], ".")
	if !ok || len(token) != 43 || len(validator) != 43 {
		t.Fatalf("cookie %q", b.Cookies[browserCookie])
	}
	if files := a.Files(); strings.Contains(files, token) || strings.Contains(files, validator) {
		t.Error("the cookie stands in the database")
	}
	for _, value := range []string{token, validator, token + ".", "." + validator, validator + "." + token, token + validator, token + "." + validator + "." + validator, strings.Repeat("A", 43) + "." + validator} {
		c := a.Browser()
		c.Cookies[browserCookie] = value
		if skips(c, alice) {
			t.Errorf("%q skips the code", value)
		}
	}
	for _, name := range []string{"latchkey", "latchkey-pending"} {
		c := a.Browser()
		c.Cookies[name] = b.Session() + "." + validator
		if c.SignedInAs(alice) {
			t.Errorf("%s with a validator is taken", name)
		}
	}
	if !skips(b, alice) {
		t.Error("the browser itself does not skip the code any more: half a cookie must not be taken for a copy")
	}
}

func TestSE14_OtherUserIsAskedInARememberedBrowser(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	bob, b := a.AddUser("bob"), a.Browser()
	tick(a, b, alice)
	if skips(b, bob) {
		t.Fatal("Bob skips the code where Alice is remembered")
	}
	tick(a, b, bob)
	if !skips(b, alice) || !skips(b, bob) {
		t.Error("people who share a browser are not both remembered")
	}
}

func TestSE14_NeverFresh(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := tick(a, a.Browser(), alice)
	if !skips(b, alice) {
		t.Fatal("not remembered")
	}
	b.Get("/security/password").Redirects("/confirm?next=%2Fsecurity%2Fpassword")
	b.Open("/confirm?next=/security/password").Sees("Enter your password and a code")
	a.Clock.Add(30 * time.Second)
	b.Post("/confirm", "password", alice.Password).Is(422)
	b.Post("/confirm", "code", alice.Code()).Is(422)
	b.Get("/security/password").Redirects("/confirm?next=%2Fsecurity%2Fpassword")
	b.Post("/confirm", "password", alice.Password, "code", alice.Code()).Redirects("/security")
	b.Get("/security/password").Is(http.StatusOK)
}

func TestSE14_ListIsTheOwners(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	bob, b, theirs := a.AddUser("bob"), a.Browser(), a.Browser()
	theirs.SignIn(bob)
	theirs.Open("/security").Sees("No remembered browsers. When you type a code").SeesNot("Forget<")
	tick(a, b, alice)
	theirs.Open("/security").SeesNot("Forget<")
	all, err := a.DB.RememberedBrowsers(alice.ID, a.Clock.Now())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d browsers, %v", len(all), err)
	}
	path := "/security/browsers/" + all[0].ID + "/forget"
	theirs.Post(path).Is(http.StatusNotFound)
	if !skips(b, alice) {
		t.Fatal("Bob forgot Alice's browser")
	}
	b.Confirm(alice)
	b.Open("/security")
	b.Submit("Forget Firefox on Linux").Sees("That browser has been forgotten")
	b.Post(path).Is(http.StatusNotFound)
	if skips(b, alice) {
		t.Error("a forgotten browser skips the code")
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE details LIKE '%remembered browsers%'`); n != 1 {
		t.Errorf("%d audit rows of forgetting", n)
	}
}
