package attack

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// TestFD06_WhatEndsHoldsAtTheNextCheck: whatever ends a session, takes access away or asks for more.
func TestFD06_WhatEndsHoldsAtTheNextCheck(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	d.Set("two_step", "optional")
	tx := func(fn func(*store.Tx) error) func(*apptest.User, *walker) {
		return func(*apptest.User, *walker) { d.Tx(fn) }
	}
	forUser := func(fn func(*store.Tx, *apptest.User) error) func(*apptest.User, *walker) {
		return func(u *apptest.User, _ *walker) { d.Tx(func(tx *store.Tx) error { return fn(tx, u) }) }
	}
	back := func() { // what concerns everybody is put back
		d.Set("two_step", "optional")
		d.Set("session_idle", "60")
		d.edit("secret", func(a *store.Application) {
			a.Groups, a.Hosts, a.ProofMinutes = []string{"staff"}, []string{"secret.example"}, 0
		})
	}
	for what, c := range map[string]struct {
		do   func(*apptest.User, *walker)
		want int // a navigation
	}{
		"signed out":       {func(_ *apptest.User, w *walker) { w.home.Post("/logout") }, 302},
		"everything ended": {forUser(func(tx *store.Tx, u *apptest.User) error { _, err := tx.EndSessions(u.ID, ""); return err }), 302},
		"disabled":         {forUser(func(tx *store.Tx, u *apptest.User) error { _, err := tx.Disable(true, u.ID); return err }), 302},
		"another role": {forUser(func(tx *store.Tx, u *apptest.User) error {
			_, err := tx.SetRole(true, u.ID, user.RoleAdmin)
			return err
		}), 302},
		"deleted":          {forUser(func(tx *store.Tx, u *apptest.User) error { _, err := tx.Delete(true, u.ID, d.Clock.Now()); return err }), 302},
		"another password": {forUser(func(tx *store.Tx, u *apptest.User) error { _, err := tx.RaiseCredVersion(u.ID); return err }), 302},
		"out of the group": {forUser(func(tx *store.Tx, u *apptest.User) error { return access.Leave(tx, d.by(), "staff", u.Now()) }), 403},
		"the group is gone": {tx(func(tx *store.Tx) error {
			g, err := tx.Group("staff")
			if err != nil {
				return err
			}
			return access.DeleteGroup(tx, d.by(), "staff", g.Version)
		}), 403},
		"another group": {func(*apptest.User, *walker) { d.edit("secret", func(a *store.Application) { a.Groups = nil }) }, 403},
		"another host": {func(*apptest.User, *walker) {
			d.edit("secret", func(a *store.Application) { a.Hosts = []string{"other.example"} })
		}, 403},
		"a proof is wanted": {func(*apptest.User, *walker) {
			d.edit("secret", func(a *store.Application) { a.ProofMinutes = 1 })
			d.Clock.Add(2 * time.Minute)
		}, 302},
		"idle for too long":  {func(*apptest.User, *walker) { d.Clock.Add(2 * time.Hour) }, 302},
		"a shorter time":     {func(*apptest.User, *walker) { d.Set("session_idle", "5"); d.Clock.Add(10 * time.Minute) }, 302},
		"two-step for all":   {func(*apptest.User, *walker) { d.Set("two_step", "everyone") }, 302},
		"signed out here":    {func(_ *apptest.User, w *walker) { w.leave("secret.example", "") }, 302},
		"everywhere, there":  {func(_ *apptest.User, w *walker) { w.leave("secret.example", "1") }, 302},
		"closed by an admin": {forUser(func(tx *store.Tx, u *apptest.User) error { return access.CloseAll(tx, d.by(), "secret", u.Now()) }), 302},
		"switched off": {tx(func(tx *store.Tx) error {
			a, err := tx.Application("secret")
			if err != nil {
				return err
			}
			if err := access.DisableApplication(tx, d.by(), "secret", a.Version); err != nil {
				return err
			}
			return access.EnableApplication(tx, d.by(), "secret", a.Version+1)
		}), 302},
	} {
		t.Run(what, func(t *testing.T) {
			u := d.AddUser("u"+strings.NewReplacer(" ", "", "-", "", ",", "").Replace(what), apptest.NoPhone)
			d.Tx(func(tx *store.Tx) error { return access.Join(tx, d.by(), "staff", u.Now()) })
			w := d.inside(u, "secret.example")
			c.do(u, w)
			p := d.askAs(w, "/forward-auth/secret", "secret.example", "/", "Sec-Fetch-Mode", "navigate")
			if p.Status != c.want || p.Header.Get("Remote-User") != "" {
				t.Errorf("%d, want %d", p.Status, c.want)
			}
			want := map[int]int{302: 401, 403: 403}[c.want]
			if p := d.askAs(w, "/auth-request/secret", "secret.example", "/"); p.Status != want || p.Header.Get("Remote-User") != "" {
				t.Errorf("nginx: %d, want %d", p.Status, want)
			}
			if _, err := d.DB.Group("staff"); err != nil {
				addGroup(t, d.App, "staff", "")
			}
			back()
		})
	}
}
