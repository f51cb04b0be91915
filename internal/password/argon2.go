package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	gocrypt "github.com/go-crypt/crypt/algorithm/argon2"
)

const (
	minMemory = 8 * mib
	minSalt   = 8
	maxSalt   = 64
	minTag    = 16
	maxTag    = 64
)

// parseArgon2 reads $argon2id$v=19$m=…,t=…,p=…$salt$tag, in this order only, or
// one of its two siblings, which other systems may have used.
func parseArgon2(k kind, encoded string) (h storedHash, err error) {
	part := strings.Split(encoded, "$")
	if len(part) != 6 {
		return h, errors.New("not five parts of argon2")
	}
	h.kind = k
	if h.cost, err = parseArgon2Cost(part[3]); err != nil {
		return h, err
	}
	if h.salt, err = bytesBetween(base64.RawStdEncoding, part[4], minSalt, maxSalt); err != nil {
		return h, fmt.Errorf("argon2 salt: %w", err)
	}
	if h.tag, err = bytesBetween(base64.RawStdEncoding, part[5], minTag, maxTag); err != nil {
		return h, fmt.Errorf("argon2 tag: %w", err)
	}
	// One hash has one spelling: version 19, no leading zeros, no line breaks
	// inside the base64, which the decoder would pass over.
	if h.cost.encodeAs(k, h.salt, h.tag) != encoded {
		return h, errors.New("argon2 hash in an unusual spelling")
	}
	h.match = h.matchArgon2id
	if k != argon2id {
		digest, err := gocrypt.Decode(encoded)
		if err != nil {
			return h, err
		}
		h.match = digest.Match
	}
	return h, nil
}

func (h storedHash) matchArgon2id(password string) bool {
	return subtle.ConstantTimeCompare(h.cost.derive(password, h.salt, len(h.tag)), h.tag) == 1
}

// parseArgon2Cost reads m=…,t=…,p=…
func parseArgon2Cost(s string) (c Cost, err error) {
	var numbers [3]uint32
	field := strings.Split(s, ",")
	bounds := [3]struct {
		name      string
		low, high uint32
	}{{"m=", minMemory, maxMemory}, {"t=", 1, maxTime}, {"p=", 1, maxThreads}}
	for i, b := range bounds {
		if len(field) != len(bounds) || !strings.HasPrefix(field[i], b.name) {
			return c, errors.New("argon2 parameters are not m, t, p")
		}
		if numbers[i], err = number(field[i][len(b.name):], b.low, b.high); err != nil {
			return c, fmt.Errorf("argon2 %s%w", b.name, err)
		}
	}
	c = Cost{MemoryKiB: numbers[0], Time: numbers[1], Threads: uint8(numbers[2])}
	if c.work() > maxWork {
		return Cost{}, fmt.Errorf("%w: memory times passes of argon2", ErrCostly)
	}
	return c, nil
}

// bytesBetween decodes base64 without padding into low to high bytes.
func bytesBetween(e *base64.Encoding, s string, low, high int) ([]byte, error) {
	if len(s) > e.EncodedLen(high) {
		return nil, errors.New("too long")
	}
	b, err := e.DecodeString(s)
	if err == nil && len(b) < low {
		err = errors.New("too short")
	}
	return b, err
}
