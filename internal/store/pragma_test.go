package store

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/secret"
)

// readers checks every connection of the read pool out at once.
func readers(t *testing.T, db testDB) []*sql.Conn {
	t.Helper()
	n := db.pool.Stats().MaxOpenConnections
	if n < 2 {
		t.Fatalf("the read pool has %d connections, want several", n)
	}
	var all []*sql.Conn
	for range n {
		c, err := db.pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		all = append(all, c)
	}
	return all
}

func TestAV06_PragmasOfEveryConnection(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	common := map[string]string{
		"journal_mode": "wal", "busy_timeout": "5000", "foreign_keys": "1", "recursive_triggers": "1",
		"trusted_schema": "0", "secure_delete": "1", "temp_store": "2", "cache_size": "-2000",
	}
	ask := func(name string, c *sql.Conn, want map[string]string) {
		for pragma, value := range want {
			var got string
			if err := c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
				t.Errorf("%s: %s = %q, %v; want %q", name, pragma, got, err, value)
			}
		}
	}
	ask("writer", db.onFile(t), common)
	ask("writer", db.onFile(t), map[string]string{"synchronous": "2"})
	for _, c := range readers(t, db) {
		ask("reader", c, common)
	}
	if n := db.write.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d connections may write, want 1", n)
	}
}

func TestReadPoolCannotWrite(t *testing.T) {
	t.Parallel()
	db := open(t)
	if onPostgres {
		for _, text := range []string{`INSERT INTO meta (name, value) VALUES ('x', 'y')`, `DELETE FROM meta`, `CREATE TABLE x (y TEXT)`, lockHead} {
			if _, err := db.server.Exec(t.Context(), text); stateOf(err) != stateReadOnly {
				t.Errorf("%s: %v, want a refusal", text, err)
			}
		}
		return
	}
	for i, c := range readers(t, db) {
		for _, text := range []string{
			"INSERT INTO meta (name, value) VALUES ('x', 'y')", "DELETE FROM meta", "CREATE TABLE x (y)", "PRAGMA user_version = 7",
		} {
			if _, err := c.ExecContext(t.Context(), text); err == nil || !strings.Contains(err.Error(), "readonly") {
				t.Errorf("reader %d: %s: %v, want a refusal", i, text, err)
			}
		}
	}
}

func TestAV06_TablesAreStrict(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	rows, err := db.q.query(t.Context(), sqliteOnly(`SELECT name, strict FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`))
	if err != nil {
		t.Fatal(err)
	}
	type table struct {
		name   string
		strict bool
	}
	tables, err := collect(rows, func(row scanner) (one table, err error) { return one, row.Scan(&one.name, &one.strict) })
	if err != nil || len(tables) < 10 {
		t.Fatalf("%d tables, %v: this test looked at nothing", len(tables), err)
	}
	for _, one := range tables {
		if !one.strict {
			t.Errorf("table %s is not STRICT", one.name)
		}
	}
}

func TestAV06_FilesAreTheOwnersAlone(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "latchkey.db")
	ring := secret.NewRing()
	check := func(when string, want ...string) {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || info.Mode() != 0o600 {
				t.Errorf("%s: %s has mode %v, %v; want 0600", when, e.Name(), info.Mode(), err)
			}
			found = append(found, e.Name())
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", when, diff)
		}
	}
	db, err := Open(t.Context(), path, ring, true)
	if err != nil {
		t.Fatal(err)
	}
	check("new", "latchkey.db", "latchkey.db-shm", "latchkey.db-wal")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	check("closed", "latchkey.db")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(t.Context(), path, ring, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	check("opened again after somebody opened it up", "latchkey.db", "latchkey.db-shm", "latchkey.db-wal")
}
