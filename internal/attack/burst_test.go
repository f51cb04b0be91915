package attack

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// What many do must not be taken from somebody else, or from the one whom a limit is for.

// TestEX01_MadeUpNamesSpendNoResets: 110 requests about nobody from 11 networks, and the
// next person gets a message; also while real users are asked about in a flood, and from
// an address whose neighbours flood.
func TestEX01_MadeUpNamesSpendNoResets(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	a.AddUser("alice")
	a.AddUser("bob")
	ask := func(from, name string) {
		a.Browser().From(from).Post("/forgot", "username", name).Redirects(sentPage)
	}
	for i := range 110 {
		ask(fmt.Sprintf("198.51.%d.7", i%11), fmt.Sprint("nobody", i))
	}
	a.Post()
	ask("203.0.113.9", "alice")
	if n := len(a.Post()); n != 1 {
		t.Fatalf("%d messages to alice after a flood about nobody, want 1", n)
	}
	a.Tx(func(tx *store.Tx) error { // as if a hundred users had been mailed
		for range auth.LimitOf(auth.BucketForgotAll).Free {
			if _, _, err := tx.Count(auth.BucketForgotAll, "", auth.LimitOf(auth.BucketForgotAll), a.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 40 { // of one provider's addresses
		ask(fmt.Sprint("192.0.2.", i), fmt.Sprint("nobody", i))
	}
	ask("192.0.2.200", "bob")
	if n := len(a.Post()); n != 2 {
		t.Errorf("%d messages, want one to bob too", n)
	}
	ask("192.0.2.201", "alice")
	ask("192.0.2.202", "bob")
	if n := len(a.Post()); n != 2 {
		t.Errorf("%d messages: in a flood each user gets one an hour", n)
	}
	a.Browser().Open(sentPage).Sees("wait an hour and ask again")
}

// TestEX04_NeighboursAreSlowedAndNotStopped: ten addresses of a provider use up what their
// /24 has. The others have fewer tries, and somebody who knows the password gets in.
func TestEX04_NeighboursAreSlowedAndNotStopped(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	for i := range auth.LimitOf(auth.BucketWide).Free {
		guess(a.Browser().From(fmt.Sprint("198.51.100.", i%10)), fmt.Sprint("name", i))
	}
	neighbour := a.Browser().From("198.51.100.200")
	neighbour.SignIn(a.Admin).At("/profile")
	stranger := a.Browser().From("198.51.100.201")
	if n := guessUntilBlocked(t, stranger, "name1", "name2", "name3", "name4", "name5", "name6", "name7", "name8"); n != auth.BurstNetworkFree {
		t.Errorf("%d tries, want %d", n, auth.BurstNetworkFree)
	}
}

// TestEX04_ABurstStopsNobody: while a thousand made-up names fail from everywhere, people
// sign in from networks that did nothing.
func TestEX04_ABurstStopsNobody(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	a.Tx(func(tx *store.Tx) error {
		for range auth.LimitOf(auth.BucketAll).Free {
			if _, _, err := tx.Count(auth.BucketAll, "", auth.LimitOf(auth.BucketAll), a.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 10 {
		a.Browser().From(fmt.Sprint("203.0.113.", i)).SignIn(a.AddUser(fmt.Sprint("worker", i))).At("/profile")
	}
	// And a flood of names brings a few audit rows, not one each.
	before := number(t, a, `SELECT count(*) FROM audit_log`)
	for i := range 60 {
		guess(a.Browser().From(fmt.Sprintf("198.51.%d.1", i)), fmt.Sprint("nobody", i)).Is(422)
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log`) - before; n > 6 {
		t.Errorf("%d audit rows of 60 made-up names in a burst", n)
	}
}

// TestEX04_SomebodyWithThePasswordShutsNobodyOut: wrong codes and wrong recovery codes, as
// many as are let through, and the owner gets in with either of two things: a browser
// that is known, or a recovery code.
func TestEX04_SomebodyWithThePasswordShutsNobodyOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	known := a.Browser().From("203.0.113.1")
	known.SignIn(alice)
	known.Post("/logout")
	burn := func() {
		for _, c := range []struct{ path, field, value string }{{"/login/code", "code", alice.WrongCode()}, {"/login/recovery", "recovery_code", "0000-0000-0000-0000"}} {
			for range 60 {
				a.Clock.Add(20 * time.Minute)
				b := a.Browser().From("198.51.100.7")
				b.Password(alice)
				b.Post(c.path, c.field, c.value)
			}
		}
	}
	burn()
	thief := a.Browser().From("198.51.100.7")
	thief.Password(alice)
	thief.Post("/login/recovery", "recovery_code", "0000-0000-0000-0000").Is(http.StatusTooManyRequests)
	stranger := a.Browser().From("203.0.113.2")
	stranger.Password(alice)
	stranger.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests).Sees("recovery code", "a browser that you have used before")
	stranger.Password(alice)
	stranger.Post("/login/recovery", "recovery_code", alice.Codes[0]).Redirects("/profile")
	burn()
	known.SignIn(alice).At("/profile")
	a.Clock.Add(time.Minute)
	a.Browser().From("203.0.113.3").SignIn(alice).At("/profile") // open for everybody again
}

// TestOT13_CodesAndRecoveryCodesHaveACommonCeiling: turn by turn, and for weeks.
func TestOT13_CodesAndRecoveryCodesHaveACommonCeiling(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	var all []*apptest.Page
	for range 80 {
		for _, c := range []struct{ path, field, value string }{{"/login/code", "code", "000000"}, {"/login/recovery", "recovery_code", "0000-0000-0000-0000"}} {
			a.Clock.Add(20 * time.Minute)
			b := a.Browser().From("198.51.100.7")
			b.Password(alice)
			if c.field == "code" {
				c.value = alice.WrongCode()
			}
			all = append(all, b.Post(c.path, c.field, c.value))
		}
	}
	if n := looked(all); n > auth.SecondCeiling+3*auth.RecoveryNetworkFree || n < auth.SecondCeiling/2 {
		t.Errorf("%d codes of both kinds were looked at, the ceiling is %d", n, auth.SecondCeiling)
	}
	a.Clock.Add(240 * time.Hour)
	b := a.Browser().From("203.0.113.2")
	b.Password(alice)
	b.Post("/login/code", "code", alice.Code()).Is(http.StatusTooManyRequests)
}

// TestAU01_TheRightCodeOfABurstGetsIn: it was counted among the first, and the tries after
// them end the sign-in only for people who come later.
func TestAU01_TheRightCodeOfABurstGetsIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	won := 0
	for round := range 6 {
		u := a.AddUser(fmt.Sprint("user", round))
		half := halves(a, u, 1)[0]
		all := clones(half, 12)
		wrong, right := u.WrongCode(), u.Code()
		pages := race(t, len(all), func(i int) *apptest.Page { return all[i].Post("/login/code", "code", pick(i == 0, right, wrong)) })
		switch first := pages[0]; {
		case first.Status == http.StatusSeeOther && first.Header.Get("Location") == "/profile":
			won++
		case first.Status == http.StatusTooManyRequests:
			first.Sees("too many wrong codes for your account", "You can try again after")
		case first.Status == http.StatusSeeOther: // it came when the sign-in was over
			all[0].Open(first.Header.Get("Location")).Sees("That sign-in is over")
		default:
			t.Errorf("the right code was answered %d", first.Status)
		}
		if n := looked(pages[1:]); n > store.PendingTries+len(pages) {
			t.Errorf("%d codes were looked at", n)
		}
	}
	// In order: four wrong, the right one is looked at while two more come.
	u := a.AddUser("last")
	b := halves(a, u, 1)[0]
	for range 4 {
		b.Clone().Post("/login/code", "code", u.WrongCode()).Is(422)
	}
	a.Tx(func(tx *store.Tx) error { // the right one is counted, and not compared yet
		counted, err := tx.CountPending(secret.HashToken(b.Pending()))
		if err == nil && !counted {
			t.Error("the fifth is not counted")
		}
		return err
	})
	b.Clone().Post("/login/code", "code", u.WrongCode()).Is(http.StatusTooManyRequests)
	a.Tx(func(tx *store.Tx) error {
		taken, err := tx.TakePending(secret.HashToken(b.Pending()))
		if err == nil && !taken {
			t.Error("the sixth took the sign-in away from the fifth, which was right")
		}
		return err
	})
	t.Logf("the right one of twelve won %d of 6 times", won)
}

// TestAU06_BlockedTriesCostTheSame: as many statements for somebody as for nobody, and
// nothing is written.
func TestAU06_BlockedTriesCostTheSame(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	a.AddUser("known-name")
	a.AddUser("disabled-1", apptest.Disabled)
	names := []string{"unknown-01", "known-name", "disabled-1", "unknown-02"}
	for i, name := range names {
		guessUntilBlocked(t, a.Browser().From(fmt.Sprint("203.0.113.", i)), name)
	}
	work := func(name string) (n []uint64) {
		for range 8 {
			before := a.DB.Statements()
			guess(a.Browser().From("198.51.100.1"), name).Is(http.StatusTooManyRequests)
			n = append(n, a.DB.Statements()-before)
		}
		return n
	}
	want := work(names[0])
	for _, name := range names[1:] {
		if got := work(name); !slices.Equal(got, want) {
			t.Errorf("%s takes %d statements, nobody %d", name, got, want)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM limits WHERE key LIKE '198.51.100.%'`); n != 0 {
		t.Errorf("%d rows of a network all of whose tries were held back", n)
	}
}
