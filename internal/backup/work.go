package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"latchkey/internal/secret"
)

// workPrefix begins the names of folders in which a copy is looked through before it is sealed.
const workPrefix = ".latchkey-backup-"

// work is a folder of this process alone, which goes with it: one that a killed process left is
// removed by the next that makes one.
type work struct {
	path string
	lock *os.File
}

// newWork makes one in a folder that is as private as the database.
func newWork(in string) (*work, error) {
	dropWork(in)
	w := &work{path: filepath.Join(in, workPrefix+secret.ID())}
	if err := os.Mkdir(w.path, 0o700); err != nil {
		return nil, err
	}
	var err error
	if w.lock, err = os.Open(w.path); err == nil {
		err = syscall.Flock(int(w.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(w.path))
	}
	return w, nil
}

// end removes the folder.
func (w *work) end() error { return errors.Join(removeWork(w.path), w.lock.Close()) }

// removeWork removes what this package writes into such a folder, and the folder if nothing else
// is there.
func removeWork(path string) error {
	for _, name := range []string{databaseName, databaseName + "-wal", databaseName + "-shm", databaseName + "-journal"} {
		if err := os.Remove(filepath.Join(path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(path)
}

// dropWork removes what killed processes of this user left. Nothing depends on it.
func dropWork(in string) {
	left, _ := filepath.Glob(filepath.Join(in, workPrefix+"*")) // fails for a bad pattern only
	for _, path := range left {
		about, err := os.Lstat(path)
		if err != nil || !about.IsDir() || about.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
			continue
		}
		dir, err := os.Open(path)
		if err != nil {
			continue
		}
		if syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = removeWork(path)
		}
		_ = dir.Close()
	}
}
