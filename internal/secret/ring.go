package secret

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// keySize is the length of a key and of every sub-key in bytes.
const keySize = 32

// key is one key of a ring.
type key struct {
	id    string
	bytes []byte
}

// Ring is an ordered list of keys: new values are made under the newest, old
// ones are read under whichever key they name. A ring loses no key and changes none. One
// that belongs to a file takes up a key that is added there: see Refresh. Any number of
// goroutines may use it at once. Get one from NewRing, CreateRing or LoadRing; the zero
// value has no key and panics when asked to make something.
type Ring struct {
	held atomic.Pointer[[]key] // newest last, never empty

	path string // of its file, "" for none
	mu   sync.Mutex
	seen os.FileInfo // the file as it was when it was last read and found good
}

// ringOf returns a ring of these keys.
func ringOf(path string, keys []key) *Ring {
	r := &Ring{path: path}
	r.held.Store(&keys)
	return r
}

// keys are those that the ring has now; nobody changes them.
func (r *Ring) keys() []key { return *r.held.Load() }

// NewRing returns a ring with one fresh key and without a file.
func NewRing() *Ring { return ringOf("", withFresh(nil)) }

// Add returns a new ring with one more, fresh key, which is the newest, and without a file;
// r stays as it is.
func (r *Ring) Add() *Ring { return ringOf("", withFresh(r.keys())) }

// withFresh returns these keys and a new one.
func withFresh(keys []key) []key {
	fresh := key{bytes: random(keySize)}
	for fresh.id == "" || find(keys, fresh.id) != nil {
		fresh.id = ID()[:8]
	}
	return append(slices.Clone(keys), fresh)
}

// Newest returns the id of the key that new values are made under. It is no secret: it
// stands in everything that is sealed.
func (r *Ring) Newest() string { return r.newest().id }

// IDs returns the ids of all keys, the oldest first.
func (r *Ring) IDs() (ids []string) {
	for _, k := range r.keys() {
		ids = append(ids, k.id)
	}
	return ids
}

// Format prints how many keys the ring has, whatever the verb, so that a ring in
// a log line or a panic message never shows a key.
func (r *Ring) Format(f fmt.State, _ rune) {
	if r == nil {
		io.WriteString(f, "no key ring")
		return
	}
	fmt.Fprintf(f, "key ring of %d", len(r.keys()))
}

// newest returns the key that new values are made under.
func (r *Ring) newest() *key {
	keys := r.keys()
	return &keys[len(keys)-1]
}

// key returns the key with this id, or nil. One that is not known may have been added by
// another process a moment ago, so the file is looked at again.
func (r *Ring) key(id string) *key {
	if k := find(r.keys(), id); k != nil || r.path == "" {
		return k
	}
	_ = r.Refresh() // one that fails leaves the ring as it is, and is said elsewhere
	return find(r.keys(), id)
}

// find returns the key with this id, or nil.
func find(keys []key, id string) *key {
	for i := range keys {
		if keys[i].id == id {
			return &keys[i]
		}
	}
	return nil
}

// derive returns the sub-key for one operation and purpose, in about a
// microsecond. The key itself is never used for anything else, so that a
// weakness in one use says nothing about another (RFC 5869, section 3.2).
func (k *key) derive(operation string, purpose Purpose) []byte {
	info := frame("latchkey", operation, string(purpose))
	sub, err := hkdf.Key(sha256.New, k.bytes, nil, string(info), keySize)
	if err != nil {
		panic(fmt.Sprintf("derive a sub-key: %v", err)) // only for a length out of range
	}
	return sub
}

// frame joins parts, each after its length as eight bytes, so that different
// lists never give the same bytes: ("ab", "c") is not ("a", "bc").
func frame(parts ...string) []byte {
	size := 0
	for _, part := range parts {
		size += 8 + len(part)
	}
	return appendFrame(make([]byte, 0, size), parts...)
}

// appendFrame is frame into memory that is there already.
func appendFrame(framed []byte, parts ...string) []byte {
	for _, part := range parts {
		framed = binary.BigEndian.AppendUint64(framed, uint64(len(part)))
		framed = append(framed, part...)
	}
	return framed
}
