package attack

import (
	"testing"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// group adds a group and returns its name.
func (d *desk) group(name string) string {
	d.TB.Helper()
	return addGroup(d.TB, d.App, name, "")
}

// addGroup adds a group with members and returns its name.
func addGroup(t testing.TB, a *apptest.App, name, label string, members ...*apptest.User) string {
	t.Helper()
	by := audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: a.Admin.Username}
	a.Tx(func(tx *store.Tx) error {
		if err := access.AddGroup(tx, by, name, label); err != nil {
			return err
		}
		for _, p := range members {
			if err := access.Join(tx, by, name, user.User{ID: p.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	return name
}
