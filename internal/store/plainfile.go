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
