package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// TestAC03_LastAdministratorStays lets two administrators take each other's rights
// away, in every way there is, at the same moment.
func TestAC03_LastAdministratorStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path   string
		fields func(*apptest.User) url.Values
	}{
		"demote": {"/edit", func(u *apptest.User) url.Values {
			return url.Values{"username": {u.Username}, "name": {""}, "email": {""}, "role": {"user"}, "version": {fmt.Sprint(u.Now().Version)}}
		}},
		"disable":        {"/disable", func(*apptest.User) url.Values { return nil }},
		"delete":         {"/delete", func(u *apptest.User) url.Values { return url.Values{"confirm_username": {u.Username}} }},
		"reset two-step": {"/reset-two-step", func(*apptest.User) url.Values { return url.Values{"reason": {"lost"}} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Empty: true})
			for round := range 4 {
				pair := [2]*apptest.User{a.AddUser(fmt.Sprint("ada", round), apptest.Administrator), a.AddUser(fmt.Sprint("bea", round), apptest.Administrator)}
				var all []*apptest.Browser
				for _, u := range pair {
					b := a.Browser()
					b.SignIn(u)
					all = append(all, clones(b, crowd/2)...)
				}
				forms := [2]url.Values{c.fields(pair[1]), c.fields(pair[0])} // each against the other
				pages := race(t, crowd, func(i int) *apptest.Page {
					who := i / (crowd / 2)
					return all[i].Send(all[i].Request(http.MethodPost, "/admin/users/"+pair[1-who].ID+c.path, forms[who]))
				})
				left, err := a.DB.UsableAdministrators(true)
				if err != nil || left != 1 {
					t.Fatalf("%d administrators left (%v), want 1: %s", left, err, answers(pages))
				}
				for _, u := range pair { // make room for the next two
					a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(false, u.ID, user.RoleUser); return err })
				}
				takeOut(t, a)
			}
		})
	}
}

// takeOut removes every administrator, which no page or command does.
func takeOut(t *testing.T, a *apptest.App) {
	t.Helper()
	if _, err := open(t, a).Exec(`UPDATE users SET disabled = TRUE WHERE role = 'admin'`); err != nil {
		t.Fatal(err)
	}
}

// TestAC03_NobodyTakesHimselfOut is the same, alone.
func TestAC03_NobodyTakesHimselfOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	me := "/admin/users/" + a.Admin.ID
	version := fmt.Sprint(a.Admin.Now().Version)
	b.Clone().Post(me + "/disable").Is(http.StatusConflict)
	b.Clone().Post(me+"/delete", "confirm_username", a.Admin.Username).Is(http.StatusConflict)
	b.Clone().Post(me+"/reset-two-step", "reason", "lost").Is(http.StatusConflict)
	b.Clone().Post(me+"/edit", "username", a.Admin.Username, "name", "", "email", "", "role", "user", "version", version).Is(http.StatusConflict)
	if !b.SignedInAs(a.Admin) {
		t.Error("the administrator is out")
	}
}

// TestAC08_EditsDoNotOverwriteEachOther sends fifty edits of one version.
func TestAC08_EditsDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(a.Admin)
	all, version := clones(b, crowd), fmt.Sprint(alice.Now().Version)
	pages := race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/admin/users/"+alice.ID+"/edit", "username", "alice", "name", fmt.Sprint("Alice ", i), "email", alice.Email, "role", "user", "version", version)
	})
	once(t, "the edit", "/admin/users/"+alice.ID, pages)
}

// TestAC05_AdministratorNeverLearnsAPassword looks at what an administrator gets
// when adding or resetting somebody, and tries to use it for themselves.
func TestAC05_AdministratorNeverLearnsAPassword(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Post("/admin/users/"+alice.ID+"/reset-two-step", "reason", "").Is(422)
	b.Post("/admin/users/"+alice.ID+"/reset-two-step", "reason", "lost phone").Is(http.StatusSeeOther)
	// The password alone leads to no new enrolment: a thief would have it.
	thief := a.Browser()
	thief.Post("/login", "username", "alice", "password", alice.Password).Is(422).Sees("was reset")
	if thief.Pending() != "" || thief.Session() != "" {
		t.Error("a password was worth something after a reset")
	}
	owner := a.Browser()
	owner.Open(alice.Link(store.PurposePassword)).At("/reset")
	owner.Submit("Set password", "New password", newPassword).At("/login?notice=password-changed")
	owner.Submit("Sign in", "Username or email", "alice", "Password", newPassword).At("/security/authenticators/new")
	for _, field := range []string{"password", "new_password", "code", "otp_secret", "password_hash"} {
		b.Post("/admin/users/new", "username", "carl", "name", "", "email", "", "role", "user", "first_sign_in", "link", field, "x").Is(http.StatusBadRequest)
	}
}
