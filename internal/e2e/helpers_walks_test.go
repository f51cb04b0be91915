package e2e

import (
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// codeOnScreen is the code for the key that the enrolment page shows, by the
// clock of the test.
func codeOnScreen(b *tab, a *apptest.App) string {
	b.t.Helper()
	key, err := factor.ParseSecret(eval[string](b, "document.getElementById('key').innerText"))
	if err != nil {
		b.t.Fatalf("%s shows no key: %v", b.path(), err)
	}
	return factor.Code(key, factor.Step(a.Clock.Now()))
}

func walkMine(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	a.Browser().SignIn(alice)
	b := signedIn(t, a, alice)
	b.open("/profile").inspect("profile")
	b.follow("Edit profile").inspect("edit profile")
	b.fill("Email", "not an address").press("Save changes").inspect("edit profile, with mistakes")
	b.fill("Email", "alice@example.net").press("Save changes").inspect("profile, changed")
	b.open("/security").inspect("security")
	b.open("/security/activity").inspect("activity")
	b.open("/help").inspect("help, signed in")
	a.Clock.Add(11 * time.Minute)
	b.open("/security/password").inspect("confirm")
	b.press("Continue").inspect("confirm, empty")
	b.fill("Password", alice.Password, "Code", alice.Code()).press("Continue").at("/security/password").inspect("change password")
	b.fill("Current password", "no", "New password", "short").press("Change password").inspect("change password, with mistakes")
	return b
}

func walkSecurity(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	a.Set("two_step", "optional")
	b := signedIn(t, a, alice)
	b.open("/security").follow("Add an app").inspect("enrolment, second app")
	b.fill("Name for this app", "Tablet", "6-digit code", codeOnScreen(b, a)).press("Turn on").at("/security").inspect("security, app added")
	b.follow("Rename Tablet").inspect("rename")
	b.fill("Name for this app", "").press("Rename").inspect("rename, empty")
	b.open("/security").follow("Remove Tablet").inspect("remove")
	b.press("Remove app").follow("Remove Phone").inspect("remove the last")
	b.open("/security").follow("Make new codes").inspect("new codes")
	b.press("Make new codes").at("/security/recovery-codes").inspect("recovery codes, new")
	b.open("/security").follow("Remove Phone").press("Remove app").at("/security").inspect("security without apps")
	b.open("/profile").inspect("profile without apps")
	return b
}

// crowd adds people in every state.
func crowd(a *apptest.App) (people map[string]*apptest.User) {
	people = map[string]*apptest.User{
		"alice": a.AddUser("alice"), "dave": a.AddUser("dave", apptest.Disabled), "ivy": a.AddUser("ivy", apptest.Invited),
		"lou": a.AddUser("lou"), "gone": a.AddUser("gone"), "nora": a.AddUser("nora", apptest.NoPhone),
		"second": a.AddUser("second", apptest.Administrator),
	}
	people["ivy"].Link(store.PurposeInvite)
	a.Tx(func(tx *store.Tx) error {
		if err := tx.SetLockedUntil(people["lou"].ID, a.Clock.Now().Add(time.Hour)); err != nil {
			return err
		}
		_, err := tx.Delete(true, people["gone"].ID, a.Clock.Now())
		return err
	})
	a.Browser().SignIn(people["alice"])
	a.Browser().Post("/login", "username", "alice", "password", "wrong")
	return people
}

func walkAdministration(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	crowd(a)
	for _, c := range "abcdefghijklmnopqrstu" {
		a.AddUser("user-"+string(c), apptest.NoPhone)
	}
	b := signedIn(t, a, a.Admin)
	for _, path := range []string{
		"/admin", "/admin/users", "/admin/users?sort=-last_sign_in", "/admin/users?q=nobody", "/admin/users?status=deleted", "/admin/users?status=locked",
		"/admin/audit", "/admin/audit?actor=nobody", "/admin/audit?from=2026-13-40", "/admin/audit?result=failed",
	} {
		b.open(path).inspect(path)
	}
	b.open("/admin/users").follow("Next →").inspect("users, second page")
	b.open("/admin/settings/general").inspect("general settings")
	b.fill("Name of this instance", "").press("Save changes").inspect("general settings, with mistakes")
	b.fill("Name of this instance", "Acme Portal").press("Save changes").inspect("general settings, saved")
	b.fill("Accent colour", "#ffcc00", "Web page or email address", "javascript:alert(1)").press("Save changes").inspect("general settings, a colour that cannot be read")
	b.fill("Accent colour", "#7a1fa2", "Web page or email address", "https://help.example.com/signing-in", "Name or team", "IT service desk of the Wiltshire Council Libraries and Archives",
		"Telephone number", "+44 (0)20 7946 0000 ext 12", "About help", "Room 17.\n\nMore on https://help.example.com/a-very-long-address-without-any-place-to-break-it.").press("Save changes").inspect("general settings, branded")
	b.open("/help").inspect("help, branded")
	b.open("/admin").inspect("overview, branded")
	b.press("Hide this list").inspect("overview without the list")
	b.open("/admin/settings/sign-in").inspect("sign-in settings")
	b.fill("Shortest password, in characters", "1").press("Save changes").inspect("sign-in settings, with mistakes")
	b.open("/admin/settings/mail").inspect("mail settings, without mail")
	return b
}

func walkOneUser(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	people := crowd(a)
	b := signedIn(t, a, a.Admin)
	for name, u := range people {
		b.open("/admin/users/" + u.ID).inspect("user " + name)
	}
	b.open("/admin/users/" + a.Admin.ID).inspect("user, myself")
	b.fill("Add a note", "Called twice.").press("Add note").inspect("user, a note")
	b.follow("Delete the note “Called twice.”").inspect("delete a note")
	b.open("/admin/users/explain").inspect("explain, whom")
	b.open("/admin/users/explain?q=nobody").inspect("explain, nobody")
	b.open("/admin/users/" + a.Admin.ID + "/edit").inspect("edit myself")
	edit := "/admin/users/" + people["alice"].ID + "/edit"
	b.open(edit).inspect("edit user")
	b.fill("Username", "!").press("Save changes").inspect("edit user, with mistakes")
	first, second := b.open(edit), b.sibling().open(edit)
	second.fill("Name", "Alice Two").press("Save changes")
	first.fill("Name", "Alice One").press("Save changes").inspect("edit user, conflict")
	b.open("/admin/users/new").inspect("add user")
	b.press("Add user").inspect("add user, with mistakes")
	b.fill("Username", "zoe").press("Add user").inspect("invitation link")
	return b
}

func walkActs(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	people := crowd(a)
	b := signedIn(t, a, a.Admin)
	acts := map[string]string{
		"disable": "alice", "delete": "alice", "sign-out": "alice", "reset-two-step": "alice", "password-link": "alice",
		"enable": "dave", "unlock": "lou", "restore": "gone",
	}
	for act, name := range acts {
		b.open("/admin/users/" + people[name].ID + "/" + act).inspect(act)
	}
	b.open("/admin/users/" + a.Admin.ID + "/disable").inspect("disable, refused")
	alice := "/admin/users/" + people["alice"].ID
	b.open(alice + "/delete").press("Delete user").inspect("delete, name not typed")
	b.open(alice + "/reset-two-step").press("Reset two-step verification").inspect("reset, no reason")
	b.open(alice + "/password-link").press("Show the link").inspect("password link")
	b.open(alice + "/disable").press("Disable").inspect("disabled, with undo")
	return b
}
