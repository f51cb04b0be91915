package attack

import (
	"net/http"
	"strconv"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestMA02_TypedAddressIsNotConfirmed: whoever types an address while there is no mail
// server has shown nothing. Once there is one, nothing is sent there before its owner used
// a mailed link.
func TestMA02_TypedAddressIsNotConfirmed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, admin := a.AddUser("alice"), signedInAs(a, a.Admin)
	confirmed := func(name string) bool {
		t.Helper()
		u, err := a.DB.UserByName(name)
		if err != nil || u.Email == "" {
			t.Fatalf("%s: %q, %v", name, u.Email, err)
		}
		return u.EmailConfirmed
	}
	b := signedInAs(a, alice)
	b.Post("/profile/edit", "name", "Alice", "email", "alice@typed.example").Redirects("/profile")
	if confirmed("alice") {
		t.Error("an address that its user typed without mail is confirmed")
	}
	b.Open("/profile").SeesNot("Not confirmed") // there is nothing to do about it yet
	admin.Post("/admin/users/new", "username", "bob", "name", "", "email", "bob@typed.example", "role", "user", "first_sign_in", "link").Is(http.StatusSeeOther)
	if confirmed("bob") {
		t.Error("an address that an administrator typed without mail is confirmed")
	}
	u := alice.Now()
	admin.Post("/admin/users/"+u.ID+"/edit", "username", "alice", "name", "Alice", "email", "other@typed.example", "role", "user", "version", strconv.FormatInt(u.Version, 10)).Is(http.StatusSeeOther)
	if confirmed("alice") {
		t.Error("an address that an administrator changed without mail is confirmed")
	}
	empty := apptest.Start(t, apptest.Options{Empty: true})
	empty.Browser().Post("/setup", "setup_code", empty.SetupCode(), "username", "ann", "name", "", "email", "ann@typed.example", "new_password", newPassword).Is(http.StatusSeeOther)
	if ann, err := empty.DB.UserByName("ann"); err != nil || ann.EmailConfirmed {
		t.Errorf("the address of the first administrator is confirmed (%v)", err)
	}
	batch := admin.Upload(importPath, "file", "users.csv", "username,email,password_hash\nimogen,imogen@typed.example,"+importHash+"\n").Header.Get("Location")[len(importPath+"?batch="):]
	admin.Post(importPath, "batch", batch, "import", "all").Is(http.StatusSeeOther)
	a.RunBulk()
	if confirmed("imogen") {
		t.Error("an address that was imported without mail is confirmed")
	}
}

// TestMA02_AskedToConfirmOnceThereIsMail is the same person when mail works.
func TestMA02_AskedToConfirmOnceThereIsMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice", func(n *store.NewUser, _ *apptest.User) { n.EmailConfirmed = false })
	a.Browser().Post("/forgot", "username", "alice").Redirects("/forgot?notice=sent")
	if sent := a.Post(); told(sent, alice.Email, "/reset/") {
		t.Fatal("a reset link went to an address that nobody confirmed")
	}
	b := signedInAs(a, alice) // whoever has the password and the phone gets in all the same
	b.Open("/profile").Sees("Confirm your email address.", alice.Email)
	b.Submit("Send a link").Is(http.StatusOK)
	link := linkIn(a, mailed(a, alice.Email, "Confirm your email address"), "/email")
	elsewhere(a.Browser(), link).Redirects("/email")
	all := clones(a.Browser(), crowd)
	for _, c := range all {
		c.Get(link).Redirects("/email")
	}
	once(t, "the confirmation", "/login?notice=email-confirmed", race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/email") }))
	b.Open("/profile").SeesNot("Confirm your email address.", "Not confirmed")
	a.Browser().Post("/forgot", "username", "alice").Redirects("/forgot?notice=sent")
	if sent := a.Post(); !told(sent, alice.Email, "/reset/") {
		t.Errorf("no reset link to the confirmed address: %v", sent)
	}
}
