package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// LockFolder keeps every other server, and migrate, off a data folder, which it makes if
// it is missing, until the file it returns is closed or the process is gone, however it
// ends. It is a lock on the folder itself: a file for it would be one more thing to back
// up, to restore and to wonder about.
func LockFolder(folder string) (*os.File, error) {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("making the data folder: %w; choose another with --data", err)
		}
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("opening the data folder: %s is not a directory; choose another with --data", folder)
	}
	dir, err := os.Open(folder)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("opening the data folder: %w; run this as the user the server runs as", err)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the data folder: %w; choose another with --data", err)
	}
	err = syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return dir, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("another latchkey server is using %s; stop it first, or choose another folder with --data", folder)
	} else {
		err = fmt.Errorf("locking the data folder: %w; keep it on a disk of this machine", err)
	}
	return nil, errors.Join(err, dir.Close())
}
