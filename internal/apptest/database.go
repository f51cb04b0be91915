package apptest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
	_ "github.com/mattn/go-sqlite3"    // the driver sqlite3

	"latchkey/internal/store/postgrestest"
)

// copies hands out the databases in PostgreSQL, which are copies of the one that firstDatabase
// makes.
var copies *postgrestest.Copies

// firstDatabase makes an empty database in PostgreSQL.
func firstDatabase() (address, name string, err error) {
	s, err := postgrestest.Shared()
	if err != nil {
		return "", "", err
	}
	name, err = s.Database("")
	return s.Address(name), name, err
}

// copyFrom makes every database of a test a copy of this one.
func copyFrom(name string) error {
	s, err := postgrestest.Shared()
	if err != nil {
		return err
	}
	copies, err = s.Copies(name)
	return err
}

// copied takes a database in PostgreSQL for this test.
func (a *App) copied() (address string) {
	a.TB.Helper()
	s, err := postgrestest.Shared()
	a.must(err)
	name, err := copies.Take()
	a.must(err)
	a.TB.Cleanup(func() {
		if err := copies.GiveBack(name); err != nil {
			a.TB.Errorf("giving the database back: %v", err)
		}
	})
	return s.Address(name)
}

// OnFile is for a test of what only the database in a file has: its pages, its log, its copies.
func OnFile(t testing.TB) {
	t.Helper()
	if postgrestest.Wanted() {
		t.Skip("this is about a database in a file")
	}
}

// OnServer is for a test of several nodes that serve one PostgreSQL.
func OnServer(t testing.TB) {
	t.Helper()
	if !postgrestest.Wanted() {
		t.Skip("this is about several nodes, see LATCHKEY_TEST_DATABASE in docs/testing.md")
	}
}

// Raw is the program's database, opened a second time beside the program, for what no method of
// package store arranges or tells. Statements have to suit both engines.
func (a *App) Raw() *sql.DB {
	a.TB.Helper()
	if postgrestest.Wanted() {
		a.rawOnce.Do(func() { a.raw = a.openRaw("pgx", a.Database) })
		return a.raw
	}
	return a.openRaw("sqlite3", "file:"+a.DatabasePath()+"?_busy_timeout=5000&_synchronous=OFF&_txlock=immediate")
}

func (a *App) openRaw(driver, address string) *sql.DB {
	a.TB.Helper()
	db, err := sql.Open(driver, address)
	a.must(err)
	db.SetMaxOpenConns(1)
	a.TB.Cleanup(func() { db.Close() })
	return db
}

// Hold keeps everybody else from writing until the returned function is called.
func (a *App) Hold() (letGo func()) {
	a.TB.Helper()
	tx := a.hold()
	return func() { a.TB.Helper(); a.must(tx.Rollback()) }
}

func (a *App) hold() *sql.Tx {
	a.TB.Helper()
	tx, err := a.Raw().Begin()
	a.must(err)
	if postgrestest.Wanted() {
		_, err = tx.Exec(`SELECT seq FROM audit_head FOR UPDATE`)
		a.must(err)
	}
	return tx
}

// RawTx runs statements in one transaction beside the program.
func (a *App) RawTx(statements ...string) {
	a.TB.Helper()
	tx := a.hold()
	for _, statement := range statements {
		_, err := tx.Exec(statement)
		a.must(err)
	}
	a.must(tx.Commit())
}

// Tables are the names of the tables of the program, without what SQLite keeps for its indexes of
// text, and without those in which several nodes say that they are there.
func (a *App) Tables() []string {
	a.TB.Helper()
	text := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%search%' AND name NOT LIKE '%grams%' AND name NOT IN ('nodes', 'leases') ORDER BY name`
	if postgrestest.Wanted() {
		text = `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('nodes', 'leases') ORDER BY tablename`
	}
	return a.texts(text)
}

// texts are the rows of a statement with one column.
func (a *App) texts(statement string, args ...any) (all []string) {
	a.TB.Helper()
	rows, err := a.Raw().Query(statement, args...)
	a.must(err)
	defer rows.Close()
	for rows.Next() {
		var text string
		a.must(rows.Scan(&text))
		all = append(all, text)
	}
	a.must(rows.Err())
	return all
}

// Files returns the bytes of the database and its log, as somebody sees them who
// has stolen the disk. Of a PostgreSQL it is all that its rows hold.
func (a *App) Files() string {
	a.TB.Helper()
	var all strings.Builder
	if postgrestest.Wanted() {
		for _, table := range a.Tables() {
			for _, row := range a.texts(`SELECT CAST(t AS TEXT) FROM ` + table + ` t`) {
				all.WriteString(strings.ReplaceAll(row, `""`, `"`) + "\n")
			}
		}
		return all.String()
	}
	for _, ending := range []string{"", "-wal"} {
		text, err := os.ReadFile(a.DatabasePath() + ending)
		if !os.IsNotExist(err) {
			a.must(err)
		}
		all.Write(text)
	}
	return all.String()
}

// Ran says how often each statement ran in the PostgreSQL of this test since it was made.
func (a *App) Ran() map[string]int64 {
	a.TB.Helper()
	u, err := url.Parse(a.Database)
	a.must(err)
	s, err := postgrestest.Shared()
	a.must(err)
	ran, err := s.Ran(context.Background(), strings.TrimPrefix(u.Path, "/"))
	a.must(err)
	return ran
}
