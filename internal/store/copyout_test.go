package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/audit"
)

// TestMoves_ToPostgresAndBack copies a database with something in its tables into PostgreSQL, and
// from there into a file: every row of every table is the same, the log holds, and what triggers
// keep is right.
func TestMoves_ToPostgresAndBack(t *testing.T) {
	t.Parallel()
	s := postgresOrSkip(t)
	from := filled(t, s)
	empty, err := s.Database("")
	if err != nil {
		t.Fatal(err)
	}
	address := s.Address(empty)
	if err := CopyIntoPostgres(t.Context(), from.path, address, nil); err != nil {
		t.Fatal(err)
	}
	if n, err := LookAtPostgres(t.Context(), address, s.ring); n != 40 || err != nil {
		t.Errorf("%d users in PostgreSQL, %v", n, err)
	}
	db, err := Open(t.Context(), address, s.ring, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fresh, err := s.Database("")
	if err != nil {
		t.Fatal(err)
	}
	if bare, err := Open(t.Context(), s.Address(fresh), s.ring, true); err != nil || bare.Close() != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(indexesOf(t, s.Address(fresh)), indexesOf(t, address)); diff != "" {
		t.Errorf("indexes of a new database and of the copy (-new +copy):\n%s", diff)
	}
	back := filepath.Join(t.TempDir(), "back.db")
	if err := db.Copy(t.Context(), back, nil); err != nil {
		t.Fatal(err)
	}
	before, after := rowsOf(t, from.path), rowsOf(t, back)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("rows before and after (-before +after):\n%s", diff)
	}
	for _, table := range []string{"users", "audit_log", "user_groups", "group_members", "settings", "sessions", "audit_days"} {
		if len(before[table]) == 0 {
			t.Errorf("nothing was in %s", table)
		}
	}
	copied, err := LookThrough(t.Context(), back, s.ring, 2, audit.Entry{})
	if err != nil || copied.Users != 40 {
		t.Errorf("%+v, %v", copied, err)
	}
	// New users get new numbers, and are found.
	if err := db.Tx(t.Context(), func(tx *Tx) error { return tx.AddUser(person("newcomer")) }); err != nil {
		t.Fatal(err)
	}
	if list, err := db.ListUsers(t.Context(), UserFilter{Text: "newcomer", Limit: 5, Now: start()}); err != nil || len(list.Users) != 1 {
		t.Errorf("found %v, %v", list.Users, err)
	}
	if err := CopyIntoPostgres(t.Context(), from.path, address, nil); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a second copy into the same database: %v", err)
	}
}

// indexesOf are the definitions of the indexes of a database in PostgreSQL.
func indexesOf(t *testing.T, address string) []string {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, single[string])
	if err != nil || len(all) < 50 {
		t.Fatalf("%d indexes, %v", len(all), err)
	}
	return all
}

// TestMoves_NoTableIsForgotten: whatever table a migration makes is copied, but for the indexes of
// text, which are made anew.
func TestMoves_NoTableIsForgotten(t *testing.T) {
	t.Parallel()
	file := sql.OpenDB(newConnector(filepath.Join(t.TempDir(), "bare.db"), "rwc"))
	defer file.Close()
	file.SetMaxOpenConns(1)
	if _, err := bareTables(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	all, err := columnsOf(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range all {
		names = append(names, table.name)
	}
	want := slices.DeleteFunc(tablesMade(postgres), func(name string) bool { return strings.HasPrefix(name, "goose") })
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("tables (-made +copied):\n%s", diff)
	}
}

// filled is a file with something in it, made with the key of the cluster.
func filled(t *testing.T, s *server) testDB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	opened, err := Open(t.Context(), path, s.ring, true)
	if err != nil {
		t.Fatal(err)
	}
	db := testDB{opened, path}
	crowd(t, db, 40)
	id := db.add(t, "ghost", func(n *NewUser) { n.Name = "Zoë O'Neill \"%_\" 李小龍" })
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.SetSetting("two_step", "optional"), tx.AddSession(session(id, "a")))
	})
	db.addGroup(t, "staff", "Staff", id)
	db.addApplication(t, Application{Slug: "wiki", Name: "Wiki", Hosts: []string{"wiki.example.com"}, Everyone: true, Public: []string{"/health"}})
	for i := range 300 {
		db.must(t, func(tx *Tx) error {
			return tx.Audit(audit.Entry{At: start(), Event: audit.LoginPassword, Result: audit.ResultFailed, SubjectName: fmt.Sprint("somebody ", i)})
		})
	}
	db.sql(t, `UPDATE users SET deleted_at = 5 WHERE id = $1`, id)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return db
}

// rowsOf are the rows of every table of a file, each as a text, in some order that is always the same.
func rowsOf(t *testing.T, path string) map[string][]string {
	t.Helper()
	file := sql.OpenDB(newConnector(path, "ro"))
	defer file.Close()
	tables, err := columnsOf(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, table := range tables {
		found, err := file.Query(`SELECT ` + table.quoted() + ` FROM ` + table.name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := collect(found, func(scanner) (string, error) {
			row, err := table.row(found, nil)
			return fmt.Sprint(row...), err
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(rows)
		all[table.name] = rows
	}
	return all
}
