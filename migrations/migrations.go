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

//go:embed sqlite/*.sql
var files embed.FS

// SQLite are the migrations of SQLite, named NNNN_what.sql.
func SQLite() fs.FS { return of("sqlite") }

func of(folder string) fs.FS {
	in, err := fs.Sub(files, folder)
	if err != nil {
		panic(err) // the name is a constant of this package
	}
	return in
}
