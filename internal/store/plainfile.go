package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// refuseLinks refuses a database of which a file is not the file itself. Behind a link it
// could stand anywhere, and its modes would be changed there; SQLite looks for the log
// beside the name that it was given, so that of a database with two names each would have
// a log of its own, which damages it.
func refuseLinks(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		info, err := os.Lstat(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the code that opens it says so
		}
		if err != nil {
			return fmt.Errorf("looking at the database file: %w", err)
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("database file %s is a link or not a regular file; put the file itself there", path+suffix)
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink > 1 {
			return fmt.Errorf("database file %s has another name (a hard link); remove that one, or put a copy of the file here", path+suffix)
		}
	}
	return nil
}

// protect gives the database file, and what an earlier run left beside it, to its
// owner alone. It comes before the first connection, because SQLite makes its log
// files with the mode that the database has at that moment.
func protect(path string, create bool) error {
	if err := refuseLinks(path); err != nil {
		return err
	}
	if create {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("making the database file: %w", err)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("making the database file: %w", err)
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Chmod(path+suffix, 0o600)
		if errors.Is(err, syscall.EROFS) {
			return fmt.Errorf("%s is on a file system that cannot be written; only commands that read work there", path)
		}
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("protecting the database file: %w", err)
		}
	}
	return nil
}
