package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadPrivate reads at most the first bytes of a file with a secret: the key file, and
// every file that a flag names in place of a secret. It refuses what is no plain file (a
// link could point anywhere) and what others may read or write (that has leaked). The
// error is one line that calls the file by what, says what to do and shows nothing of
// the content.
func ReadPrivate(what, path string, most int64) ([]byte, error) {
	file, err := openPrivate(what, path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", what, path, err)
	}
	return text, nil
}

// openPrivate opens path if it is a plain file that nobody else may read or
// write. It looks before it opens, since opening a pipe would wait for ever, and
// compares afterwards, so that the file cannot be exchanged between the two.
func openPrivate(what, path string) (*os.File, error) {
	before, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &missing{what: what, path: path}
	}
	if err != nil {
		return nil, fmt.Errorf("looking at %s %s: %w", what, path, err)
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s %s is a link or not a regular file; put the file itself there", what, path)
	}
	if mode := before.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s %s has mode %04o, so others can read it; run chmod 600 %s", what, path, mode, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s %s: %w", what, path, err)
	}
	after, err := file.Stat()
	if err == nil && (!os.SameFile(before, after) || before.Mode() != after.Mode()) {
		err = fmt.Errorf("%s %s changed while it was opened; try again", what, path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// missing is the error of a file that is not there.
type missing struct{ what, path string }

// Error says which.
func (m *missing) Error() string { return fmt.Sprintf("%s %s is missing", m.what, m.path) }

// Unwrap makes it a fs.ErrNotExist.
func (m *missing) Unwrap() error { return fs.ErrNotExist }
