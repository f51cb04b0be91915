package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/userimport"
)

// notMe is what the owner of an account does who hears of a stranger in it.
func notMe(a *apptest.App, u *apptest.User) {
	owner := a.Browser()
	owner.Get(u.Link(store.PurposeNotMe)).Redirects("/not-me")
	owner.Post("/not-me").Is(http.StatusSeeOther)
}

// What a stranger in an administrator's account has begun ends with "this was not me",
// also where it needs no session to go on.
func TestAU13_NotMeEndsABulkAct(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ada := a.AddUser("ada", apptest.Administrator)
	a.Tx(func(tx *store.Tx) error {
		for i := range 300 {
			n := store.NewUser{ID: secret.ID(), Username: fmt.Sprintf("many%04d", i), Role: user.RoleUser, Hash: "hash", CreatedAt: a.Clock.Now()}
			if err := tx.AddUser(n); err != nil {
				return err
			}
		}
		return nil
	})
	thief := signedInAs(a, ada)
	thief.Post("/admin/users/bulk", "action", "delete", "all", "1", "q", "many", "confirm", "1", "seen", "300").Is(http.StatusSeeOther)
	notMe(a, ada)
	a.RunBulk()
	deleted, err := a.DB.CountAllUsers(t.Context(), store.UserFilter{Status: store.StatusDeleted, Now: a.Clock.Now()})
	if err != nil || deleted != 0 {
		t.Errorf("%d users were deleted after the owner had ended everything, %v", deleted, err)
	}
	if all, err := a.DB.RecentBulkJobs(1); err != nil || len(all) != 1 || all[0].State != store.BulkRefused {
		t.Errorf("the act: %+v, %v", all, err)
	}
	rows, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Subject: ada.ID, Event: audit.UserNotMe, Limit: 1})
	if err != nil || len(rows) != 1 || !slices.Contains(rows[0].Details, audit.Detail{Name: "acts stopped", After: "1"}) {
		t.Errorf("the log: %+v, %v", rows, err)
	}
}

func TestAU13_NotMeEndsAnImport(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ada := a.AddUser("ada", apptest.Administrator)
	var file strings.Builder
	file.WriteString("username,role,password_hash\n")
	for i := range 30 {
		fmt.Fprintf(&file, "user%d,admin,$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW\n", i)
	}
	in := userimport.Intake{Instance: a.Site.Instance, Owner: ada.ID, FileName: "users.csv"}
	b, err := in.Read(t.Context(), importer.Stream(strings.NewReader(file.String())))
	if err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error { _, err := tx.StartImport(b, a.Clock.Now()); return err })
	notMe(a, ada)
	if done, err := (userimport.Import{Instance: a.Site.Instance, Job: b}).Slice(t.Context(), a.Clock.Now()); !done || err != nil {
		t.Errorf("the import goes on: %v, %v", done, err)
	}
	n, err := a.DB.CountAllUsers(t.Context(), store.UserFilter{Role: user.RoleAdmin, Now: a.Clock.Now()})
	if err != nil || n != 2 { // the first one and ada
		t.Errorf("%d administrators, %v", n, err)
	}
}

func TestAU13_NotMeTakesAFirstApprovalBack(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	boss, evil := a.AddUser("boss", apptest.Administrator), a.AddUser("evil", apptest.Administrator)
	other := administrator(a, "ada")
	administrator(a, "abe")
	_, id := ask(t, a, boss)
	path := "/admin/requests/" + id
	signedInAs(a, evil).Post(path, "decision", "approve", "reason", "because").Redirects(path)
	notMe(a, evil)
	other.Post(path, "decision", "approve", "reason", "because").Redirects(path)
	if q, _, err := a.DB.Request(id); err != nil || q.Status != "open" {
		t.Errorf("after one approval that counts the request is %s, %v", q.Status, err)
	}
}
