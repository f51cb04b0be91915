package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"latchkey/internal/secret"
)

// restoring ends the names of a key and a database that are being restored. They get their own
// names when all is done, the key first. A folder with such files is one in which a restore was
// cut off: no server starts in it, and another restore can.
const restoring = ".restoring"

// Restoring is a folder into which an archive is being restored. It is locked until Close.
type Restoring struct {
	Key, Database string // where they are written

	folder string
	lock   *os.File
	made   bool // the folder was not there
}

// Head is a row of the audit log, by its number and MAC.
type Head struct {
	Seq int64
	MAC string
}

// BeginRestore takes a folder that is empty, missing, or in which a restore was cut off.
func BeginRestore(folder string) (_ *Restoring, err error) {
	found, err := lookAt(folder)
	if err != nil {
		return nil, err
	}
	r := &Restoring{
		Key: KeyPath(folder) + restoring, Database: DatabasePath(folder) + restoring, folder: folder, made: found == nil,
	}
	if r.lock, err = LockFolder(folder); err != nil {
		return nil, err
	}
	if err := r.clear(); err != nil {
		return nil, errors.Join(err, r.lock.Close())
	}
	if err := os.Chmod(folder, 0o700); err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, errors.Join(fmt.Errorf("protecting the data folder: %w", err), r.lock.Close())
	}
	return r, nil
}

// written are the files of a restore under way, the one that says so last.
func (r *Restoring) written() []string {
	return []string{r.Key, r.Database + "-wal", r.Database + "-shm", r.Database + "-journal", r.Database}
}

// clear refuses a folder that has something in it, and removes what a restore has left that was
// cut off.
func (r *Restoring) clear() error {
	entries, err := os.ReadDir(r.folder)
	if err != nil {
		return fmt.Errorf("reading the data folder: %w", err)
	}
	ours := append(r.written(), filepath.Join(r.folder, "lost+found")) // the top of a volume has one
	if cut, err := RestoreCut(r.folder); err != nil {
		return err
	} else if cut {
		ours = append(ours, r.named()...)
	}
	for _, e := range entries {
		if !slices.Contains(ours, filepath.Join(r.folder, e.Name())) {
			return fmt.Errorf("%s is not empty: it has %s; name an empty folder with --data", r.folder, e.Name())
		}
	}
	return r.discard()
}

// named are the files of a restore under way that have their own names already: the key and the
// head, and what of a head was being written when the process was killed.
func (r *Restoring) named() []string {
	all := []string{KeyPath(r.folder), filepath.Join(r.folder, headName)}
	left, _ := unfinishedHeads(r.folder) // fails for a bad pattern only
	for _, name := range left {
		all = append(all, filepath.Join(r.folder, name))
	}
	return all
}

// discard removes what was written. The key and the head under their own names are from a restore
// as long as the database has not got its own.
func (r *Restoring) discard() error {
	all := r.written()
	if cut, err := RestoreCut(r.folder); err != nil {
		return err
	} else if cut {
		all = append(r.named(), all...)
	}
	for _, path := range all {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cleaning up: %w", err)
		}
	}
	return nil
}

// Finish gives key and database their own names, with the head of the audit log beside them, so
// that the next start finds the database as it was left.
func (r *Restoring) Finish(ring *secret.Ring, is Head) error {
	if err := newHeadFile(r.folder, ring).write(head{is.Seq, is.MAC}); err != nil {
		return err
	}
	for _, path := range []string{KeyPath(r.folder), DatabasePath(r.folder)} {
		if err := rename(path+restoring, path); err != nil {
			return fmt.Errorf("finishing the restore: %w", err)
		}
	}
	return nil
}

// FinishNode is Finish where the database goes to a PostgreSQL, which fill does in one
// transaction. The key gets its own name before, so that a database that is complete never
// lacks it.
func (r *Restoring) FinishNode(fill func() error) error {
	if err := rename(r.Key, KeyPath(r.folder)); err != nil {
		return fmt.Errorf("finishing the restore: %w", err)
	}
	if err := fill(); err != nil {
		return err
	}
	for _, path := range r.written() {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cleaning up: %w", err)
		}
	}
	return nil
}

// Close lets go of the folder; unless all is done it leaves it as it was found.
func (r *Restoring) Close(done bool) error {
	var err error
	if !done {
		err = r.discard()
		if err == nil && r.made {
			err = os.Remove(r.folder)
		}
	}
	return errors.Join(err, r.lock.Close())
}

// RestoreCut reports whether a restore into this folder was cut off.
func RestoreCut(folder string) (bool, error) {
	return exists(DatabasePath(folder) + restoring)
}
