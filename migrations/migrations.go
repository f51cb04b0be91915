// Package migrations holds the database schema as numbered SQL files, one folder for
// each database, applied in order by package store.
//
// A file that has landed is never edited: a change is a new file, with the same number
// in every folder.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite postgres
var files embed.FS

// SQLite are the migrations of SQLite, named NNNN_what.sql.
func SQLite() fs.FS { return of("sqlite") }

// SQLiteText is SQL that a migration in Go runs after its own work, from the folder text.
func SQLiteText(name string) string {
	text, err := files.ReadFile("sqlite/text/" + name + ".sql")
	if err != nil {
		panic(err) // the names are constants
	}
	return string(text)
}

// Postgres are those of PostgreSQL. They begin with one that makes what SQLite had come
// to by then.
func Postgres() fs.FS { return of("postgres") }

func of(folder string) fs.FS {
	in, err := fs.Sub(files, folder)
	if err != nil {
		panic(err) // the name is a constant of this package
	}
	return in
}
