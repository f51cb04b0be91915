package users_test

import (
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestTaken_ByTheRecycleBin: a name that nobody on the list has, because who has it is in
// the recycle bin, is said to be there, with the way to it; to the user alone it is taken.
func TestTaken_ByTheRecycleBin(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	gone, bob := a.AddUser("gone"), a.AddUser("bob")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, gone.ID, a.Clock.Now()); return err })
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open("/admin/users/new")
	b.Submit("Add user", "Username", "gone", "Email", "gone@example.org").Is(http.StatusUnprocessableEntity)
	b.Sees("Somebody in the recycle bin has that username: Gone", "Somebody in the recycle bin has this email address: Gone")
	b.Open("/admin/users/" + bob.ID + "/edit")
	b.Submit("Save changes", "Username", "gone").Is(http.StatusUnprocessableEntity)
	b.Sees("Somebody in the recycle bin has that username: Gone")
	if b.Doc().Find(`#username-error a[href="/admin/users/`+gone.ID+`"]`).Length() != 1 {
		t.Error("no link to who is in the recycle bin")
	}
	b.Submit("Save changes", "Username", "root-admin").Sees("That username is taken").SeesNot("recycle bin")
}
