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

// newWork makes one in a folder that is as private as the database. Another process that clears up
// there may take the new one for left over until it is locked; then it makes another.
func newWork(in string) (*work, error) {
	dropWork(in)
	for {
		w := &work{path: filepath.Join(in, workPrefix+secret.ID())}
		if err := os.Mkdir(w.path, 0o700); err != nil {
			return nil, err
		}
		if ours, err := w.take(); ours || err != nil {
			return w, err
		}
	}
}

// take locks the folder; ours is false if somebody else has removed it, or is about to.
func (w *work) take() (ours bool, err error) {
	if w.lock, err = os.Open(w.path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, errors.Join(err, os.Remove(w.path))
	}
	err = syscall.Flock(int(w.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		if _, err = os.Lstat(w.path); err == nil {
			return true, nil
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, fs.ErrNotExist) {
		return false, w.lock.Close()
	}
	return false, errors.Join(err, w.lock.Close(), os.Remove(w.path))
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
	left, _ := fs.Glob(os.DirFS(in), workPrefix+"*") // fails for a bad pattern only; the folder's name may have a bracket in it
	for _, name := range left {
		path := filepath.Join(in, name)
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
