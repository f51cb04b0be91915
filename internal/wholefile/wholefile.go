// Package wholefile writes a file whole or not at all.
package wholefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace writes a file: whatever goes wrong, what stood there before stays
// as it is. Source is a file that was read and is not to be written over. A link is followed; what is no
// plain file, such as a terminal or a pipe, is written to as it is.
func Replace(path string, source *os.File, write func(io.Writer) error) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o666) // less what the umask takes
	switch about, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case about.IsDir():
		return fmt.Errorf("%s is a folder; name a file", path)
	case !about.Mode().IsRegular():
		return writeInto(path, os.O_WRONLY, 0, write)
	default:
		if s, err := source.Stat(); err == nil && os.SameFile(s, about) {
			return fmt.Errorf("%s is the text itself; name another file", path)
		}
		// A file that may not be written is not replaced either.
		if err := writeInto(path, os.O_WRONLY, 0, func(io.Writer) error { return nil }); err != nil {
			return err
		}
		mode = about.Mode().Perm()
	}
	next := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d", filepath.Base(path), os.Getpid()))
	err := writeInto(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode, write)
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		_ = os.Remove(next)
	}
	return err
}

// writeInto opens a file and writes to it.
func writeInto(path string, flags int, mode fs.FileMode, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, flags, mode)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	return errors.Join(write(w), w.Flush(), file.Close())
}
