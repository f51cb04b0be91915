package attack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// TestOT06_MyDataHoldsEverythingButSecrets reads the file of somebody of whom
// everything is there, and of whom an administrator has had to do with.
func TestOT06_MyDataHoldsEverythingButSecrets(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, b, links := victim(t, a)
	carl := a.AddUser("carl", apptest.Administrator)
	act(a, func(by account.Action) error { return by.Unlock(alice.Now()) })
	b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	p := b.Get("/profile/data.json").Is(http.StatusOK)
	if got := p.Header.Get("Content-Disposition"); got != `attachment; filename="latchkey-alice.json"` || p.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers: %v", p.Header)
	}
	var file map[string]any
	if err := json.Unmarshal([]byte(p.Body), &file); err != nil {
		t.Fatalf("%v:\n%s", err, p.Body)
	}
	for _, part := range []string{"profile", "authenticators", "sessions", "browsers", "notices", "requests", "events"} {
		if list, isList := file[part].([]any); file[part] == nil || isList && len(list) == 0 {
			t.Errorf("%s is missing:\n%s", part, p.Body)
		}
	}
	for _, text := range []string{`"username": "alice"`, `"email_pending": "new@example.net"`, `"label": "Phone"`, `"event": "user.unlocked"`, `"by": "an administrator"`, `"contact": "desk"`} {
		if !strings.Contains(p.Body, text) {
			t.Errorf("the file lacks %s", text)
		}
	}
	secrets := []string{a.Admin.ID, "root-admin", "198.51.100.66", "administrator's own", carl.Email, "argon2", "sealed", factor.EncodeSecret(alice.Secret)}
	secrets = append(secrets, alice.Codes...)
	for name, value := range b.Cookies {
		secrets = append(secrets, value, secret.HashToken(value))
		if value == "" {
			t.Errorf("no cookie %s", name)
		}
	}
	for _, link := range links {
		token := link[strings.LastIndex(link, "/")+1:]
		secrets = append(secrets, token, secret.HashToken(token))
	}
	for _, text := range secrets {
		if strings.Contains(p.Body, text) {
			t.Errorf("the file holds %q", text)
		}
	}
}

// TestAC04_MyDataIsOnlyMine reads the file of an administrator who has had to do with
// others: of them it says nothing.
func TestAC04_MyDataIsOnlyMine(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedInAs(a, a.Admin)
	b.Open("/admin/users/" + alice.ID + "/edit")
	b.Submit("Save changes", "Email", "typed@example.net")
	p := b.Get("/profile/data.json").Is(http.StatusOK)
	if !strings.Contains(p.Body, `"event": "user.changed"`) {
		t.Error("the file lacks what the administrator did")
	}
	p.SeesNot("alice", "typed@example.net", alice.ID)
	b.Get("/profile/data.json?user=" + alice.ID).SeesNot("alice")
	a.Browser().Get("/profile/data.json").Redirects("/login?next=%2Fprofile%2Fdata.json")
}

// TestAU13_DeletingOneself walks through the page, with what keeps from it.
func TestAU13_DeletingOneself(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, b, links := victim(t, a)
	b.Open("/profile").SeesNot("Delete your account")
	b.Get("/profile/delete").Is(http.StatusNotFound)
	b.Post("/profile/delete", "confirm_username", "alice").Is(http.StatusNotFound)
	a.Set("delete_self", "yes")
	a.Clock.Add(11 * time.Minute)
	b.Post("/profile/delete", "confirm_username", "alice").Redirects("/confirm?next=%2Fprofile%2Fdelete%3Fkept%3D1")
	b.Open("/profile")
	b.Follow("Delete your account").Sees("Confirm it is you", "You are about to delete yourself.")
	b.Submit("Continue", "Password", alice.Password, "Code", alice.Code()).At("/profile/delete")
	b.Submit("Delete account").Is(422).Sees("Type your username to be sure")
	b.Submit("Delete account", "Type your username", "root-admin").Is(422)
	if !alice.Now().DeletedAt.IsZero() {
		t.Fatal("deleted without the name")
	}
	b.Submit("Delete account", "Type your username", " Alice ").At("/login?notice=deleted").Sees("Your account has been deleted.")
	if alice.Now().DeletedAt.IsZero() || b.Session() != "" {
		t.Fatal("not deleted, or not signed out")
	}
	for what, query := range map[string]string{
		"sessions": `SELECT count(*) FROM sessions WHERE user_id = $1`, "browsers": `SELECT count(*) FROM browsers WHERE user_id = $1`,
		"open requests": `SELECT count(*) FROM requests WHERE user_id = $1 AND status = 'open'`, "notices of it": `SELECT count(*) FROM notices WHERE user_id = $1 AND kind = 'deleted'`,
	} {
		if n := number(t, a, query, alice.ID); n != 0 {
			t.Errorf("%d %s left", n, what)
		}
	}
	for _, link := range links {
		a.Browser().Get(link).Is(http.StatusGone)
	}
	mailed(a, alice.Email, "Your account has been deleted")
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'user.deleted' AND subject_id = $1 AND actor_id = subject_id`, alice.ID); n != 1 {
		t.Errorf("%d rows user.deleted, want 1", n)
	}
	a.Browser().Post("/login", "username", "alice", "password", alice.Password).Is(422)
	act(a, func(by account.Action) error { return by.Restore(alice.Now()) })
	a.Browser().SignIn(alice).At("/profile")
}

// TestAC09_LastAdministratorCannotDeleteHimself, not even if two try at once.
func TestAC09_LastAdministratorCannotDeleteHimself(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("delete_self", "yes")
	b := signedInAs(a, a.Admin)
	b.Get("/profile/delete").Is(200).Sees("You are the only administrator who can sign in.")
	b.Post("/profile/delete", "confirm_username", "root-admin").Is(http.StatusConflict).Sees("You are the only administrator")
	if !b.SignedInAs(a.Admin) {
		t.Fatal("the refusal signed the administrator out")
	}
	for round := range 3 {
		name := fmt.Sprint("second", round)
		second := a.AddUser(name, apptest.Administrator)
		all := append(clones(signedInAs(a, a.Admin), crowd/2), clones(signedInAs(a, second), crowd/2)...)
		names := map[bool]string{true: "root-admin", false: name}
		race(t, crowd, func(i int) *apptest.Page {
			return all[i].Post("/profile/delete", "confirm_username", names[i < crowd/2])
		})
		first, other := a.Admin.Now().DeletedAt.IsZero(), second.Now().DeletedAt.IsZero()
		if first == other {
			t.Fatalf("the first is there: %v, the second: %v; want one of them", first, other)
		}
		a.Tx(func(tx *store.Tx) error {
			_, err := tx.Restore(a.Admin.ID)
			return err
		})
		if other { // the next round begins with one again
			a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, second.ID, a.Clock.Now()); return err })
		}
	}
}
