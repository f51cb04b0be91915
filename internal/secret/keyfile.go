package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"sync"
)

// KeyFile watches the file of a ring that is in use: a file that was deleted or replaced
// is noticed while the ring is still in memory, and not at the next start, when it is too
// late. It is safe for concurrent use.
type KeyFile struct {
	path string
	ring *Ring

	mu   sync.Mutex
	seen os.FileInfo // as it was when its content was last compared
	err  error
}

// WatchKeyFile returns a KeyFile of the ring that was loaded from path.
func WatchKeyFile(path string, ring *Ring) *KeyFile { return &KeyFile{path: path, ring: ring} }

// Check returns nil if the file has every key of the ring; a newer key may have been added.
// Otherwise it says what is wrong and what to do. The content is read only when the file
// has changed.
func (k *KeyFile) Check() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Lstat(k.path)
	if err == nil && k.seen != nil && unchanged(k.seen, info) {
		return k.err
	}
	k.seen, k.err = info, k.compare()
	return k.err
}

func unchanged(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}

func (k *KeyFile) compare() error {
	const soon = " before the server stops, because nothing can open the database without it"
	ring, err := LoadRing(k.path)
	if err != nil { // it says what to do
		return fmt.Errorf("%w; do that%s", err, soon)
	}
	for _, mine := range k.ring.keys {
		other := ring.key(mine.id)
		if other == nil || subtle.ConstantTimeCompare(other.bytes, mine.bytes) != 1 {
			return errors.New("the key file " + k.path + " was replaced by one with other keys while it was in use; put latchkey.key back from a backup" + soon)
		}
	}
	return nil
}
