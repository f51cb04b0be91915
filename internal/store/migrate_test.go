package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

// older makes a database of an earlier version, with one user in it.
func older(t *testing.T, schema int64) (path string, ring *secret.Ring) {
	t.Helper()
	path, ring = filepath.Join(t.TempDir(), oddName, "latchkey.db"), secret.NewRing()
	if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(newConnector(path, "rw"))
	defer db.Close()
	p, err := migrator(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`INSERT INTO meta (name, value) VALUES ('instance', 'i'), ('key_check', $1)`, ring.CheckValue())
	if err != nil {
		t.Fatal(err)
	}
	return path, ring
}

func serverRow() audit.Entry { return audit.Entry{At: start(), ActorName: "server"} }

// dump is the schema of a database and its version, to compare.
func dump(t *testing.T, path string) (all []string) {
	t.Helper()
	db := sql.OpenDB(newConnector(path, "ro"))
	defer db.Close()
	rows, err := db.Query(`SELECT coalesce(sql, name) FROM sqlite_schema UNION ALL SELECT 'version ' || version_id FROM goose_db_version
		UNION ALL SELECT 'meta ' || name FROM meta ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	all, err = collect(rows, func(row scanner) (text string, err error) { return text, row.Scan(&text) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func copiesOf(t *testing.T, path string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+".schema-") {
			found = append(found, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return found
}

func TestMigrateCopiesAndRecords(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	path, ring := older(t, 7)
	before := dump(t, path)
	if db, err := Open(t.Context(), path, ring, false); err == nil || !strings.Contains(err.Error(), "latchkey migrate") {
		t.Fatalf("Open of an older schema = %v, %v; want a refusal that names migrate", db, err)
	}
	if diff := cmp.Diff(before, dump(t, path)); diff != "" {
		t.Fatalf("the refused Open changed the database:\n%s", diff)
	}
	m, err := Migrate(t.Context(), path, ring, serverRow())
	if err != nil || m.From != 7 || m.To <= 7 || filepath.Base(m.Copy) != "latchkey.db.schema-7-"+start().UTC().Format("20060102T150405Z") {
		t.Fatalf("Migrate = %+v, %v", m, err)
	}
	if info, err := os.Stat(m.Copy); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v; want mode 0600", info, err)
	}
	if diff := cmp.Diff(before, dump(t, m.Copy)); diff != "" {
		t.Errorf("the copy differs from what was:\n%s", diff)
	}
	db, err := Open(t.Context(), path, ring, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.AuditEntries(t.Context(), AuditFilter{Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].Event != audit.DatabaseMigrated || audit.Sentence(rows[0]) != "Brought the database up to date: schema "+m.Schema() {
		t.Errorf("audit log %+v, %v", rows, err)
	}
	if _, _, err := db.VerifyAudit(t.Context(), ring, ""); err != nil {
		t.Error(err)
	}
	again, err := Migrate(t.Context(), path, ring, serverRow())
	if err != nil || again.Done() || len(copiesOf(t, path)) != 1 {
		t.Errorf("Migrate again = %+v, %v with copies %q; want nothing done, beside a running server too", again, err, copiesOf(t, path))
	}
}

func TestMigrateThatFailsLeavesTheDatabase(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	path, ring := older(t, 7)
	db := sql.OpenDB(newConnector(path, "rw"))
	// The last steps stumble over this table, the first ones succeed.
	if _, err := db.Exec(`CREATE TABLE kept_forms (x TEXT) STRICT`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	before := dump(t, path)
	m, err := Migrate(t.Context(), path, ring, serverRow())
	if err == nil || !strings.Contains(err.Error(), "left it as it was") {
		t.Fatalf("Migrate = %+v, %v; want a failure", m, err)
	}
	if diff := cmp.Diff(before, dump(t, path)); diff != "" {
		t.Errorf("the database after a failure:\n%s", diff)
	}
	if left := copiesOf(t, path); len(left) != 0 {
		t.Errorf("copies %q of what still stands", left)
	}
}

func TestMigrateRefuses(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	path, ring := older(t, 7)
	if _, err := Migrate(t.Context(), path, secret.NewRing(), serverRow()); err == nil || !strings.Contains(err.Error(), "latchkey.key") {
		t.Errorf("with another key: %v", err)
	}
	db := sql.OpenDB(newConnector(path, "rw"))
	defer db.Close()
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Migrate(t.Context(), path, ring, serverRow()); err == nil || !strings.Contains(err.Error(), "schema 9999") {
		t.Errorf("a newer schema: %v", err)
	}
	if left := copiesOf(t, path); len(left) != 0 {
		t.Errorf("copies %q", left)
	}
}

func TestCopiesAreAHandful(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	pool := sql.OpenDB(newConnector(db.path, "rw"))
	defer pool.Close()
	var made []string
	for i := range 5 { // schemas of one and two digits, in the order of time
		to, err := copyBefore(t.Context(), pool, db.path, int64(8+i), start().Add(time.Duration(i)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, to)
	}
	left := copiesOf(t, db.path)
	slices.Sort(left)
	want := slices.Sorted(slices.Values(made[2:]))
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("copies (-want +got):\n%s", diff)
	}
}

// TestAV03_ACopyThatWasCutOffIsInNobodysWay: a migration that was killed is begun again at
// once, by whoever keeps the server running, and perhaps in the same second.
func TestAV03_ACopyThatWasCutOffIsInNobodysWay(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	pool := sql.OpenDB(newConnector(db.path, "rw"))
	defer pool.Close()
	first, err := copyBefore(t.Context(), pool, db.path, 12, start())
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{first + unfinishedCopy, first + unfinishedCopy + "-journal", db.path + copyInfix + "8-20200101T000000Z" + unfinishedCopy} {
		if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, err := copyBefore(t.Context(), pool, db.path, 12, start())
	if err != nil || again != first {
		t.Errorf("a copy of the same second: %s, %v", again, err)
	}
	if left := copiesOf(t, db.path); !slices.Equal(left, []string{first}) {
		t.Errorf("copies %q, want %s", left, first)
	}
}

// schema is the database for a look at its tables.
func (db testDB) schema(t *testing.T) *sql.DB {
	t.Helper()
	if db.server == nil {
		return db.pool
	}
	pool := stdlib.OpenDBFromPool(db.server)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// What checkSchema looks for is what there is, so that a table that a migration adds is
// missed too when it is gone.
func TestTablesMadeAreTheTables(t *testing.T) {
	t.Parallel()
	db := open(t)
	_, tables, err := schemaOf(t.Context(), dialectOfTests, db.schema(t))
	if err != nil {
		t.Fatal(err)
	}
	made := tablesMade(dialectOfTests)
	for _, name := range tables {
		shadow := strings.HasPrefix(name, "users_search_") || strings.HasPrefix(name, "users_grams_")
		if !shadow && !strings.HasPrefix(name, "sqlite_") && !strings.HasPrefix(name, "goose_") && !slices.Contains(made, name) {
			t.Errorf("the table %s would not be missed", name)
		}
	}
	for _, name := range made {
		if !slices.Contains(tables, name) {
			t.Errorf("the table %s is missed and never there", name)
		}
	}
}
