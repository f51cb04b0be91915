package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"latchkey/migrations"
)

// Schema returns the version of the database's schema: the number of the last
// migration.
func (r Reader) Schema() (version int64, err error) {
	err = r.q.queryRow(schemaVersion).Scan(&version)
	if err != nil {
		return 0, unavailable(fmt.Errorf("reading the version of the schema: %w", err))
	}
	return version, nil
}

const schemaVersion = `SELECT max(version_id) FROM goose_db_version`

// schemaOf returns the version of a database and the tables that it has.
func schemaOf(ctx context.Context, db *sql.DB) (version int64, tables []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return 0, nil, fmt.Errorf("reading the tables of the database: %w", err)
	}
	tables, err = collect(rows, func(row scanner) (name string, err error) { return name, row.Scan(&name) })
	if err != nil {
		return 0, nil, err
	}
	if !slices.Contains(tables, "goose_db_version") || !slices.Contains(tables, "meta") {
		return 0, nil, errNotOurs
	}
	var has sql.NullInt64
	if err := db.QueryRowContext(ctx, schemaVersion).Scan(&has); err != nil {
		return 0, nil, fmt.Errorf("reading the version of the database: %w", err)
	}
	return has.Int64, tables, nil
}

// checkSchema refuses a database with another schema than this program's, and one that
// has lost a table.
func checkSchema(ctx context.Context, db *sql.DB) error {
	has, tables, err := schemaOf(ctx, db)
	if err != nil {
		return err
	}
	known, err := newest(db)
	if err != nil {
		return err
	}
	if err := refuseNewer(has, known); err != nil {
		return err
	}
	if has < known {
		return fmt.Errorf("the database has schema %d and this program needs %d; start this version of the server, or stop the server and run latchkey migrate", has, known)
	}
	for _, name := range tablesMade() {
		if !slices.Contains(tables, name) {
			return &damage{cause: fmt.Errorf("the table %s is missing", name)}
		}
	}
	return nil
}

// refuseNewer refuses a database that a later program has changed already: this
// one would write rows that no longer mean the same.
func refuseNewer(has, known int64) error {
	if has > known {
		return fmt.Errorf("the database has schema %d and this program knows up to %d; run the newer latchkey that it was used with", has, known)
	}
	return nil
}

// tableChange finds what a migration does to tables as such.
var tableChange = regexp.MustCompile(`(?im)^\s*(?:CREATE (?:VIRTUAL )?TABLE (\w+)|DROP TABLE (\w+)|ALTER TABLE (\w+) RENAME TO (\w+))`)

// tablesMade returns the tables that the migrations leave behind, so that one that is
// gone is missed before somebody needs it.
func tablesMade() []string {
	var tables []string
	gone := func(name string) { tables = slices.DeleteFunc(tables, func(t string) bool { return t == name }) }
	for _, text := range migrationTexts() {
		for _, m := range tableChange.FindAllStringSubmatch(text, -1) {
			switch {
			case m[1] != "":
				tables = append(tables, m[1])
			case m[2] != "":
				gone(m[2])
			default:
				gone(m[3])
				tables = append(tables, m[4])
			}
		}
	}
	return tables
}

// migrationTexts returns what brings a schema up, in order; what the program adds to the
// files stands behind them.
func migrationTexts() []string {
	names, _ := fs.Glob(migrations.SQLite(), "*.sql") // fails for a bad pattern only
	slices.Sort(names)
	texts := make([]string, 0, len(names)+1)
	for _, name := range names {
		text, err := fs.ReadFile(migrations.SQLite(), name)
		if err != nil {
			panic(fmt.Sprintf("reading %s: %v", name, err)) // it is part of the program
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		texts = append(texts, up)
	}
	return append(texts, textTables)
}
