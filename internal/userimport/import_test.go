package userimport_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
)

// TestImport_GoesOnAfterARestart stops the program in the middle of a large import.
func TestImport_GoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var file strings.Builder
	file.WriteString("username,password_hash\n")
	for i := range 700 {
		fmt.Fprintf(&file, "user%d,%s\n", i, rowHash)
	}
	_, b := take(t, a, file.String())
	a.Tx(func(tx *store.Tx) error { _, err := tx.StartImport(b, a.Clock.Now()); return err })
	if done, err := (userimport.Import{Instance: a.Site.Instance, Job: b}).Slice(t.Context(), a.Clock.Now()); done || err != nil {
		t.Fatalf("the first slice: %v, %v", done, err)
	}
	if again, err := a.DB.Import(b.ID, ""); err != nil || again.Added != 200 {
		t.Fatalf("%d added before the restart, %v; want 200", again.Added, err)
	}
	a.Restart()
	work := userimport.Import{Instance: a.Site.Instance, Job: b} // shares the work with the job
	for done := false; !done; {
		var err error
		if done, err = work.Slice(t.Context(), a.Clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	again, err := a.DB.Import(b.ID, "")
	if err != nil || again.State != store.ImportDone || again.Added != 700 || again.Late != 0 {
		t.Errorf("%+v, %v", again, err)
	}
	entries, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Event: audit.UsersImported, Limit: 10})
	if err != nil || len(entries) != 1 {
		t.Errorf("%d audit rows of the import, %v; want 1", len(entries), err)
	}
}

// TestAC03_AnImportLeavesAWayIn imports administrators into an empty instance.
func TestAC03_AnImportLeavesAWayIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Empty: true})
	_, b := take(t, a, "username,role,disabled,password_hash\nann,admin,yes,"+rowHash+"\nbob,user,no,"+rowHash+"\n")
	if _, err := (userimport.Import{Instance: a.Site.Instance, Job: b}).Together(t.Context(), command(a), false); !problem.Is(err, problem.Conflict) {
		t.Errorf("only a disabled administrator: %v", err)
	}
	if has, err := a.DB.HasAdministrator(); has || err != nil {
		t.Errorf("set-up is over: %v, %v", has, err)
	}
	_, b = take(t, a, "username,role,disabled,password_hash\nann,admin,yes,"+rowHash+"\nbob,admin,no,"+rowHash+"\n")
	if done, err := (userimport.Import{Instance: a.Site.Instance, Job: b}).Together(t.Context(), command(a), false); err != nil || done.Added != 2 {
		t.Errorf("with one who can sign in: %d, %v", done.Added, err)
	}
}

// TestImport_StopsBetweenSlices stops a running import: who was added stays.
func TestImport_StopsBetweenSlices(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	var file strings.Builder
	file.WriteString("username,password_hash\n")
	for i := range 450 {
		fmt.Fprintf(&file, "user%d,%s\n", i, rowHash)
	}
	in := userimport.Intake{Instance: a.Site.Instance, Owner: a.Admin.ID, FileName: "users.csv"}
	batch, err := in.Read(t.Context(), importer.Stream(strings.NewReader(file.String())))
	if err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error { _, err := tx.StartImport(batch, a.Clock.Now()); return err })
	work := userimport.Import{Instance: a.Site.Instance, Job: batch}
	if _, err := work.Slice(t.Context(), a.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	page := "/admin/users/import?batch=" + batch.ID
	b.Open(page).Sees("Importing users", "200 of 450 rows so far")
	if b.Has("Try now") {
		t.Error("an import that moves offers to try again")
	}
	a.Clock.Add(30 * time.Second)
	b.Open(page).Sees("has made no progress for a while")
	b.Submit("Stop the import").Sees("Import stopped", "200 users added before the import was stopped")
	if done, err := work.Slice(t.Context(), a.Clock.Now()); !done || err != nil {
		t.Errorf("a slice of a stopped import: %v, %v", done, err)
	}
	if _, found, _ := a.DB.LoginByName("user300"); found {
		t.Error("a user was added after the stop")
	}
}

// TestImport_PassesOverARowItCannotRead: a damaged row is refused with a reason, and does not
// keep those behind it waiting for ever.
func TestImport_PassesOverARowItCannotRead(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	db := a.Raw()
	for name, change := range map[string]string{
		"damaged": "sealed || 'x'", "empty": "''",
		"swapped": "(SELECT o.sealed FROM import_rows o WHERE o.batch_id = r.batch_id AND o.position < r.position)",
	} {
		_, b := take(t, a, fmt.Sprintf("username,password_hash\n%[1]s-ann,%[2]s\n%[1]s-bob,%[2]s\n%[1]s-cyd,%[2]s\n", name, rowHash))
		if _, err := db.Exec("UPDATE import_rows AS r SET sealed = " + change + " WHERE username = '" + name + "-bob'"); err != nil {
			t.Fatal(err)
		}
		a.Tx(func(tx *store.Tx) error { _, err := tx.StartImport(b, a.Clock.Now()); return err })
		done, err := (userimport.Import{Instance: a.Site.Instance, Job: b}).Slice(t.Context(), a.Clock.Now())
		if !done || err != nil {
			t.Fatalf("%s: %v, %v", name, done, err)
		}
		for who, want := range map[string]bool{"ann": true, "bob": false, "cyd": true} {
			if _, found, err := a.DB.LoginByName(name + "-" + who); found != want || err != nil {
				t.Errorf("%s: %s was added: %v, %v", name, who, found, err)
			}
		}
		rows, err := a.DB.ImportRows(t.Context(), store.ImportPage{JobID: b.ID, Result: store.RowRefused, Limit: 10})
		if err != nil || len(rows) != 1 || !strings.Contains(rows[0].Reasons, "cannot be read any more") {
			t.Errorf("%s: the report says %+v, %v", name, rows, err)
		}
	}
	if log := a.Log.Trouble(); strings.Count(log, "a row of an import cannot be read") != 3 {
		t.Errorf("the log does not say so three times:\n%s", log)
	}
}
