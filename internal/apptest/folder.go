package apptest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

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
	names, database, first := []string{keyName, databaseName}, filepath.Join(folder, databaseName), ""
	if postgrestest.Wanted() {
		names = names[:1]
		if database, first, err = firstDatabase(); err != nil {
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
	if first != "" {
		if err := copyFrom(first); err != nil {
			return nil, err
		}
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
	if errors.Is(err, postgrestest.ErrMissing) {
		a.TB.Skip(err)
	}
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

// DatabasePath is the path of the database file.
func (a *App) DatabasePath() string { return filepath.Join(a.Folder, databaseName) }
