package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"
)

// Checker verifies very many MACs of one purpose: it derives each sub-key once and
// keeps its memory, which makes it about five times as fast as Ring.VerifyMAC. It
// belongs to one goroutine.
type Checker struct {
	ring    *Ring
	purpose Purpose
	hashes  map[string]hash.Hash // by key id
	framed  []byte
	text    []byte
}

// Checker returns a Checker of the keys that the ring has.
func (r *Ring) Checker(purpose Purpose) *Checker {
	return &Checker{ring: r, purpose: purpose, hashes: map[string]hash.Hash{}}
}

// Verify is Ring.VerifyMAC.
func (c *Checker) Verify(mac string, parts ...string) bool {
	id, _, _ := strings.Cut(mac, ".")
	h := c.hash(id)
	if h == nil {
		return false
	}
	c.framed = appendFrame(c.framed[:0], parts...)
	h.Reset()
	h.Write(c.framed)
	c.text = append(append(c.text[:0], id...), '.')
	c.framed = h.Sum(c.framed[:0])
	c.text = base64.RawURLEncoding.AppendEncode(c.text, c.framed)
	return hmac.Equal(c.text, []byte(mac))
}

func (c *Checker) hash(id string) hash.Hash {
	h := c.hashes[id]
	if k := c.ring.key(id); h == nil && k != nil {
		h = hmac.New(sha256.New, k.derive("mac", c.purpose))
		c.hashes[id] = h
	}
	return h
}
