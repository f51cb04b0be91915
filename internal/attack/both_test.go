package attack

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// closeName guesses at a name until the password alone is not let in any more from
// browsers that are not known.
func closeName(a *apptest.App, name string) {
	for i := range auth.LimitOf(auth.BucketName).Ceiling {
		guess(a.Browser().From(fmt.Sprint("198.51.100.", i%50)), name).Is(http.StatusUnprocessableEntity)
		a.Clock.Add(16 * time.Minute)
	}
}

// both tries a password and a code together, from an address of its own.
func both(a *apptest.App, from int, name, password, code string) *apptest.Page {
	b := a.Browser().From(fmt.Sprintf("203.0.%d.%d", from/200, from%200+1))
	return b.Post("/login/with-code", "username", name, "password", password, "code", code)
}

// TestEX04_PasswordAndCodeOpenAClosedName: a lone administrator without mail, in a new
// browser, after a stranger's hundred wrong passwords.
func TestEX04_PasswordAndCodeOpenAClosedName(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for _, code := range []func() string{a.Admin.Code, func() string { return a.Admin.Codes[0] }} {
		closeName(a, "root-admin")
		b := a.Browser().From("203.0.113.9")
		b.Open("/login")
		b.Submit("Sign in", "Username or email", "root-admin", "Password", a.Admin.Password).Is(http.StatusTooManyRequests).
			Sees("sign in with your password and a code together").SeesNot("You can try again after")
		b.Follow("Sign in with your password and a code").At("/login/with-code")
		b.Submit("Sign in", "Username or email", "ROOT-ADMIN", "Password", a.Admin.Password, "Code", "000000").Is(422).
			Sees("Check your username, password and code", "wait until your app shows the next code")
		label := "Code"
		if len(code()) > 6 {
			b.Follow("Use a recovery code instead").At("/login/with-code?use=recovery")
			label = "Recovery code"
		}
		b.Submit("Sign in", "Username or email", "Root-Admin", "Password", a.Admin.Password, label, code()).At("/profile")
		if !b.SignedInAs(a.Admin) {
			t.Fatal("not signed in")
		}
		// And the name is open again, for every browser.
		a.Clock.Add(time.Minute)
		a.Browser().From("203.0.113.10").SignIn(a.Admin).At("/profile")
	}
}

// TestAU05_NothingTellsWhichOfBothWasWrong compares the answers byte by byte.
func TestAU05_NothingTellsWhichOfBothWasWrong(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice, bert := a.AddUser("known-name"), a.AddUser("disabled-1", apptest.Disabled)
	nell := a.AddUser("phoneless1", apptest.NoPhone)
	gone := a.AddUser("deleted-01")
	burnt := a.AddUser("burnt-name")
	used := a.AddUser("used-codes")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, gone.ID, a.Clock.Now()); return err })
	both(a, 1, "used-codes", used.Password, used.Code()).Redirects("/profile")
	both(a, 2, "used-codes", used.Password, used.Codes[0]).Redirects("/profile")
	for i := range auth.LimitOf(auth.BucketCode).Free {
		both(a, 10+i, "burnt-name", burnt.Password, burnt.WrongCode()).Is(422)
	}
	want := both(a, 20, "unknown-01", wrong, "000000").Is(422)
	for i, c := range []struct{ name, password, code string }{
		{"known-name", wrong, alice.Code()}, {"known-name", wrong, alice.WrongCode()}, {"known-name", alice.Password, alice.WrongCode()},
		{"known-name", wrong, alice.Codes[0]}, {"known-name", alice.Password, used.Codes[1]},
		{"known-name", tooLong, alice.Code()},
		{"disabled-1", bert.Password, bert.Code()}, {"phoneless1", nell.Password, "000000"}, {"deleted-01", gone.Password, gone.Code()},
		{"burnt-name", burnt.Password, burnt.Code()},
		{"used-codes", used.Password, used.Code()}, {"used-codes", used.Password, used.Codes[0]},
	} {
		if diff := cmp.Diff(whole(want, "unknown-01"), whole(both(a, 30+i, c.name, c.password, c.code), c.name)); diff != "" {
			t.Errorf("%+v is answered in another way than nobody:\n%s", c, diff)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM sessions`); n != 2 {
		t.Errorf("%d sessions, want the two of the beginning", n)
	}
}

// TestAU06_TheSameWorkForBoth: as many statements, whatever was wrong.
func TestAU06_TheSameWorkForBoth(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true, OneNode: true})
	alice := a.AddUser("known-name")
	work := func(from int, name, password string) uint64 {
		before := a.DB.Statements()
		both(a, from, name, password, "000000").Is(422)
		return a.DB.Statements() - before
	}
	work(1, "unknown-01", wrong) // and what is asked only once
	nobody := work(2, "unknown-01", wrong)
	if known, right := work(3, "known-name", wrong), work(4, "known-name", alice.Password); known != nobody || right > nobody+2 || right+2 < nobody {
		t.Errorf("%d statements for nobody, %d for somebody, %d with the right password", nobody, known, right)
	}
}

// TestAU01_BurstOfBoth: as many codes are looked at as in front of the page for codes, and
// none of them wins when the right one comes too late; a stranger who does not know the
// password uses none of them up.
func TestAU01_BurstOfBoth(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	race(t, crowd, func(i int) *apptest.Page { return both(a, i, "bob", wrong, bob.WrongCode()) })
	codes := func(u *apptest.User) int {
		return number(t, a, `SELECT coalesce(sum(tries), 0) FROM limits WHERE bucket = 'code' AND key = $1`, u.ID)
	}
	if n := codes(bob); n != 0 {
		t.Errorf("a stranger used up %d codes of bob", n)
	}
	both(a, 100, "bob", bob.Password, bob.Code()).Redirects("/profile")
	race(t, crowd, func(i int) *apptest.Page { return both(a, 200+i, "alice", alice.Password, alice.WrongCode()) })
	if n, limit := codes(alice), auth.LimitOf(auth.BucketCode).Free; n != limit {
		t.Errorf("%d codes were looked at, limit %d", n, limit)
	}
	both(a, 300, "alice", alice.Password, alice.Code()).Is(422)
	a.Clock.Add(time.Minute)
	both(a, 301, "alice", alice.Password, alice.Code()).Redirects("/profile")
}

// TestOT01_BothWorkOnceInACrowd: with the code of an app, and with a recovery code.
func TestOT01_BothWorkOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for name, code := range map[string]func(*apptest.User) string{
		"app": (*apptest.User).Code, "recovery": func(u *apptest.User) string { return u.Codes[3] },
	} {
		u := a.AddUser(name)
		text, limit := code(u), auth.LimitOf(auth.BucketCode).Free
		pages := race(t, limit, func(i int) *apptest.Page { return both(a, 400+i, name, u.Password, text) })
		if n := leadingTo("/profile", pages); n != 1 || sessions(t, a, u) != 1 {
			t.Errorf("%s: %d of %d got in with one code, %d sessions: %s", name, n, limit, sessions(t, a, u), answers(pages))
		}
	}
}

// TestEX04_BothAreLimitedForEachNetwork, and nobody else.
func TestEX04_BothAreLimitedForEachNetwork(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	post := func(from, password, code string) *apptest.Page {
		return a.Browser().From(from).Post("/login/with-code", "username", "alice", "password", password, "code", code)
	}
	for range auth.BothNetworkFree {
		post("198.51.100.7", tooLong, "000000").Is(422)
	}
	p := post("198.51.100.7", alice.Password, alice.Code()).Is(http.StatusTooManyRequests).Sees("from your network", "You can try again after")
	if p.Header.Get("Retry-After") == "" {
		t.Error("the answer does not say when")
	}
	for i := range auth.BothSiteFree {
		post(fmt.Sprintf("2001:db8:1:%x::1", i), tooLong, "000000").Is(422)
	}
	before := rows(t, a)
	for i := range 20 {
		post(fmt.Sprintf("2001:db8:1:%x::1", 100+i), alice.Password, alice.Code()).Is(http.StatusTooManyRequests)
	}
	if after := rows(t, a); after != before {
		t.Errorf("rows below a block:\n%s\n%s", before, after)
	}
	post("203.0.113.1", alice.Password, alice.Code()).Redirects("/profile")
	for _, code := range []string{"", "12345", "abc", "0000-0000-0000-000"} {
		post("203.0.113.2", alice.Password, code).Is(422).Sees("code")
	}
}
