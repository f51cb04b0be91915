package program

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"latchkey/internal/secret"
)

// DatabasePath is the path of the database of a data folder.
func DatabasePath(folder string) string { return filepath.Join(folder, "latchkey.db") }

// KeyPath is the path of its key.
func KeyPath(folder string) string { return filepath.Join(folder, "latchkey.key") }

// OpenFolder returns the key ring of a data folder. With create, an empty or
// missing folder gets a new key and a new database first. In every other case both have
// to be there: a new key could open nothing, and an empty database beside an old key
// would let a stranger set the instance up (AV-05). fresh says that they were made now.
func OpenFolder(ctx context.Context, folder string, create bool) (ring *secret.Ring, fresh bool, err error) {
	key, err := lookAt(KeyPath(folder))
	if err != nil {
		return nil, false, err
	}
	database, err := lookAt(DatabasePath(folder))
	if err != nil {
		return nil, false, err
	}
	begun, err := exists(DatabasePath(folder) + unfinished)
	if err != nil {
		return nil, false, err
	}
	cut, err := RestoreCut(folder)
	if err != nil {
		return nil, false, err
	}
	switch {
	case cut && database == nil:
		return nil, false, fmt.Errorf("restoring a backup into %s was cut off; run latchkey restore there once more", folder)
	case key != nil && database != nil && database.Mode().IsRegular() && database.Size() == 0:
		return nil, false, fmt.Errorf("the database in %s is damaged: it is empty; restore latchkey.db from a backup", folder)
	case key != nil && database != nil:
		ring, err = secret.LoadRing(KeyPath(folder))
		return ring, false, err
	case key != nil && !begun:
		return nil, false, fmt.Errorf("%s has a key but no database; restore latchkey.db, or remove latchkey.key if this folder never had a database", folder)
	case database != nil:
		return nil, false, fmt.Errorf("%s has a database but no key; put its latchkey.key back; nothing else can open it", folder)
	case !create:
		return nil, false, fmt.Errorf("there is no database in %s; run latchkey serve there first, or give its folder with --data", folder)
	}
	ring, err = createFolder(ctx, folder)
	return ring, err == nil, err
}

// lookAt returns what stands at path, nil if nothing does. A link is something,
// wherever it leads.
func lookAt(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("opening the data folder: %w; run this as the user the server runs as", err)
	case err != nil:
		return nil, fmt.Errorf("opening the data folder: %w; choose another with --data", err)
	}
	return info, nil
}

// exists reports whether anything stands at path.
func exists(path string) (bool, error) {
	info, err := lookAt(path)
	return info != nil, err
}
