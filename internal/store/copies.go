package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// keptCopies is how many copies of before a migration stay beside the database.
const keptCopies = 3

// copyInfix stands between the name of the database and what tells a copy from another.
const copyInfix = ".schema-"

// copyBefore writes the database as it is into a new file beside it, whose name tells
// the schema and the time, and lets the oldest such copies go.
func copyBefore(ctx context.Context, db *sql.DB, path string, schema int64, now time.Time) (string, error) {
	to := fmt.Sprintf("%s%s%d-%s", path, copyInfix, schema, now.UTC().Format("20060102T150405Z"))
	err := dropUnfinished(path)
	if err == nil {
		err = copyTo(ctx, db, to)
	}
	if err == nil {
		err = forgetOldest(path)
	}
	if err != nil {
		return "", fmt.Errorf("copying the database before it is changed: %w", err)
	}
	return to, nil
}

// unfinishedCopy ends the name of a copy that is being written. One that was cut off, by
// whatever, leaves it behind, and never half a copy under the name of a whole one.
const unfinishedCopy = ".new"

// copyTo writes a whole and consistent copy, on the disk when it returns, that nobody
// but its owner may read. A file of that name is of the same second, when a migration was
// cut off and begun again, and is replaced.
func copyTo(ctx context.Context, db *sql.DB, to string) error {
	unfinished := to + unfinishedCopy
	file, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, copyInto, unfinished)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(unfinished, to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(unfinished))
	}
	return syncFolder(to)
}

// dropUnfinished removes what copies left behind that were cut off.
func dropUnfinished(path string) error {
	// The folder is no part of the pattern: its name may have a bracket in it.
	folder := filepath.Dir(path)
	left, err := fs.Glob(os.DirFS(folder), filepath.Base(path)+copyInfix+"*"+unfinishedCopy+"*") // with journals
	for _, name := range left {
		err = errors.Join(err, os.Remove(filepath.Join(folder, name)))
	}
	return err
}

func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// forgetOldest removes all but the newest copies.
func forgetOldest(path string) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	prefix := filepath.Base(path) + copyInfix
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !strings.HasPrefix(e.Name(), prefix) })
	made := func(e os.DirEntry) string { return e.Name()[strings.LastIndexByte(e.Name(), '-'):] }
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(made(b), made(a)) })
	for _, old := range entries[min(keptCopies, len(entries)):] {
		if err := os.Remove(filepath.Join(filepath.Dir(path), old.Name())); err != nil {
			return err
		}
	}
	return nil
}

// sharedLocks are the bytes of the file of which everybody who has the database open in
// WAL mode has a lock for as long (SQLite's file format, SHARED_FIRST and SHARED_SIZE).
const sharedFirst, sharedSize = 0x40000000 + 2, 510

// openElsewhere says which other process has the database open, "" if none has. Programs
// from before the lock on the folder are found as well.
func openElsewhere(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("looking who uses the database: %w", err)
	}
	defer file.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart, Start: sharedFirst, Len: sharedSize}
	if err := syscall.FcntlFlock(file.Fd(), syscall.F_GETLK, &lock); err != nil {
		return "", fmt.Errorf("looking who uses the database: %w", err)
	}
	switch {
	case lock.Type == syscall.F_UNLCK:
		return "", nil
	case lock.Pid > 0:
		return fmt.Sprintf("process %d", lock.Pid), nil
	}
	return "another process", nil
}
