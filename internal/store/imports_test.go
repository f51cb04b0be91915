package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/audit"
)

// batch makes an import with n good rows that are named user1, user2 ….
func batch(t *testing.T, db testDB, id, owner string, n int) ImportJob {
	t.Helper()
	now := time.UnixMilli(1_700_000_000_000)
	b := ImportJob{ID: id, Owner: owner, Format: "csv", FileName: "x.csv", Created: now, Changed: now, Ends: now.Add(time.Hour), Good: n}
	err := db.Tx(t.Context(), func(tx *Tx) error {
		if err := tx.AddImport(b); err != nil {
			return err
		}
		for i := 1; i <= n; i++ {
			row := ImportRow{Position: i, Number: i + 1, Given: fmt.Sprint("User", i), Username: fmt.Sprint("user", i), EmailKey: fmt.Sprint(i, "@x"), Result: RowGood, Sealed: "s"}
			if err := tx.AddImportRow(id, row); err != nil {
				return err
			}
		}
		_, err := tx.ImportRead(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestImport_StatesAreTakenOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	b := batch(t, db, "b1", "ada", 3)
	now := b.Created
	type step struct {
		name string
		do   func(tx *Tx) (bool, error)
		want bool
	}
	other := b
	other.Owner = "eve"
	for _, s := range []step{
		{"read twice", func(tx *Tx) (bool, error) { return tx.ImportRead(b) }, false},
		{"count before the start", func(tx *Tx) (bool, error) { return tx.CountImport("b1", 1, 0, now) }, false},
		{"end before the start", func(tx *Tx) (bool, error) { return tx.EndImport("b1", ImportDone, "Stopped.", now, now) }, false},
		{"somebody else starts", func(tx *Tx) (bool, error) { return tx.StartImport(other, now) }, false},
		{"start", func(tx *Tx) (bool, error) { return tx.StartImport(b, now) }, true},
		{"start twice", func(tx *Tx) (bool, error) { return tx.StartImport(b, now) }, false},
		{"drop while it runs", func(tx *Tx) (bool, error) { return tx.DropImport("b1", "ada") }, false},
		{"settle", func(tx *Tx) (bool, error) { return tx.SettleImportRow("b1", 2, RowAdded, "") }, true},
		{"settle twice", func(tx *Tx) (bool, error) { return tx.SettleImportRow("b1", 2, RowAdded, "") }, false},
		{"count", func(tx *Tx) (bool, error) { return tx.CountImport("b1", 1, 0, now) }, true},
		{"sweep while it runs", func(tx *Tx) (bool, error) { return false, tx.DropOldImports(now.Add(time.Hour * 99)) }, false},
		{"stop", func(tx *Tx) (bool, error) { return tx.EndImport("b1", ImportStopped, "Stopped.", now, now) }, true},
		{"stop twice", func(tx *Tx) (bool, error) { return tx.EndImport("b1", ImportStopped, "Stopped.", now, now) }, false},
		{"somebody else drops", func(tx *Tx) (bool, error) { return tx.DropImport("b1", "eve") }, false},
	} {
		var got bool
		if err := db.Tx(t.Context(), func(tx *Tx) (err error) { got, err = s.do(tx); return err }); err != nil || got != s.want {
			t.Errorf("%s: %v, %v, want %v", s.name, got, err, s.want)
		}
	}
	rows, err := db.ImportRows(t.Context(), ImportPage{JobID: "b1", Limit: 10})
	if err != nil || len(rows) != 3 || rows[0].Result != RowRefused || rows[0].Reasons != "Stopped." || rows[1].Result != RowAdded || rows[0].Sealed+rows[1].Sealed+rows[2].Sealed != "" {
		t.Errorf("rows of a stopped import: %+v, %v", rows, err)
	}
	if err := db.Tx(t.Context(), func(tx *Tx) error { return tx.DropOldImports(now.Add(time.Second)) }); err != nil {
		t.Fatal(err)
	}
	if rows, err := db.ImportRows(t.Context(), ImportPage{JobID: "b1", Limit: 10}); err != nil || len(rows) != 0 {
		t.Errorf("%d rows of a forgotten import, %v", len(rows), err)
	}
}

func TestImportRows_Pages(t *testing.T) {
	t.Parallel()
	db := open(t)
	batch(t, db, "b1", "ada", 9)
	batch(t, db, "b2", "bob", 2)
	err := db.Tx(t.Context(), func(tx *Tx) error { _, err := tx.SettleImportRow("b1", 4, RowRefused, "why"); return err })
	if err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]ImportPage{
		"1 2 3": {Limit: 3}, "6 7": {After: 5, Limit: 2}, "3 4 5": {Before: 6, Limit: 3}, "1": {Before: 2, Limit: 3}, "4": {Result: RowRefused, Limit: 5}, "": {After: 9, Limit: 3},
		"3 5": {Result: RowGood, After: 2, Limit: 2}, "3 5 6": {Result: RowGood, Before: 7, Limit: 3},
	} {
		p.JobID = "b1"
		rows, err := db.ImportRows(t.Context(), p)
		var got []string
		for _, r := range rows {
			got = append(got, fmt.Sprint(r.Position))
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%+v: %v, %v, want %s", p, got, err, want)
		}
	}
}

// TestImportRows_AreFoundInAnIndex asks SQLite how it would look: over a file of
// 100,000 rows, going through the batch each time takes hours.
func TestImportRows_AreFoundInAnIndex(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	batch(t, db, "b1", "ada", 2000)
	err := db.Tx(t.Context(), func(tx *Tx) error {
		for i := range 2000 {
			c, err := tx.Clashes("b1", []ImportRow{{Username: fmt.Sprint("user", 2000-i%5), EmailKey: fmt.Sprint(i, "@y")}})
			if err != nil || c[0].Username == nil || c[0].Email != nil || c[0].Taken != nil {
				return fmt.Errorf("%+v, %w", c, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, text := range []string{
		`SELECT min(position) FROM import_rows WHERE batch_id = 'b' AND username = 'u'`, `SELECT min(position) FROM import_rows WHERE batch_id = 'b' AND email_key = 'u'`,
		`SELECT position FROM import_rows WHERE batch_id = 'b' AND result = 'good' AND position > 3 ORDER BY position LIMIT 5`,
	} {
		var a, b, c int
		var plan string
		if err := db.q.queryRow(explain+text).Scan(&a, &b, &c, &plan); err != nil || !strings.Contains(plan, "COVERING INDEX import_rows_by_") {
			t.Errorf("%s: %s, %v", text, plan, err)
		}
	}
}

func TestImportTaken(t *testing.T) {
	t.Parallel()
	db := open(t)
	batch(t, db, "b1", "ada", 5)
	err := db.Tx(t.Context(), func(tx *Tx) error {
		for i, n := range []NewUser{{Username: "user1"}, {Username: "other", Email: "2@x", EmailKey: "2@x"}, {Username: "third"}} {
			n.ID, n.Role, n.CreatedAt = fmt.Sprint(i), "user", time.UnixMilli(1)
			if err := tx.AddUser(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.ImportTaken("b1"); n != 2 || err != nil {
		t.Errorf("%d taken, %v, want 2", n, err)
	}
}

// The first row of a name counts, whether it is kept already or only in front; a bad one keeps its
// names as well. Users are found in one question for all.
func TestClashes_FirstOfANameAndUsers(t *testing.T) {
	t.Parallel()
	db := open(t)
	batch(t, db, "b1", "ada", 3)
	db.add(t, "taken")
	var found []Clash
	db.must(t, func(tx *Tx) (err error) {
		found, err = tx.Clashes("b1", []ImportRow{
			{Number: 10, Username: "new", EmailKey: "n@x"}, {Number: 11, Username: "new", Result: RowRefused}, {Number: 12, Username: "user2", EmailKey: "n@x"},
			{Number: 13, Username: "taken"}, {Number: 14},
		})
		return err
	})
	said := func(r *ImportRow) string {
		if r == nil {
			return "-"
		}
		return fmt.Sprint(r.Number)
	}
	var got []string
	for _, c := range found {
		got = append(got, fmt.Sprintf("%s %s %t", said(c.Username), said(c.Email), c.Taken != nil))
	}
	if want := "- - false, 10 - false, 3 10 false, - - true, - - false"; strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
}

// A row of the audit log that was taken back is not the one that the next row follows.
func TestAudit_FollowsWhatIsThere(t *testing.T) {
	t.Parallel()
	db := open(t)
	row := func(tx *Tx) error {
		return tx.Audit(audit.Entry{At: start(), Event: audit.UserCreated, Result: audit.ResultOK})
	}
	db.must(t, func(tx *Tx) error {
		if err := errors.Join(row(tx), row(tx)); err != nil {
			return err
		}
		if err := tx.Attempt(func() error { return errors.Join(row(tx), errors.New("no")) }); err == nil {
			return errors.New("nothing was taken back")
		}
		if err := tx.Attempt(func() error { return row(tx) }); err != nil {
			return err
		}
		return row(tx)
	})
	db.must(t, row)
	if seq, _, err := db.VerifyAudit(t.Context(), db.ring, ""); seq != 5 || err != nil {
		t.Errorf("%d, %v", seq, err)
	}
}
