package attack

import (
	"net/http"
	"testing"

	"latchkey/internal/apptest"
)

// TestAU08_NamesNobodyCanTake tries names that look like something else everywhere where
// a name is chosen: adding, editing, importing, setting up.
func TestAU08_NamesNobodyCanTake(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	alice := a.AddUser("alice")
	fresh := apptest.Start(t, apptest.Options{Empty: true})
	for name, words := range map[string]string{
		"..": "must start and end with a letter or a number", "--help": "must start and end", "admin.": "must start and end", "_ada": "must start and end",
		"a..b": "must not have two dots in a row", "server": "That username is reserved. Choose", "latch-key": "That username is reserved. Choose",
		"support": "people would take it for an official account", "No-Reply": "people would take it for an official account",
	} {
		b.Clone().Post("/admin/users/new", "username", name, "name", "", "email", "", "role", "user", "first_sign_in", "link").
			Is(http.StatusUnprocessableEntity).Sees(words)
		edit := b.Clone()
		edit.Open("/admin/users/" + alice.ID + "/edit")
		edit.Submit("Save changes", "Username", name).Sees(words)
		batch := uploaded(t, b.Clone(), csv(name, "carl"))
		b.Clone().Get(importPath + "?batch=" + batch).Sees(words)
		if words != "people would take it for an official account" {
			fresh.Browser().Post("/setup", "setup_code", "x", "username", name, "name", "", "email", "", "new_password", apptest.Password).
				Is(http.StatusUnprocessableEntity).Sees(words)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM users`); n != 2 {
		t.Errorf("%d users", n)
	}
}

// TestAU08_NamesFromBeforeStay: a user who has such a name signs in with it, is shown by it
// and can be edited.
func TestAU08_NamesFromBeforeStay(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	for _, name := range []string{"support", "admin.", "..", "--help"} {
		u := a.AddUser(name, apptest.NoAddress)
		theirs := a.Browser()
		theirs.SignIn(u)
		theirs.Open("/profile").Sees(name)
		b.Open("/admin/users/" + u.ID + "/edit")
		b.Submit("Save changes", "Name", "Somebody Else")
		if now := u.Now(); now.Name != "Somebody Else" || now.Username != name {
			t.Errorf("%q after an edit: %+v", name, now)
		}
		b.Open("/admin/users/" + u.ID + "/edit")
		b.Submit("Save changes", "Username", "fine"+u.ID[20:])
	}
}
