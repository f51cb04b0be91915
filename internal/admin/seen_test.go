package admin_test

import (
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestOverview_CountsWhomThePolicyConcerns leaves out who cannot sign in anyway.
func TestOverview_CountsWhomThePolicyConcerns(t *testing.T) {
	t.Parallel()
	a, desk := optional(t)
	a.AddUser("nell", apptest.NoPhone)
	a.AddUser("carl", apptest.NoPhone, apptest.Disabled)
	a.AddUser("ida", apptest.Invited)
	desk.Open("/admin").Sees("Without two-step 1")
	if n := desk.Doc().Find(`a.tile[href="/admin/users?status=active&two_step=off"]`).Length(); n != 1 {
		t.Errorf("%d tiles lead to the list", n)
	}
}

// TestOverview_MailThatWaits tells of mail that was refused once.
func TestOverview_MailThatWaits(t *testing.T) {
	t.Parallel()
	a, desk := optional(t)
	nell := a.AddUser("nell", apptest.NoPhone)
	now := a.Clock.Now()
	a.Tx(func(tx *store.Tx) error {
		return tx.QueueMail(store.Mail{ID: "m1", UserID: nell.ID, Kind: "test", Recipient: "n@example.org", Sealed: "x", Created: now, Next: now, Ends: now.Add(time.Hour)})
	})
	desk.Open("/admin").SeesNot("could not be sent")
	a.Tx(func(tx *store.Tx) error { _, err := tx.ClaimMail("m1", 0, now.Add(time.Minute)); return err })
	desk.Open("/admin").Sees("1 message has not been sent yet. We will keep trying.")
}

// TestActivity_OthersAreNamed tells an administrator's actions on others from what
// happened to them.
func TestActivity_OthersAreNamed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("remember_days", "30")
	bob := a.AddUser("bob")
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Post("/admin/users/" + bob.ID + "/disable").Redirects("/admin/users/" + bob.ID)
	b.Open("/security/activity").Sees("Disabled bob").SeesNot(": root-admin")
	b.Open("/security").Sees("Signed in with password and code", "Administrators are always asked for a code.").SeesNot("User disabled")
}

// optional is a program in which nobody needs an app, with a browser of the
// administrator.
func optional(t *testing.T) (*apptest.App, *apptest.Browser) {
	t.Helper()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	b := a.Browser()
	b.SignIn(a.Admin)
	return a, b
}
