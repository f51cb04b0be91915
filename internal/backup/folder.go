package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
)

// Folder is where a server keeps its backups, in its data folder.
func Folder(data string) string { return filepath.Join(data, "backups") }

// ownFolder makes the folder of backups, or refuses what stands in its place.
func ownFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	if err == nil || !errors.Is(err, fs.ErrExist) {
		return err
	}
	about, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case !about.IsDir():
		return fmt.Errorf("%s is a link or not a folder; mount another disk there instead", path)
	case about.Mode().Perm()&0o077 != 0:
		return os.Chmod(path, 0o700)
	}
	return nil
}

// named is what the files of the server are called.
var named = regexp.MustCompile(`^latchkey-[0-9]{8}T[0-9]{6}Z(-[0-9])?\.(tar|age)$`)

// freeName is the name of a backup of this second; a clock that was set back comes to one again.
func freeName(folder string, now time.Time, encrypted bool) string {
	kind := ".tar"
	if encrypted {
		kind = ".age"
	}
	stem := filepath.Join(folder, "latchkey-"+now.UTC().Format("20060102T150405Z"))
	name := stem
	for n := 2; n <= 9; n++ {
		if _, err := os.Lstat(name + kind); errors.Is(err, fs.ErrNotExist) {
			break
		}
		name = fmt.Sprintf("%s-%d", stem, n)
	}
	return name + kind
}

// forget removes the oldest backups beyond those that are to be kept. It touches what the server
// has written and noted, and nothing else.
func forget(ctx context.Context, i *instance.Instance, keep int) error {
	kept, err := i.DB.KeptBackups()
	if err != nil {
		return err
	}
	for _, b := range kept[min(keep, len(kept)):] {
		if path, ok := pathOf(i.Folder, b); ok {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("removing an old backup: %w", err)
			}
		}
		if err := i.DB.Tx(ctx, func(tx *store.Tx) error { return tx.ForgetBackupFile(b.Seq) }); err != nil {
			return err
		}
	}
	return nil
}

// pathOf is where the file of a backup is; ok is false if it is not there.
func pathOf(data string, b store.Backup) (path string, ok bool) {
	folder, err := os.Lstat(Folder(data))
	if !named.MatchString(b.File) || err != nil || !folder.IsDir() {
		return "", false
	}
	path = filepath.Join(Folder(data), b.File)
	about, err := os.Lstat(path)
	return path, err == nil && about.Mode().IsRegular()
}

// IsKept reports whether the file of a backup is there.
func IsKept(data string, b store.Backup) bool {
	_, ok := pathOf(data, b)
	return ok
}

// Open opens the file of a backup that is encrypted; the error is a fs.ErrNotExist if it is not
// there, or is not encrypted.
func Open(data string, b store.Backup) (*os.File, error) {
	path, ok := pathOf(data, b)
	if !ok || !b.Encrypted {
		return nil, fs.ErrNotExist
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(ageHead))
	if _, err := file.ReadAt(head, 0); err != nil || string(head) != ageHead {
		return nil, errors.Join(fs.ErrNotExist, file.Close())
	}
	return file, nil
}
