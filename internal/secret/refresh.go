package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Refresh looks at the file of the ring, and takes up keys that were added behind those that
// the ring has. It is how a server that runs gets a new key, and how it notices that the file
// was deleted or replaced while the keys are still in its memory, and not at the next start,
// when it is too late: the error says what is wrong and what to do, and the ring stays as it
// is. The content is read only when the file has changed. A ring without a file is as it was.
func (r *Ring) Refresh() error {
	if r.path == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	info, err := os.Lstat(r.path)
	if err == nil && r.seen != nil && unchanged(r.seen, info) {
		return nil
	}
	if err := r.reread(); err != nil {
		return err
	}
	r.seen = info
	return nil
}

func unchanged(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}

func (r *Ring) reread() error {
	const soon = " before the server stops, because nothing can open the database without it"
	keys, err := loadKeys(r.path)
	if err != nil { // it says what to do
		return fmt.Errorf("%w; do that%s", err, soon)
	}
	mine := r.keys()
	if !beginsWith(keys, mine) {
		return errors.New("the key file " + r.path + " was replaced by one with other keys while it was in use; put latchkey.key back from a backup" + soon)
	}
	if len(keys) == len(mine) {
		return nil
	}
	// Nothing may be made under a key that a power cut could still take away: whoever
	// put it there may not have come so far.
	if err := syncFile(r.path); err != nil {
		return fmt.Errorf("taking up the new key in %s: %w", r.path, err)
	}
	r.held.Store(&keys)
	return nil
}

// beginsWith reports whether keys begin with all of these, in their order.
func beginsWith(keys, first []key) bool {
	if len(keys) < len(first) {
		return false
	}
	for i, k := range first {
		if keys[i].id != k.id || subtle.ConstantTimeCompare(keys[i].bytes, k.bytes) != 1 {
			return false
		}
	}
	return true
}

// syncFile makes the content of a file and its entry durable.
func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close(), syncDir(path))
}

// ErrKeysLocked is the error of Lock while another process changes the keys.
var ErrKeysLocked = errors.New("another latchkey command is changing the keys; wait until it is done, or see latchkey keys list")

// Lock keeps other processes from changing the keys, until Unlock is called or this process is
// gone, however it ends. It is a lock on the key file, and it goes over to the file that takes
// its place. A server that only uses the keys is not kept from anything.
type Lock struct {
	ring *Ring
	file *os.File
	take func(path string) (*os.File, error) // lockFile
}

// Lock locks the keys; the error is ErrKeysLocked if another process has them.
func (r *Ring) Lock() (*Lock, error) { return r.lock(lockFile) }

func (r *Ring) lock(take func(path string) (*os.File, error)) (*Lock, error) {
	for range 10 { // a file that was replaced between the opening and the lock is locked in vain
		file, err := take(r.path)
		if err != nil {
			return nil, err
		}
		mine, err := file.Stat()
		now, other := os.Stat(r.path)
		if err = errors.Join(err, other); err == nil && os.SameFile(mine, now) {
			return &Lock{ring: r, file: file, take: take}, nil
		}
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("locking the key file: %w", err)
		}
	}
	return nil, ErrKeysLocked
}

func lockFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("locking the key file: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrKeysLocked
	}
	return nil, errors.Join(err, file.Close())
}

// Unlock lets others change the keys again.
func (l *Lock) Unlock() error { return l.file.Close() }

// Rotate adds a fresh key to the file of the ring and then to the ring, and returns its id.
// When it returns, the file is on disk; whatever ends it before, the file is the old one or
// the new one. The new file is locked before it has its name: whoever waits for the lock
// finds the database as it is when all is done.
func (l *Lock) Rotate() (id string, err error) {
	r := l.ring
	if err := errors.Join(r.dropLeftovers(), r.Refresh()); err != nil {
		return "", err
	}
	keys := withFresh(r.keys())
	text := textOf(keys)
	if len(text) > fileMaxSize {
		return "", fmt.Errorf("the key file %s is full: it has %d keys", r.path, len(keys)-1)
	}
	var locked *os.File
	err = replacePrivate(r.path, text, func(written string) (err error) {
		locked, err = l.take(written)
		return err
	})
	if locked != nil {
		err = errors.Join(err, l.file.Close())
		l.file = locked
	}
	if err != nil {
		return "", fmt.Errorf("writing the key file: %w", err)
	}
	return keys[len(keys)-1].id, r.Refresh()
}

// dropLeftovers removes copies that a kill in the middle of Rotate has left.
func (r *Ring) dropLeftovers() error {
	folder := filepath.Dir(r.path)
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if left, _ := filepath.Match(leftovers(r.path), e.Name()); left {
			err = errors.Join(err, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	return err
}
