// Package migrations holds the database schema as numbered SQL files, applied
// in order by package store when the database is opened.
//
// A file that has landed is never edited: a change is a new file.
package migrations

import "embed"

// Files are the migrations, named NNNN_what.sqlite.sql.
//
//go:embed *.sql
var Files embed.FS
