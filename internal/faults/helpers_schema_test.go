package faults

import (
	"io/fs"
	"regexp"
	"strconv"
	"testing"

	"latchkey/migrations"
)

// oldSchema is the schema of a folder that is brought up to date.
const oldSchema = 33

// added finds what a migration adds to the schema.
var added = regexp.MustCompile(`(?m)^(?:CREATE (?:UNIQUE )?(TABLE|INDEX|TRIGGER) (\w+)|ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+))`)

// olderSchema is a folder with the people of the others and the tables of an older program:
// what later migrations added is taken away again, in which there is nothing yet.
func olderSchema(t *testing.T) people {
	t.Helper()
	p := instance(t)
	db := database(t, p.data)
	defer db.Close()
	db.SetMaxOpenConns(1)
	run := func(text string, args ...any) {
		t.Helper()
		if _, err := db.Exec(text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	run(`PRAGMA foreign_keys = OFF`)
	names, err := fs.Glob(migrations.SQLite(), "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no migrations: %v", err)
	}
	for _, name := range names {
		number, err := strconv.Atoi(name[:4])
		if err != nil {
			t.Fatal(err)
		}
		if number <= oldSchema {
			continue
		}
		text, err := fs.ReadFile(migrations.SQLite(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range added.FindAllStringSubmatch(string(text), -1) {
			if m[1] != "" {
				run(`DROP ` + m[1] + ` IF EXISTS ` + m[2])
			} else {
				run(`ALTER TABLE ` + m[3] + ` DROP COLUMN ` + m[4])
			}
		}
	}
	run(`DELETE FROM goose_db_version WHERE version_id > $1`, oldSchema)
	return p
}
