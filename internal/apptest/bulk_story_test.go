package apptest_test

import (
	"fmt"
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// signedIn is the administrator's browser.
func signedIn(a *apptest.App) *apptest.Browser {
	b := a.Browser()
	b.SignIn(a.Admin)
	return b
}

// addMany adds users with passwords and without phones, in one transaction.
func addMany(a *apptest.App, name string, n int) {
	a.TB.Helper()
	a.Tx(func(tx *store.Tx) error {
		for i := range n {
			one := fmt.Sprintf("%s%04d", name, i)
			if err := tx.AddUser(store.NewUser{ID: secret.ID(), Username: one, Role: user.RoleUser, Hash: "hash", CreatedAt: a.Clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// counted is how many users a filter of the list matches.
func counted(t *testing.T, a *apptest.App, f store.UserFilter) int64 {
	t.Helper()
	f.Now = a.Clock.Now()
	n, err := a.DB.CountAllUsers(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// events counts the rows of the audit log of one kind.
func events(t *testing.T, a *apptest.App, e audit.Event) int64 {
	t.Helper()
	n, err := a.DB.CountAuditEntries(t.Context(), store.AuditFilter{Event: e})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestStory_BulkOfAPage picks some users, looks at what would happen, does it and
// takes it back.
func TestStory_BulkOfAPage(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	a.AddUser("carl", apptest.Disabled)
	inside := a.Browser()
	inside.SignIn(alice)
	b := signedIn(a)
	b.Open("/admin/users?sort=-name")
	b.Submit("Review…").Is(http.StatusUnprocessableEntity).Sees("There is a problem", "Select at least one user")
	if first, _ := b.Doc().Find("td.pick input").First().Attr("id"); b.Doc().Find(`#problem a[href="#`+first+`"]`).Length() != 1 {
		t.Errorf("the message does not lead to the first box, %q", first)
	}
	b.Submit("Review…", "Select Alice", "on", "Select Bob", "on").Is(http.StatusUnprocessableEntity).Sees("Choose an action")
	b.Submit("Review…", "With selected", "disable", "Select Carl", "on", "Select Root-admin", "on").Is(http.StatusOK)
	b.Sees("Disable 2 users", "Alice", "Bob", "Carl (carl): This user is already disabled.", "Root-admin (root-admin): You cannot disable yourself.")
	b.Submit("Disable 2 users", "Reason", "on leave").At("/admin/users?sort=-name").Sees("2 users disabled.", "2 left out")
	if !alice.Now().Disabled || !bob.Now().Disabled || a.Admin.Now().Disabled || inside.SignedInAs(alice) {
		t.Error("not exactly the two are disabled and signed out")
	}
	if n := events(t, a, audit.UserDisabled); n != 2 || events(t, a, audit.UsersChanged) != 1 {
		t.Errorf("%d rows for two users", n)
	}
	again := b.Clone()
	b.Submit("Undo").At("/admin/users").Sees("Undone: 2 users enabled.")
	again.Open("/admin/users")
	again.Follow("Bulk changes").At("/admin/users/bulk").Sees("Disable 4 users", "Enable 2 users", "root-admin")
	again.Open("/admin/audit?event=users.changed").Sees("Show the bulk change")
	if alice.Now().Disabled || bob.Now().Disabled {
		t.Error("the undo did not enable both")
	}
	if n := counted(t, a, store.UserFilter{Status: store.StatusDisabled}); n != 1 {
		t.Errorf("%d users are disabled after the undo, want carl alone", n)
	}
}

// TestStory_BulkUndoLeavesWhatWasChangedSince takes back only what is still as it was
// left.
func TestStory_BulkUndoLeavesWhatWasChangedSince(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	b := signedIn(a)
	b.Post("/admin/users/bulk", "user", alice.ID, "user", bob.ID, "action", "delete", "confirm", "1").Redirects("/admin/users")
	b.Open("/admin/users").Sees("2 users moved to the recycle bin.")
	other := b.Clone()
	other.Post("/admin/users/" + bob.ID + "/restore").Is(http.StatusSeeOther)
	other.Post("/admin/users/"+bob.ID+"/delete", "confirm_username", "bob").Is(http.StatusSeeOther)
	b.Submit("Undo").Sees("1 user restored.", "1 left out")
	if !alice.Now().DeletedAt.IsZero() || bob.Now().DeletedAt.IsZero() {
		t.Error("the undo did not restore exactly alice")
	}
	b.Follow("1 left out").Sees("This user has been changed since.")
	b.Follow("Everyone affected by an earlier bulk change").Sees("This was undone.")
	b.Post(b.Path + "/undo").Is(http.StatusConflict).Sees("This has already been undone.")
}

// TestStory_BulkOfThousandsOutlivesARestart begins an action on 450 users, stops the
// program in the middle, and finds each of them changed once.
func TestStory_BulkOfThousandsOutlivesARestart(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addMany(a, "temp", 450)
	addMany(a, "other", 30)
	b := signedIn(a)
	b.Open("/admin/users?q=temp")
	b.Follow("Select all 450")
	b.Submit("Review…", "With selected", "disable").Sees("Disable 450 users", "temp0000", "and 430 more")
	b.Submit("Disable 450 users", "Reason", "contract ended").Sees("0 of 450 users so far", "In progress")
	page := b.Path
	addMany(a, "temps", 5) // too late to be among them
	a.RunBulkSlice()
	b.Open(page).Sees("200 of 450 users so far")
	b.Open("/admin/users").Sees("Under way: Disable 450 users")
	b.Open("/admin").Sees("A bulk change is in progress: Disable 450 users.")
	b.Follow("Check progress").At(page)
	a.Restart()
	a.RunBulk()
	b.Open(page).Sees("450 users disabled.", "Done", "contract ended")
	if n := counted(t, a, store.UserFilter{Status: store.StatusDisabled}); n != 450 {
		t.Errorf("%d users are disabled, want 450", n)
	}
	if n := events(t, a, audit.UserDisabled); n != 450 || events(t, a, audit.UsersChanged) != 1 {
		t.Errorf("%d rows for 450 users", n)
	}
	b.Submit("Undo").Sees("0 of 450 users so far")
	page = b.Path
	a.RunBulk()
	b.Open(page).Sees("450 users enabled.")
	if n := counted(t, a, store.UserFilter{Status: store.StatusDisabled}); n != 0 {
		t.Errorf("%d users are disabled after the undo", n)
	}
}

// TestStory_BulkIsCancelled ends an action in the middle; what it changed can be taken back.
func TestStory_BulkIsCancelled(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addMany(a, "temp", 250)
	b := signedIn(a)
	b.Open("/admin/users?q=temp")
	b.Follow("Select all 250")
	b.Submit("Review…", "With selected", "delete")
	b.Submit("Delete 250 users")
	a.RunBulkSlice()
	b.Submit("Cancel the rest").Sees("Cancelled.", "200 users moved to the recycle bin.")
	page := b.Path
	a.RunBulk()
	if n := counted(t, a, store.UserFilter{Status: store.StatusDeleted}); n != 200 {
		t.Errorf("%d users are deleted, want the 200 before the end", n)
	}
	b.Open(page)
	b.Submit("Undo")
	a.RunBulk()
	if n := counted(t, a, store.UserFilter{Status: store.StatusDeleted}); n != 0 {
		t.Errorf("%d users are deleted after the undo", n)
	}
}

// TestAC02_BulkStopsWithItsAdministrator takes the role away from the administrator who began an action
// that is not done yet.
func TestAC02_BulkStopsWithItsAdministrator(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addMany(a, "temp", 450)
	ada := a.AddUser("ada", apptest.Administrator)
	mallory := a.Browser()
	mallory.SignIn(ada)
	mallory.Open("/admin/users?q=temp")
	mallory.Follow("Select all 450")
	mallory.Submit("Review…", "With selected", "disable")
	mallory.Submit("Disable 450 users")
	page := mallory.Path
	a.RunBulkSlice()
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, ada.ID, user.RoleUser); return err })
	a.RunBulk()
	if n := counted(t, a, store.UserFilter{Status: store.StatusDisabled}); n != 200 {
		t.Errorf("%d users are disabled, want the 200 from before", n)
	}
	desk := signedIn(a)
	desk.Open(page).Sees("Stopped part-way through")
	desk.Follow("audit log").Sees("stopped because the person who started it is no longer an administrator")
}

// TestStory_EnrolmentIsDemanded demands two-step verification of somebody whom the
// policy leaves free.
func TestStory_EnrolmentIsDemanded(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "administrators")
	nell, olaf := a.AddUser("nell", apptest.NoPhone), a.AddUser("olaf")
	n := a.Browser()
	n.SignIn(nell).At("/profile")
	b := signedIn(a)
	b.Open("/admin/users")
	b.Submit("Review…", "With selected", "require-enrolment", "Select Nell", "on", "Select Olaf", "on").Sees("Require two-step verification for 2 users")
	b.Submit("Require two-step verification for 2 users").Sees("Two-step verification is now required for 2 users.")
	n.Get("/profile").Redirects("/security/authenticators/new")
	n = a.Browser()
	n.Password(nell).Redirects("/security/authenticators/new")
	n.Open("/security/authenticators/new")
	n.Submit("Turn on", "6-digit code", a.CodeFor(phone(t, n.Page))).At("/security/recovery-codes")
	// The last app cannot be removed, though the policy would let it go.
	o := a.Browser()
	o.SignIn(olaf)
	apps, err := a.DB.Authenticators(olaf.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.Post("/security/authenticators/" + apps[0].ID + "/remove").Is(http.StatusConflict)
	b.Submit("Undo").Sees("no longer required individually for 2 users")
}
