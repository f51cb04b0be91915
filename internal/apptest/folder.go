package apptest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"latchkey/internal/secret"
	"latchkey/internal/store"
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
	db, err := store.Open(context.Background(), filepath.Join(folder, databaseName), ring, true)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	for _, name := range []string{keyName, databaseName} {
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
