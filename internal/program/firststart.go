package program

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// unfinished ends the names of a key and a database that are being made. They get their
// own names when they are complete, the key first: a database under its own name is one
// that was used, or could have been, and is never made anew; one under this name never
// was. So a first start that is cut off, by whatever and wherever, leaves what the next
// start can throw away.
const unfinished = ".new"

// madeFirst are the files that a first start makes, in the order in which they may go.
func madeFirst(folder string) []string {
	key, database := KeyPath(folder)+unfinished, DatabasePath(folder)+unfinished
	return []string{key, database + "-wal", database + "-shm", database + "-journal", database}
}

// createFolder takes an empty folder for its owner alone, and makes a key and the
// database that belongs to it.
func createFolder(ctx context.Context, folder string) (*secret.Ring, error) {
	if err := clearFolder(folder); err != nil {
		return nil, err
	}
	// A mounted folder may belong to somebody else; a warning says then who can
	// read it.
	if err := os.Chmod(folder, 0o700); err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("protecting the data folder: %w", err)
	}
	ring, err := makeFiles(ctx, folder)
	if err != nil {
		return nil, errors.Join(err, discard(folder))
	}
	return ring, nil
}

// clearFolder refuses a folder that has other files than a first start, and removes those
// of one that was cut off. The database goes last, because it says that there was one.
func clearFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("reading the data folder: %w", err)
	}
	made := madeFirst(folder)
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if e.Name() != "lost+found" && path != KeyPath(folder) && !slices.Contains(made, path) { // the top of a volume has one
			return fmt.Errorf("%s is not empty and has no database; choose an empty folder with --data", folder)
		}
	}
	return discard(folder)
}

// discard removes what a first start has made. A key under its own name goes only with a
// database beside it that is not finished: see OpenFolder.
func discard(folder string) error {
	var errs []error
	begun, err := exists(DatabasePath(folder) + unfinished)
	errs = append(errs, err)
	made := madeFirst(folder)
	if begun {
		made = append([]string{KeyPath(folder)}, made...)
	}
	for _, path := range made {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("cleaning up: %w", err))
		}
	}
	return errors.Join(errs...)
}

// makeFiles makes the key and the database under their unfinished names, and gives them their
// own when both are on the disk.
func makeFiles(ctx context.Context, folder string) (*secret.Ring, error) {
	key, database := KeyPath(folder), DatabasePath(folder)
	ring, err := secret.CreateRing(key + unfinished)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, database+unfinished, ring, true)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // this writes its log back into it
		return nil, fmt.Errorf("making the database: %w", err)
	}
	for _, path := range []string{key, database} {
		if err := rename(path+unfinished, path); err != nil {
			return nil, fmt.Errorf("making the data folder: %w", err)
		}
	}
	return secret.LoadRing(key) // by its name for good, under which it is looked at again
}

// rename gives a file its name for good: both are on the disk when it returns.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
