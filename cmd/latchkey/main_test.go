package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"github.com/rogpeppe/go-internal/testscript"

	"latchkey/internal/bench/seed"
	"latchkey/internal/store/postgrestest"
	"latchkey/migrations"
)

// TestMain makes the test binary be the program when a test starts "latchkey", and what
// makes people up when one starts "bench", as in "bench seed --data data".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"latchkey": main, "bench": bench})
}

func bench() {
	var c struct {
		Seed seed.Command `cmd:""`
	}
	command := kong.Parse(&c)
	command.FatalIfErrorf(command.Run())
}

// TestScript runs every script in testdata/script. Beside what testscript brings,
// a script has:
//
//	server [flags]        start a server on ./data; sets $ADDR, $URL and $SETUP;
//	                      server.log is what it writes to stderr
//	stopserver            send SIGTERM and wait; the server must end with status 0
//	sql FILE TEXT [WANT]  run a statement, or compare what a query gives
//	oldschema FILE N      make FILE the same instance with the tables of schema N, at
//	                      most 8, and nobody in it
//	fixture FILE          copy a file of the importer's tests here
//	mode FILE WANT        compare the mode of a file, in octal
//	[postgres]            whether it runs on PostgreSQL, see LATCHKEY_TEST_DATABASE in
//	                      docs/testing.md: in a database of its own, which sql asks then
//	                      for data/latchkey.db
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		// A server that should have refused to start would serve for ever.
		Deadline: time.Now().Add(5 * time.Minute),
		Setup: func(e *testscript.Env) error {
			e.Values[current{}] = new(*server)
			e.Setenv("GORACE", os.Getenv("GORACE")) // see the Makefile
			if postgrestest.Wanted() {
				return ownDatabase(e)
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "postgres" {
				return false, fmt.Errorf("no condition is called %q", name)
			}
			return postgrestest.Wanted(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server": serverCommand, "stopserver": stopCommand, "sql": sqlCommand, "fixture": fixtureCommand, "oldschema": oldSchemaCommand, "mode": modeCommand,
		},
	})
}

// ownDatabase gives a script an empty database in PostgreSQL.
func ownDatabase(e *testscript.Env) error {
	s, err := postgrestest.Shared()
	if err != nil {
		return err
	}
	name, err := s.Database("")
	if err != nil {
		return err
	}
	e.Setenv(databaseVariable, s.Address(name))
	e.Defer(func() { s.Drop(name) }) // what is left of it goes away with the server
	return nil
}

const databaseVariable = "LATCHKEY_DATABASE"

// current is the key of a script's running server.
type current struct{}

func serverCommand(ts *testscript.TestScript, _ bool, args []string) {
	if database := ts.Getenv(databaseVariable); database != "" {
		args = append(args, "--database", database)
	}
	s, err := startServer(ts.MkAbs("."), append([]string{"--data", "data"}, args...)...)
	ts.Check(err)
	ts.Defer(s.kill)
	s.logged("audit head") // the last line of the start: the log is written beside the server
	*ts.Value(current{}).(**server) = s
	ts.Setenv("URL", s.url)
	ts.Setenv("ADDR", strings.TrimPrefix(s.url, "http://"))
	ts.Setenv("SETUP", s.setup)
}

func stopCommand(ts *testscript.TestScript, _ bool, _ []string) {
	s := *ts.Value(current{}).(**server)
	s.signal(syscall.SIGTERM)
	ts.Check(s.wait())
}

func sqlCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: sql FILE TEXT [WANT]")
	}
	driver, address := "sqlite3", ts.MkAbs(args[0])
	if database := ts.Getenv(databaseVariable); database != "" && args[0] == "data/latchkey.db" {
		driver, address = "pgx", database
	}
	db, err := sql.Open(driver, address)
	ts.Check(err)
	defer db.Close()
	if len(args) == 2 {
		_, err := db.Exec(args[1])
		ts.Check(err)
		return
	}
	var got string
	ts.Check(db.QueryRow(args[1]).Scan(&got))
	if got != args[2] {
		ts.Fatalf("%s\ngives %q, want %q", args[1], got, args[2])
	}
}

func oldSchemaCommand(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	schema, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Rename(path, path+"-now"))
	db, err := sql.Open("sqlite3", path)
	ts.Check(err)
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.SQLite(), goose.WithDisableGlobalRegistry(true))
	ts.Check(err)
	_, err = p.UpTo(context.Background(), schema)
	ts.Check(err)
	_, err = db.Exec(`PRAGMA journal_mode = WAL; ATTACH $1 AS now; INSERT INTO meta SELECT * FROM now.meta; DETACH now`, path+"-now")
	ts.Check(err)
	ts.Check(os.Remove(path + "-now"))
	ts.Check(os.RemoveAll(filepath.Join(filepath.Dir(path), "latchkey.head"))) // it had none
}

// importerFiles is seen from the folder of this package, in which tests start.
const importerFiles = "../../internal/importer/testdata"

func fixtureCommand(ts *testscript.TestScript, _ bool, args []string) {
	content, err := os.ReadFile(filepath.Join(importerFiles, args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o600))
}

func modeCommand(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Lstat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := info.Mode().Perm().String(); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}
