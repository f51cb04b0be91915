package secret

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// keySize is the length of a key and of every sub-key in bytes.
const keySize = 32

// key is one key of a ring.
type key struct {
	id    string
	bytes []byte
}

// Ring is an ordered list of keys: new values are made under the newest, old
// ones are read under whichever key they name. A ring never changes after it was
// made, so any number of goroutines may use it at once. Get one from NewRing,
// CreateRing or LoadRing; the zero value has no key and panics when asked to make
// something.
type Ring struct {
	keys []key // newest last, never empty
}

// NewRing returns a ring with one fresh key.
func NewRing() *Ring { return (&Ring{}).Add() }

// Add returns a new ring with one more, fresh key, which is the newest; r stays
// as it is. Store it with Save before anything is made under the new key.
func (r *Ring) Add() *Ring {
	fresh := key{id: ID()[:8], bytes: random(keySize)}
	for r.key(fresh.id) != nil {
		fresh.id = ID()[:8]
	}
	return &Ring{keys: append(slices.Clone(r.keys), fresh)}
}

// Format prints how many keys the ring has, whatever the verb, so that a ring in
// a log line or a panic message never shows a key.
func (r *Ring) Format(f fmt.State, _ rune) {
	if r == nil {
		io.WriteString(f, "no key ring")
		return
	}
	fmt.Fprintf(f, "key ring of %d", len(r.keys))
}

// newest returns the key that new values are made under.
func (r *Ring) newest() *key { return &r.keys[len(r.keys)-1] }

// key returns the key with this id, or nil.
func (r *Ring) key(id string) *key {
	for i := range r.keys {
		if r.keys[i].id == id {
			return &r.keys[i]
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
