package attack

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// Everything that works once is used by a crowd at the same moment. More than one
// success is the attack; none at all would be a test that proves nothing.

// once wants exactly one answer that redirects to a path.
func once(t *testing.T, what, path string, pages []*apptest.Page) {
	t.Helper()
	if n := leadingTo(path, pages); n != 1 {
		t.Errorf("%s worked %d times, want once: %s", what, n, answers(pages))
	}
}

// grants reports whether an answer gives the browser a session.
func grants(p *apptest.Page) bool {
	return slices.ContainsFunc(p.Header.Values("Set-Cookie"), func(c string) bool {
		return strings.HasPrefix(c, "latchkey=") && !strings.HasPrefix(c, "latchkey=;")
	})
}

func sessions(t *testing.T, a *apptest.App, u *apptest.User) int {
	t.Helper()
	return number(t, a, `SELECT count(*) FROM sessions WHERE user_id = $1`, u.ID)
}

func TestOT01_CodeWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for round := range 4 {
		alice := a.AddUser(fmt.Sprint("alice", round))
		all := halves(a, alice, crowd)
		pages := race(t, crowd, func(i int) *apptest.Page {
			return all[i].Post("/login/code", "code", alice.Code())
		})
		once(t, "the code", "/profile", pages)
		if n := sessions(t, a, alice); n != 1 {
			t.Errorf("%d sessions after one code", n)
		}
	}
}

// free is how many tries a pending sign-in or a session has: with one more, it
// ends, and nobody gets through.
const free = 5

// groups sends for ten people at the same moment, each as often as is free.
func groups(t *testing.T, begin func(i int) *apptest.Browser, send func(i, try int, b *apptest.Browser) *apptest.Page) [][]*apptest.Page {
	t.Helper()
	var all []*apptest.Browser
	for i := range crowd / free {
		all = append(all, clones(begin(i), free)...)
	}
	pages := race(t, crowd, func(i int) *apptest.Page { return send(i/free, i%free, all[i]) })
	return slices.Collect(slices.Chunk(pages, free))
}

func TestOT01_PendingSignInWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	users := make([]*apptest.User, crowd/free)
	all := groups(t, func(i int) *apptest.Browser {
		users[i] = a.AddUser(fmt.Sprint("alice", i))
		b := a.Browser()
		b.Password(users[i])
		return b
	}, func(i, try int, b *apptest.Browser) *apptest.Page {
		// Different codes, each of them right: only the pending sign-in is shared.
		if try == 0 {
			return b.Post("/login/recovery", "recovery_code", users[i].Codes[0])
		}
		return b.Post("/login/code", "code", users[i].CodeAt(int64(try%3-1)))
	})
	for i, pages := range all {
		once(t, "the pending sign-in", "/profile", pages)
		if n := sessions(t, a, users[i]); n != 1 {
			t.Errorf("%d sessions after one pending sign-in", n)
		}
	}
}

func TestOT01_PendingSignInEndsAfterTooManyTries(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.Password(alice)
	all := clones(b, crowd)
	pages := race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/login/code", "code", alice.Code()) })
	if n := leadingTo("/profile", pages); n > 1 || n != sessions(t, a, alice) {
		t.Errorf("%d successes, want at most one: %s", n, answers(pages))
	}
	b.Clone().Get("/login/code").Redirects("/login?notice=start-again")
}

func TestOT12_RecoveryCodeWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for round := range 4 {
		alice := a.AddUser(fmt.Sprint("alice", round))
		all := halves(a, alice, crowd)
		pages := race(t, crowd, func(i int) *apptest.Page {
			return all[i].Post("/login/recovery", "recovery_code", alice.Codes[0])
		})
		once(t, "the recovery code", "/profile", pages)
		if n := number(t, a, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`, alice.ID); n != 9 {
			t.Errorf("%d recovery codes left, want 9", n)
		}
	}
}

func TestOT12_RecoveryCodeIsOfOneUser(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	b := a.Browser()
	b.Password(alice)
	b.Post("/login/recovery", "recovery_code", bob.Codes[0]).Is(422)
	if n := sessions(t, a, alice); n != 0 {
		t.Error("Bob's code signed Alice in")
	}
	c := a.Browser()
	c.Password(bob)
	c.Post("/login/recovery", "recovery_code", bob.Codes[0]).Redirects("/profile")
}

func TestOT01_ConfirmingCodeWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	var all []*apptest.Browser
	for range crowd / free {
		b := a.Browser()
		b.SignIn(alice)
		all = append(all, clones(b, free)...)
	}
	a.Clock.Add(30 * time.Second)
	pages := race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/confirm", "password", alice.Password, "code", alice.Code())
	})
	once(t, "the code", "/security", pages)
}

// TestOT01_CodeIsOneWhereverItIsTyped uses a code in one place and then in each
// other.
func TestOT01_CodeIsOneWhereverItIsTyped(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	inside := a.Browser()
	inside.SignIn(alice) // uses the code that the phone shows now
	used := alice.Code()
	again := a.Browser()
	again.Password(alice)
	again.Post("/login/code", "code", used).Is(422).Sees("has been used")
	inside.Post("/confirm", "password", alice.Password, "code", used).Is(422).Sees("has been used")

	a.Clock.Add(30 * time.Second)
	inside.Post("/confirm", "password", alice.Password, "code", alice.Code()).Redirects("/security")
	again.Post("/login/code", "code", alice.Code()).Is(422).Sees("has been used")

	a.Clock.Add(30 * time.Second)
	key, id := enrolment(t, inside)
	alice.Secret = key
	inside.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", alice.Code()).Redirects("/security")
	again.Password(alice)
	again.Post("/login/code", "code", alice.Code()).Is(422).Sees("has been used")
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE details LIKE '%used before%'`); n != 3 {
		t.Errorf("%d replays in the audit log, want 3", n)
	}
}
