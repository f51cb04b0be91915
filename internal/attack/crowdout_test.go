package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// TestAU04_PasswordAloneCrowdsNobodyOut floods with the right password, from many
// networks: what the owner has begun goes on.
func TestAU04_PasswordAloneCrowdsNobodyOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	owner, reset, code := a.Browser(), a.Browser(), a.Browser().From("203.0.113.1")
	owner.Get(alice.Link(store.PurposeNotMe)).Redirects("/not-me")
	reset.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
	code.Password(alice).Redirects("/login/code")
	a.Clock.Add(time.Second)
	for i := range 120 {
		a.Browser().From(fmt.Sprintf("198.51.%d.1", i/25)).Password(alice).Redirects("/login/code")
	}
	reset.Open("/reset").At("/reset")
	code.Post("/login/code", "code", alice.Code()).Redirects("/profile")
	owner.Post("/not-me").Redirects("/not-me/done?way=administrator")
}

// TestAU04_LinkAloneCrowdsNobodyOut: opening a link costs nothing and is not counted.
func TestAU04_LinkAloneCrowdsNobodyOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	link := alice.Link(store.PurposeNotMe)
	code, reset := a.Browser(), a.Browser()
	code.Password(alice).Redirects("/login/code")
	reset.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
	a.Clock.Add(time.Second)
	for range 110 {
		a.Browser().Get(link).Redirects("/not-me")
	}
	if n := number(t, a, `SELECT count(*) FROM pending_sign_ins`); n != store.MaxPending {
		t.Errorf("%d pending sign-ins, want %d with the two of the owner", n, store.MaxPending)
	}
	reset.Open("/reset").At("/reset")
	code.Post("/login/code", "code", alice.Code()).Redirects("/profile")
}

// counted is how many tries are counted in a bucket, for all its keys.
func counted(t *testing.T, a *apptest.App, b auth.Bucket) int {
	t.Helper()
	return number(t, a, `SELECT coalesce(sum(tries), 0) FROM limits WHERE bucket = $1`, string(b))
}

// windowed are the buckets that a password is counted for in a browser not known.
var windowed = []auth.Bucket{auth.BucketNetwork, auth.BucketDay, auth.BucketWide, auth.BucketAll}

// TestAU03_RightPasswordAloneStaysCounted: who shows nothing else has as many tries as a
// guesser. The try comes back with the session, to the network that it is counted for.
func TestAU03_RightPasswordAloneStaysCounted(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	b := a.Browser().From("203.0.113.1")
	b.Password(alice).Redirects("/login/code")
	for _, bucket := range windowed {
		if n := counted(t, a, bucket); n != 1 {
			t.Errorf("%s: %d after a right password, want 1", bucket, n)
		}
	}
	guess(a.Browser().From("198.51.100.1"), "somebody").Is(422)
	b.From("198.51.100.1").Post("/login/code", "code", alice.Code()).Redirects("/profile") // a phone that changes networks
	if n := number(t, a, `SELECT tries FROM limits WHERE bucket = 'password-network' AND key = '198.51.100.1/32'`); n != 1 {
		t.Errorf("%d tries of the other network, want the wrong one", n)
	}
	for _, bucket := range windowed {
		if n := counted(t, a, bucket); n != 1 {
			t.Errorf("%s: %d after the session began, want the wrong one", bucket, n)
		}
	}
	forgive(t, a)
	for range auth.LimitOf(auth.BucketNetwork).Free {
		a.Browser().From("192.0.2.1").Password(alice).Redirects("/login/code")
	}
	a.Browser().From("192.0.2.1").Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusTooManyRequests)
	a.Browser().From("192.0.2.2").Password(alice).Redirects("/login/code")
}

// TestAU03_KnownBrowserGivesNothingBack: its tries are not counted for the network, so
// that signing in with it again and again must not make room there for guesses.
func TestAU03_KnownBrowserGivesNothingBack(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	known := signedInAs(a, alice)
	for i := range 5 {
		guess(a.Browser(), fmt.Sprint("somebody", i)).Is(422)
	}
	for range 3 {
		a.Clock.Add(30 * time.Second)
		b := a.Browser()
		b.Cookies[a.CookieName("latchkey-browser")] = known.Cookies[a.CookieName("latchkey-browser")]
		b.Password(alice).Redirects("/login/code")
		delete(b.Cookies, a.CookieName("latchkey-browser")) // and is a stranger from here on
		b.Post("/login/code", "code", alice.Code()).Redirects("/profile")
	}
	if n := counted(t, a, auth.BucketNetwork); n != 5 {
		t.Errorf("%d tries are counted, want the 5 wrong ones", n)
	}
}

// TestAU04_ManyPeopleBehindOneAddress sign in one after the other, and a class sets its
// phones up at the same time.
func TestAU04_ManyPeopleBehindOneAddress(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	n := auth.LimitOf(auth.BucketNetwork).Free + 10
	for i := range n {
		a.Browser().SignIn(a.AddUser(fmt.Sprint("worker", i))).At("/profile")
	}
	for i := range n {
		pupil := a.AddUser(fmt.Sprint("pupil", i), apptest.Administrator, apptest.NoPhone)
		a.Browser().Password(pupil).Redirects(auth.StepEnrol.Path())
	}
	if n := counted(t, a, auth.BucketNetwork); n != 0 {
		t.Errorf("%d tries are counted, want none", n)
	}
}

// TestAU13_NewPasswordsDoNotHoldOffTheOwner: a thief changes the password each time when
// the owner has opened a link that takes something back. The owner's click counts.
func TestAU13_NewPasswordsDoNotHoldOffTheOwner(t *testing.T) {
	t.Parallel()
	for purpose, page := range map[store.Purpose]string{store.PurposeNotMe: "/not-me", store.PurposeCancel: "/lost-phone/cancel"} {
		t.Run(string(purpose), func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			alice := a.AddUser("alice")
			thief, owner, reset := signedInAs(a, alice), a.Browser(), a.Browser()
			owner.Get(alice.Link(purpose)).Redirects(page)
			reset.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
			thief.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Redirects("/security")
			owner.Get(page).Is(http.StatusOK)
			if to := owner.Post(page).Header.Get("Location"); !strings.HasPrefix(to, "/not-me/done") && !strings.HasPrefix(to, "/lost-phone/withdrawn") {
				t.Errorf("the owner's click leads to %q", to)
			}
			a.Clock.Add(time.Minute)
			owner.Post(page).Redirects("/login?notice=link-over") // once
			reset.Post("/reset", "new_password", newPassword).Redirects("/login?notice=link-over")
		})
	}
}
