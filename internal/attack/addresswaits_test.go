package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestMA08_OnlyTheAddressThatWaitsIsConfirmed follows links that came too late.
func TestMA08_OnlyTheAddressThatWaitsIsConfirmed(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]func(a *apptest.App, b *apptest.Browser, u *apptest.User){
		"cancelled": func(_ *apptest.App, b *apptest.Browser, _ *apptest.User) {
			b.Open("/profile").Sees("new@example.net")
			b.Submit("Cancel the change").Sees("Your email address stays as it is.").SeesNot("Send again")
		},
		"another one asked for": func(_ *apptest.App, b *apptest.Browser, _ *apptest.User) {
			asksFor(b, "newer@example.net").Redirects("/profile")
		},
		"sent again": func(_ *apptest.App, b *apptest.Browser, _ *apptest.User) {
			b.Open("/profile")
			b.Submit("Send again").Sees("We have sent a link to new@example.net.")
		},
		"password changed": func(_ *apptest.App, b *apptest.Browser, u *apptest.User) {
			b.Post("/security/password", "current_password", u.Password, "new_password", newPassword).Redirects("/security")
		},
		"a day later": func(a *apptest.App, _ *apptest.Browser, _ *apptest.User) { a.Clock.Add(24 * time.Hour) },
		"administrator typed one": func(a *apptest.App, _ *apptest.Browser, u *apptest.User) {
			now := u.Now()
			act(a, func(by account.Action) error {
				return by.Edit(store.Edit{ID: u.ID, Version: now.Version, Username: "alice", Email: "typed@example.net", EmailKey: "typed@example.net"})
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Mail: true})
			alice := a.AddUser("alice")
			b, followed := a.Browser(), a.Browser()
			b.SignIn(alice)
			asksFor(b, "new@example.net").Redirects("/profile")
			link := linkIn(a, mailed(a, "new@example.net", confirmSubject), "/email")
			followed.Get(link).Redirects("/email")
			late(a, b, alice)
			if p := followed.Post("/email"); p.Status != http.StatusGone && !strings.HasPrefix(p.Header.Get("Location"), "/login?notice=link-") {
				t.Errorf("the late link answers %d to %q", p.Status, p.Header.Get("Location"))
			}
			a.Browser().Get(link).Is(http.StatusGone)
			if got := alice.Now().Email; got == "new@example.net" {
				t.Error("the late link confirmed the address")
			}
		})
	}
}

// TestMA08_NameEditedByAdministratorKeepsWhatWaits: only another address ends it.
func TestMA08_NameEditedByAdministratorKeepsWhatWaits(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	a.Tx(func(tx *store.Tx) error { return tx.SetPendingEmail(alice.ID, "new@example.net") })
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open("/admin/users/" + alice.ID + "/edit")
	b.Submit("Save changes", "Name", "Alice Two")
	if u := alice.Now(); u.Name != "Alice Two" || u.EmailPending != "new@example.net" || !u.EmailConfirmed {
		t.Errorf("after: %q, waits %q, confirmed %v", u.Name, u.EmailPending, u.EmailConfirmed)
	}
	b.Open("/admin/users/" + alice.ID + "/edit")
	b.Submit("Save changes", "Email", "typed@example.net")
	if u := alice.Now(); u.Email != "typed@example.net" || u.EmailPending != "" || u.EmailConfirmed {
		t.Errorf("after: %q, waits %q, confirmed %v", u.Email, u.EmailPending, u.EmailConfirmed)
	}
}
