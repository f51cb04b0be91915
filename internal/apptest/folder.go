package apptest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/store/postgrestest"
)

// newFolder makes the key and the empty database that every test begins with. They are
// made once and copied, because running all migrations takes longer than most stories.
var newFolder = sync.OnceValues(func() (files map[string][]byte, err error) {
	folder, err := os.MkdirTemp("", "latchkey")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	ring, err := secret.CreateRing(filepath.Join(folder, keyName))
	if err != nil {
		return nil, err
	}
	names, database := []string{keyName, databaseName}, filepath.Join(folder, databaseName)
	if postgrestest.Wanted() {
		names = names[:1]
		if database, err = firstDatabase(); err != nil {
			return nil, err
		}
	}
	db, err := store.Open(context.Background(), database, ring, true)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, name := range names {
		if files[name], err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

const (
	keyName      = "latchkey.key"
	databaseName = "latchkey.db"
)

// fill gives the folder of a test its key and an empty database.
func (a *App) fill() {
	a.TB.Helper()
	files, err := newFolder()
	a.must(err)
	for name, content := range files {
		a.must(os.WriteFile(filepath.Join(a.Folder, name), content, 0o600))
	}
	a.Ring, err = secret.LoadRing(filepath.Join(a.Folder, keyName))
	a.must(err)
	a.Database = a.DatabasePath()
	if postgrestest.Wanted() {
		a.Database = a.copied()
	}
}

// first is the database in PostgreSQL that those of the tests are copies of.
var first string

// firstDatabase makes it.
func firstDatabase() (address string, err error) {
	s, err := postgrestest.Shared()
	if err != nil {
		return "", err
	}
	first, err = s.Database("")
	return s.Address(first), err
}

// copied makes a database in PostgreSQL for this test.
func (a *App) copied() (address string) {
	a.TB.Helper()
	s, err := postgrestest.Shared()
	a.must(err)
	name, err := s.Database(first)
	a.must(err)
	a.TB.Cleanup(func() { a.must(s.Drop(name)) })
	return s.Address(name)
}

// OnFile is for a test of what only the database in a file has: its pages, its log, its copies.
func OnFile(t testing.TB) {
	t.Helper()
	if postgrestest.Wanted() {
		t.Skip("this is about a database in a file")
	}
}

// DatabasePath is the path of the database file.
func (a *App) DatabasePath() string { return filepath.Join(a.Folder, databaseName) }

// Files returns the bytes of the database and its log, as somebody sees them who
// has stolen the disk.
func (a *App) Files() string {
	a.TB.Helper()
	var all strings.Builder
	for _, ending := range []string{"", "-wal"} {
		text, err := os.ReadFile(a.DatabasePath() + ending)
		if !errors.Is(err, fs.ErrNotExist) {
			a.must(err)
		}
		all.Write(text)
	}
	return all.String()
}
