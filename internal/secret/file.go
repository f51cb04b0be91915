package secret

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The key file is text: this first line, then one line "<id> <base64url key>" per
// key, newest last.
const (
	fileHeader  = "latchkey-keys 1"
	fileMaxSize = 64 << 10 // bytes; over 1,000 keys
)

// CreateRing makes a ring with one fresh key and stores it in a new file with
// mode 0600. It fails if anything stands at path, a dangling link included. When it
// returns, file and directory entry are on disk; when it fails, it leaves no file.
func CreateRing(path string) (*Ring, error) {
	r := ringOf(path, withFresh(nil))
	if err := r.Create(path); err != nil {
		return nil, err
	}
	return r, nil
}

// Create stores a ring in a new file, as CreateRing does.
func (r *Ring) Create(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create the key file: %w", err)
	}
	if err := errors.Join(writeAll(file, textOf(r.keys())), syncDir(path)); err != nil {
		return fmt.Errorf("create the key file: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// KeyFile is the content of the ring's file: every key in the clear.
func (r *Ring) KeyFile() []byte { return []byte(textOf(r.keys())) }

// ReadKeyFile reads what KeyFile returned. The ring has no file.
func ReadKeyFile(text []byte) (*Ring, error) {
	keys, err := parseRing(text)
	if err != nil {
		return nil, err
	}
	return ringOf("", keys), nil
}

// LoadRing reads a ring. It refuses a file that is not a plain file of ours alone
// (a link could point anywhere, a readable one has leaked) and keys that are no keys.
// Every error is one line that says what to do and shows nothing of the content. What is
// added to the file later, the ring takes up: see Refresh.
func LoadRing(path string) (*Ring, error) {
	keys, err := loadKeys(path)
	if err != nil {
		return nil, err
	}
	return ringOf(path, keys), nil
}

func loadKeys(path string) ([]key, error) {
	text, err := ReadPrivate("key file", path, fileMaxSize+1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; put it back from a backup", err)
	}
	if err != nil {
		return nil, err
	}
	keys, err := parseRing(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w; put back the key file that belongs to this database, from a backup", path, err)
	}
	return keys, nil
}

// ReplacePrivate replaces the file at path by this text, or makes it: a crash leaves the old
// file or the new one. It is for its owner alone, who stays the same whoever runs this, and
// on disk when it returns.
func ReplacePrivate(path, text string) error {
	return replacePrivate(path, text, func(string) error { return nil })
}

// replacePrivate calls before with the name under which the new file is written, when it is
// complete and the old one is still there.
func replacePrivate(path, text string, before func(written string) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), leftovers(path)) // mode 0600
	if err != nil {
		return err
	}
	if err = errors.Join(sameOwner(file, path), writeAll(file, text)); err == nil {
		err = before(file.Name())
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDir(path)
}

// leftovers is the pattern of the names under which a new file at path is written.
func leftovers(path string) string { return "." + filepath.Base(path) + "-*" }

// sameOwner gives a file the owner of the one whose place it takes: a server could not read
// what root has written for itself alone.
func sameOwner(file *os.File, path string) error {
	was, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	owner, ok := was.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("%w; run this as the user the server runs as", err)
	}
	return nil
}

// writeAll writes text to file, syncs and closes it.
func writeAll(file *os.File, text string) error {
	_, err := file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// parseRing reads the text of a key file.
func parseRing(text []byte) (keys []key, err error) {
	if len(text) > fileMaxSize {
		return nil, errors.New("it is too long")
	}
	lines := strings.Split(string(text), "\n")
	if lines[0] != fileHeader {
		return nil, fmt.Errorf("it does not begin with %q", fileHeader)
	}
	if lines[len(lines)-1] != "" || len(lines) < 3 {
		return nil, errors.New("it is cut short")
	}
	for i, line := range lines[1 : len(lines)-1] {
		k, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if doubles(keys, k) {
			return nil, fmt.Errorf("line %d: the key or its ID is there twice", i+2)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// parseKey reads one line of a key file.
func parseKey(line string) (key, error) {
	id, text, found := strings.Cut(line, " ")
	if !found || id == "" || strings.Trim(id, "0123456789abcdefghijklmnopqrstuv") != "" {
		return key{}, errors.New("it is not a key")
	}
	raw, ok := decode(text)
	if !ok {
		return key{}, errors.New("the key is not base64url")
	}
	if len(raw) != keySize {
		return key{}, fmt.Errorf("the key has %d bytes instead of %d", len(raw), keySize)
	}
	// A disk that lost a block, or a placeholder in a template, gives such a key.
	if bytes.Count(raw, raw[:1]) == keySize {
		return key{}, errors.New("the key is one byte repeated, not a random key")
	}
	return key{id: id, bytes: raw}, nil
}

// doubles reports whether one of the keys has this id or these bytes.
func doubles(keys []key, k key) bool {
	for _, other := range keys {
		if other.id == k.id || subtle.ConstantTimeCompare(other.bytes, k.bytes) == 1 {
			return true
		}
	}
	return false
}

// textOf is the content of the file of these keys.
func textOf(keys []key) string {
	var text strings.Builder
	fmt.Fprintln(&text, fileHeader)
	for _, k := range keys {
		fmt.Fprintln(&text, k.id, encode(k.bytes))
	}
	return text.String()
}

// syncDir makes the entry of path in its directory durable.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
