package password

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	saltLength = 16
	tagLength  = 32
	// mib is a MiB in the KiB that argon2 counts in.
	mib = 1024
)

// Bounds of an argon2 cost that may be chosen or read. What counts for a machine is
// memory and work; the bounds of the single numbers only keep nonsense out.
const (
	// maxMemory is the most memory of one hash: 256 MiB. With more, a single sign-in
	// could end a server whose memory is limited.
	//
	//limit:hashing,KiB Memory of one password hash
	maxMemory = 256 * mib
	// maxWork is the most memory times passes of one hash: 768 MiB, four times the
	// default, which keeps a core for about 0.8 seconds. With more, strangers could hold
	// up everybody's sign-in with a few tries of their own.
	//
	//limit:hashing,KiB Memory times passes of one password hash
	maxWork    = 4 * 64 * mib * 3
	maxTime    = 20
	maxThreads = 8
)

// Cost is how much work argon2id (RFC 9106) puts into one password.
type Cost struct {
	// MemoryKiB is the memory in KiB.
	MemoryKiB uint32
	// Time is the number of passes over it.
	Time uint32
	// Threads is the number of lanes.
	Threads uint8
}

// DefaultCost returns 64 MiB, 3 passes, 1 lane: the second recommendation of
// RFC 9106, section 4, with one lane instead of four, since several people sign
// in at once and lanes gain nothing then.
func DefaultCost() Cost { return Cost{MemoryKiB: 64 * mib, Time: 3, Threads: 1} }

// MinCost returns the least that may be configured: 19 MiB, 2 passes, 1 lane
// (OWASP Password Storage Cheat Sheet).
func MinCost() Cost { return Cost{MemoryKiB: 19 * mib, Time: 2, Threads: 1} }

// ParseCost reads the form that String writes, such as "argon2id:64MiB:3:1". It
// refuses less than MinCost in any part, more than 256 MiB, 20 passes or 8 lanes, and
// more than 768 MiB of memory times passes.
func ParseCost(s string) (Cost, error) {
	var cost Cost
	part := strings.Split(s, ":")
	if len(part) != 4 || part[0] != "argon2id" || !strings.HasSuffix(part[1], "MiB") {
		return cost, fmt.Errorf("reading password cost %q: it must look like %s", s, DefaultCost())
	}
	floor := MinCost()
	memory, err1 := number(strings.TrimSuffix(part[1], "MiB"), floor.MemoryKiB/mib, maxMemory/mib)
	time, err2 := number(part[2], floor.Time, maxTime)
	threads, err3 := number(part[3], uint32(floor.Threads), maxThreads)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return cost, fmt.Errorf("reading password cost %q: %w", s, err)
		}
	}
	c := Cost{MemoryKiB: memory * mib, Time: time, Threads: uint8(threads)}
	if c.work() > maxWork {
		return cost, fmt.Errorf("reading password cost %q: memory times passes is %d MiB, and may be %d at most", s, c.work()/mib, maxWork/mib)
	}
	return c, nil
}

// work is memory times passes, in KiB. The time of a hash grows with it.
func (c Cost) work() uint64 { return uint64(c.MemoryKiB) * uint64(c.Time) }

// bytes is the memory of one hash.
func (c Cost) bytes() int64 { return int64(c.MemoryKiB) * 1024 }

// number reads a decimal number between low and high.
func number(s string, low, high uint32) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if errors.Is(err, strconv.ErrRange) || err == nil && uint32(n) > high {
		return 0, fmt.Errorf("%w: %q is not between %d and %d", ErrCostly, s, low, high)
	}
	if err != nil || uint32(n) < low {
		return 0, fmt.Errorf("%q is not between %d and %d", s, low, high)
	}
	return uint32(n), nil
}

// String returns the cost as it is configured, such as "argon2id:64MiB:3:1".
func (c Cost) String() string {
	memory, unit := c.MemoryKiB/mib, "MiB"
	if c.MemoryKiB%mib != 0 {
		memory, unit = c.MemoryKiB, "KiB"
	}
	return fmt.Sprintf("argon2id:%d%s:%d:%d", memory, unit, c.Time, c.Threads)
}

// Hash returns the PHC string of password under a new random salt. It holds a
// core and c's memory while it works; a server uses Hasher.Hash, which limits
// how many do so at once.
func (c Cost) Hash(password string) string {
	salt := make([]byte, saltLength)
	rand.Read(salt) // never fails: crypto/rand stops the program instead
	return c.encode(salt, c.derive(password, salt, tagLength))
}

func (c Cost) derive(password string, salt []byte, length int) []byte {
	return argon2.IDKey([]byte(password), salt, c.Time, c.MemoryKiB, c.Threads, uint32(length))
}

func (c Cost) encode(salt, tag []byte) string { return c.encodeAs(argon2id, salt, tag) }

func (c Cost) encodeAs(k kind, salt, tag []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", k, argon2.Version,
		c.MemoryKiB, c.Time, c.Threads, b64.EncodeToString(salt), b64.EncodeToString(tag))
}
