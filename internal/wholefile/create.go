package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// New is a file that gets its name when it is complete: until Keep nothing stands under the
// name, and what stands there already is never replaced. A process that is killed leaves
// nothing; where the file system cannot do that, it leaves a file with a name that begins with a
// dot and ends in ".unfinished".
type New struct {
	*os.File
	path string
	temp string // its name for now, "" for none
}

// Create begins a new file that only its owner may read, whatever the umask.
func Create(path string) (*New, error) {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	dir := filepath.Dir(path)
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return &New{File: os.NewFile(uintptr(fd), path), path: path}, nil
	}
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.EINVAL) {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.unfinished") // mode 0600
	if err != nil {
		return nil, err
	}
	return &New{File: file, path: path, temp: file.Name()}, nil
}

// Keep gives the file its name and closes it. It is on the disk when it returns; on an error
// there is no file.
func (n *New) Keep() error {
	err := n.Sync()
	if err == nil {
		err = n.name()
	}
	if err != nil {
		return errors.Join(err, n.Discard())
	}
	return errors.Join(n.Close(), syncFolder(n.path))
}

// name links the file into its folder. A link never replaces anything; where there are none, a
// rename that does not either takes its place.
func (n *New) name() error {
	if n.temp == "" {
		err := unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(int(n.Fd())), unix.AT_FDCWD, n.path, unix.AT_SYMLINK_FOLLOW)
		return pathError(n.path, err)
	}
	err := os.Link(n.temp, n.path)
	if err == nil {
		return os.Remove(n.temp)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	return pathError(n.path, unix.Renameat2(unix.AT_FDCWD, n.temp, unix.AT_FDCWD, n.path, unix.RENAME_NOREPLACE))
}

func pathError(path string, err error) error {
	if err != nil {
		err = fmt.Errorf("naming %s: %w", path, err)
	}
	return err
}

// Discard closes the file and leaves nothing of it.
func (n *New) Discard() error {
	err := n.Close()
	if n.temp != "" {
		err = errors.Join(err, os.Remove(n.temp))
	}
	return err
}

// syncFolder makes the name of a file durable.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
