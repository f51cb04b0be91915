package attack

import (
	"fmt"
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
)

// TestSE08_AnImportEndsWithItsAdministrator: what somebody began who is then no
// administrator any more makes no further users, no matter how they ceased to be one.
func TestSE08_AnImportEndsWithItsAdministrator(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"disable", "delete", "demote"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			a, boss := staff(t)
			evil := a.AddUser("evil", apptest.Administrator)
			e := a.Browser()
			e.SignIn(evil)
			id := uploaded(t, e, many(500))
			b, err := a.DB.Import(id, evil.ID)
			if err != nil {
				t.Fatal(err)
			}
			a.Tx(func(tx *store.Tx) error { _, err := tx.StartImport(b, a.Clock.Now()); return err })
			slice := func(want bool) {
				t.Helper()
				if done, err := (userimport.Import{Instance: a.Site.Instance, Job: b}).Slice(t.Context(), a.Clock.Now()); done != want || err != nil {
					t.Fatalf("done is %v, %v", done, err)
				}
			}
			slice(false)
			user := "/admin/users/" + evil.ID
			switch way {
			case "demote":
				boss.Post(user+"/edit", "username", "evil", "name", "Evil", "email", evil.Email, "role", "user",
					"version", fmt.Sprint(evil.Now().Version)).Is(http.StatusSeeOther)
			case "disable":
				boss.Post(user+"/disable", "reason", "fired").Is(http.StatusSeeOther)
			case "delete":
				boss.Post(user+"/delete", "reason", "fired", "confirm_username", "evil").Is(http.StatusSeeOther)
			}
			before := number(t, a, `SELECT count(*) FROM users`)
			slice(true)
			if n := number(t, a, `SELECT count(*) FROM users`) - before; n != 0 {
				t.Errorf("%d users were added after the end of their administrator", n)
			}
			if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'users.imported' AND result = 'blocked' AND details LIKE '%because the person who started it %'`); n != 1 {
				t.Errorf("%d audit rows, want 1", n)
			}
			if n := number(t, a, `SELECT count(*) FROM import_rows WHERE sealed <> ''`); n != 0 {
				t.Errorf("%d rows still hold a hash", n)
			}
			if way != "disable" {
				return
			}
			boss.Post(user+"/enable", "reason", "").Is(http.StatusSeeOther)
			e.SignIn(evil)
			e.Open(importPath+"?batch="+id).Sees("Import stopped", "200 users added before the import was stopped",
				"The import was stopped because the person who started it was disabled.")
		})
	}
}
