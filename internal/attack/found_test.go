package attack

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// TestOT10_ResetNeedsALinkUnderEveryPolicy: after a reset the password alone is
// worth nothing, also where no authenticator is demanded. A thief of the password
// could otherwise enrol their own phone, and the owner's link would die.
func TestOT10_ResetNeedsALinkUnderEveryPolicy(t *testing.T) {
	t.Parallel()
	for _, policy := range []auth.TwoStep{auth.TwoStepEveryone, auth.TwoStepAdministrators, auth.TwoStepOptional} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			a.Set("two_step", string(policy))
			alice := a.AddUser("alice")
			b := a.Browser()
			b.SignIn(a.Admin)
			b.Post("/admin/users/"+alice.ID+"/reset-two-step", "reason", "lost phone").Is(http.StatusSeeOther)
			link := alice.Link(store.PurposePassword)
			thief := a.Browser()
			thief.Post("/login", "username", "alice", "password", alice.Password).Is(422).Sees("was reset")
			if thief.Session() != "" || thief.Pending() != "" {
				t.Fatal("the password alone was worth something")
			}
			owner := a.Browser()
			owner.Open(link).At("/reset")
			owner.Submit("Set password", "New password", newPassword).At("/login?notice=password-changed")
			if p := owner.Post("/login", "username", "alice", "password", newPassword); p.Status != http.StatusSeeOther {
				t.Errorf("the owner, after the link: %d", p.Status)
			}
		})
	}
}

// TestAC03_ResetOfTheLastAdministratorIsRefusedUnderEveryPolicy: nobody else could
// make the link that has to come first.
func TestAC03_ResetOfTheLastAdministratorIsRefusedUnderEveryPolicy(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", string(auth.TwoStepOptional))
	a.Tx(func(tx *store.Tx) error {
		out, err := tx.ResetTwoStep(false, a.Admin.ID)
		if out != store.LastAdministrator {
			t.Errorf("outcome %v, want the refusal", out)
		}
		return err
	})
}

// TestAU04_OneNetworkDoesNotUseUpTheTriesOfOthers: what one address sends after its
// own limit costs neither its neighbours nor anybody else a try.
func TestAU04_OneNetworkDoesNotUseUpTheTriesOfOthers(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice := a.AddUser("alice")
	flood := a.Browser().From("198.51.100.7")
	for i := range 1100 {
		guess(flood, fmt.Sprintf("nobody%d", i))
	}
	neighbour := a.Browser().From("198.51.100.8")
	neighbour.Post("/login", "username", "alice", "password", alice.Password).Is(http.StatusSeeOther)
	far := a.Browser().From("203.0.113.9")
	for i := range auth.BurstNetworkFree + 1 {
		if p := guess(far, fmt.Sprintf("someone%d", i)); p.Status != 422 {
			t.Fatalf("try %d from far away: %d; one address made it a burst", i+1, p.Status)
		}
	}
}

// TestSE06_ShorterSessionsReachLivingOnes: an administrator who shortens sessions
// means the ones that are there.
func TestSE06_ShorterSessionsReachLivingOnes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	a.Set("session_max", "10")
	a.Set("session_idle", "10")
	a.Clock.Add(9 * time.Minute)
	if !b.SignedInAs(alice) {
		t.Error("the session is over too early")
	}
	a.Clock.Add(2 * time.Minute)
	if b.SignedInAs(alice) {
		t.Error("the session outlives the shorter time")
	}
}
