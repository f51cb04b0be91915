package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"latchkey/internal/secret"
)

func databasePath(folder string) string { return filepath.Join(folder, "latchkey.db") }
func keyPath(folder string) string      { return filepath.Join(folder, "latchkey.key") }

// openFolder returns the key ring of a data folder. With create, an empty or
// missing folder gets a new key; the database is made beside it right after. In
// every other case both have to be there: a new key could open nothing, and an
// empty database beside an old key would let a stranger set the instance up.
func openFolder(folder string, create bool) (*secret.Ring, error) {
	key, err := exists(keyPath(folder))
	if err != nil {
		return nil, err
	}
	database, err := exists(databasePath(folder))
	if err != nil {
		return nil, err
	}
	switch {
	case key && database:
		return secret.LoadRing(keyPath(folder))
	case key:
		return nil, fmt.Errorf("%s has a key but no database; restore latchkey.db, or remove latchkey.key if this folder never had one", folder)
	case database:
		return nil, fmt.Errorf("%s has a database but no key; put its latchkey.key back, nothing else opens it", folder)
	case !create:
		return nil, fmt.Errorf("there is no database in %s; run latchkey serve there first, or name the folder with --data", folder)
	}
	return createFolder(folder)
}

func createFolder(folder string) (*secret.Ring, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the data folder: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty and has no database; choose an empty folder with --data", folder)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	return secret.CreateRing(keyPath(folder))
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking into the data folder: %w", err)
	}
	return true, nil
}
