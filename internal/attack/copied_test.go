package attack

import (
	"fmt"
	"slices"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/mail"
)

func TestSE14_ValidatorChangesWithEveryUse(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	b := tick(a, a.Browser(), alice)
	for range 3 {
		if !skips(b, alice) {
			t.Fatal("not remembered")
		}
	}
	b.SignIn(a.AddUser("bob")) // somebody else's sign-in with a code is a use too
	if !skips(b, alice) {
		t.Fatal("not remembered after Bob")
	}
	seen := b.Ever[browserCookie]
	for i, value := range seen[1:] {
		if slices.Contains(seen[:i+1], value) || value[:43] != seen[0][:43] {
			t.Errorf("cookies %q", seen)
		}
	}
	// What is done inside a session leaves the cookie alone.
	b.Confirm(alice)
	if n := len(b.Ever[browserCookie]); n != len(seen) || !skips(b, alice) {
		t.Error("confirming touched the cookie of the remembered browser")
	}
}

// TestSE14_CopyIsFoundOut: whichever of the two comes second, the thief or the owner,
// everything that the browser was remembered for ends, of everybody who uses it.
func TestSE14_CopyIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, thiefFirst := range map[string]bool{"thief first": true, "owner first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, alice := remembering(t, 30)
			bob, carol := a.AddUser("bob"), a.AddUser("carol")
			b := tick(a, tick(a, a.Browser(), alice), bob)
			elsewhere := tick(a, a.Browser(), alice)
			first, second := b.Clone(), b.Clone()
			if !skips(first, alice) {
				t.Fatal("not remembered")
			}
			by := alice
			if thiefFirst {
				by = carol // an old validator gives its bearer away, no matter who signs in with it
			}
			if skips(second, by) {
				t.Error("an old validator skips the code")
			}
			if by == carol { // Carol typed no code yet: nothing is checked before
				second.SignIn(carol)
			}
			if first.SignedInAs(alice) || skips(first, alice) || skips(second, bob) {
				t.Error("something outlived the discovery")
			}
			if remembered(t, a, bob) != 0 || !skips(elsewhere, alice) {
				t.Error("the family was not revoked, or more than the family")
			}
			for _, u := range []*apptest.User{alice, bob} {
				if n := noticed(a, u, mail.RememberedStolen); n != 1 {
					t.Errorf("%s was told %d times", u.Username, n)
				}
			}
			if noticed(a, carol, mail.RememberedStolen) != 0 {
				t.Error("Carol was told")
			}
			rows := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'login.blocked' AND result = 'blocked' AND details LIKE '%old cookie%'`)
			if rows != 2 {
				t.Errorf("%d audit rows, want one for each owner", rows)
			}
		})
	}
}

// TestSE14_WorksOnceInACrowd sends the same cookie from several tabs at once: one
// gets a session, and the use of the others ends that one too.
func TestSE14_WorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a, _ := remembering(t, 30)
	users := make([]*apptest.User, crowd/free)
	all := groups(t, func(i int) *apptest.Browser {
		users[i] = a.AddUser(fmt.Sprint("alice", i))
		return tick(a, a.Browser(), users[i])
	}, func(i, try int, b *apptest.Browser) *apptest.Page {
		return b.Post("/login", "username", users[i].Username, "password", users[i].Password)
	})
	contested := 0
	for i, pages := range all {
		skipped, asked := leadingTo("/profile", pages), leadingTo("/login/code", pages) // the rest found no room for its hash
		if skipped > 1 || skipped == 0 && asked > 0 {
			t.Errorf("the cookie skipped %d codes, want 1: %s", skipped, answers(pages))
		}
		if asked > 0 {
			contested++
			if n := number(t, a, `SELECT count(*) FROM sessions WHERE user_id = $1`, users[i].ID); n != 0 {
				t.Errorf("%d sessions are left of a cookie that was used twice: %s", n, answers(pages))
			}
		}
	}
	if contested == 0 {
		t.Error("no cookie was used twice")
	}
}

// TestSE14_PlantedBrowserIsNotShared: Mallory plants the cookie of a browser that is
// really known, signed in as Mallory, and waits until Alice has it remembered.
func TestSE14_PlantedBrowserIsNotShared(t *testing.T) {
	t.Parallel()
	a, alice := remembering(t, 30)
	mallory, theirs := a.AddUser("mallory"), a.Browser()
	theirs.SignIn(mallory)
	b := a.Browser()
	b.Cookies[browserCookie] = theirs.Cookies[browserCookie]
	tick(a, b, alice)
	copied := theirs.Clone()
	tick(a, theirs, mallory) // gets the next validator of whatever they have the token of
	for name, c := range map[string]*apptest.Browser{"their token": copied, "their remembered browser": theirs} {
		if skips(c, alice) {
			t.Errorf("%s skips Alice's code", name)
		}
	}
	if !skips(b, alice) {
		t.Error("Mallory ended what Alice's browser is remembered for")
	}
}
