package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadPrivate reads at most the first bytes of a file with a secret, such as the key
// file. It refuses anything but a regular file (a link could point anywhere), and a file
// that others can read or write, because its secret has leaked. The error is one line
// that calls the file by what, says what to do and shows nothing of the content.
func ReadPrivate(what, path string, most int64) ([]byte, error) {
	return readPrivate(private{what: what, path: path, look: os.Lstat, shut: 0o077}, most)
}

// ReadMounted is ReadPrivate for a file that a flag names instead of holding the secret
// itself. It follows links: Kubernetes mounts each secret as a link, to a file that it
// makes readable for the group of a pod. So a file behind a link may be readable by its
// group, and by nobody else.
func ReadMounted(what, path string, most int64) ([]byte, error) {
	p := private{what: what, path: path, look: os.Lstat, shut: 0o077}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		p.look, p.shut = os.Stat, 0o037
	}
	return readPrivate(p, most)
}

// private is a file with a secret and the rules for it.
type private struct {
	what, path string
	look       func(string) (fs.FileInfo, error)
	shut       fs.FileMode // the permissions it must not have
}

func readPrivate(p private, most int64) ([]byte, error) {
	file, err := p.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", p.what, p.path, err)
	}
	return text, nil
}

// errExchanged says that another file stood in the place of the one that was looked at.
var errExchanged = errors.New("changed while it was opened; try again")

// open opens the file if it keeps the rules. A file that is replaced whole, as each rotation
// does with the key file, is looked at anew, five times at most.
func (p private) open() (file *os.File, err error) {
	for range 5 {
		if file, err = p.openOnce(); !errors.Is(err, errExchanged) {
			return file, err
		}
	}
	return nil, err
}

// openOnce looks before it opens, since opening a pipe would wait for ever, and compares
// afterwards, so that the file cannot be exchanged between the two.
func (p private) openOnce() (*os.File, error) {
	before, err := p.look(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &missing{what: p.what, path: p.path}
	}
	if err != nil {
		return nil, fmt.Errorf("looking at %s %s: %w", p.what, p.path, err)
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s %s is a link or not a regular file; put the file itself there", p.what, p.path)
	}
	if mode := before.Mode().Perm(); mode&p.shut != 0 {
		return nil, fmt.Errorf("%s %s has mode %04o, so others can read it; run chmod 600 %s", p.what, p.path, mode, p.path)
	}
	file, err := os.Open(p.path)
	if err != nil {
		return nil, fmt.Errorf("opening %s %s: %w", p.what, p.path, err)
	}
	after, err := file.Stat()
	if err == nil && (!os.SameFile(before, after) || before.Mode() != after.Mode()) {
		err = fmt.Errorf("%s %s %w", p.what, p.path, errExchanged)
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
