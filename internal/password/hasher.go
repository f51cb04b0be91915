// Package password says which passwords are good enough and how they are hashed, and
// verifies them, hashes from other systems too.
//
// A new password goes through Clean, Rules.Check and Hasher.Hash, a password at sign-in
// through Spellings and Hasher.Verify. Nothing here keeps state except a Hasher,
// which owns its goroutines.
package password

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// patience is how long a password waits for its turn before its sender is asked
// to come back: longer, and a burst of sign-ins would make everybody wait until
// their browsers give up.
const patience = 2 * time.Second

// Hasher hashes and verifies a few passwords at the same time and lets the others wait,
// so that a burst of sign-ins costs bounded memory and leaves the pages quick. It is safe
// for concurrent use. Close ends its goroutines.
type Hasher struct {
	cost Cost
	pool *pool
	most int64  // bytes that one hash may take on this machine
	salt []byte // of the work done where there is nothing to verify

	mu    sync.Mutex
	paces map[kind]*pace
}

// NewHasher computes one hash at a time for each core that the program may use, or
// fewer, but at least one, where all of them would not fit into memory bytes at
// once; 0 means that memory is not limited. It asks GOMAXPROCS, which minds a
// container's limit: call it before raising that.
func NewHasher(cost Cost, memory int64) *Hasher {
	workers := int64(cores())
	if memory > 0 {
		workers = max(1, min(workers, memory/cost.bytes()))
	}
	p := newPool(int(workers), workers*cost.bytes(), func() <-chan time.Time { return time.After(patience) })
	h := newHasher(cost, p)
	if memory > 0 {
		h.most = max(memory, cost.bytes()) // of its own cost one is tried whatever comes
	}
	return h
}

func newHasher(cost Cost, p *pool) *Hasher {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	return &Hasher{cost: cost, pool: p, most: maxMemory * 1024, salt: salt, paces: map[kind]*pace{}}
}

// Close refuses what waits, lets running work end and ends the goroutines. Later
// calls of the other methods are refused as Unavailable.
func (h *Hasher) Close() { h.pool.close() }

// Cost returns the cost of new hashes.
func (h *Hasher) Cost() Cost { return h.cost }

// Workers returns how many hashes are computed at the same time.
func (h *Hasher) Workers() int { return int(h.pool.room / h.cost.bytes()) }

// Memory returns how many bytes all of them take together. A stored hash that takes more
// by itself is verified alone.
func (h *Hasher) Memory() int64 { return h.pool.room }

// Caller is on whose behalf a password is hashed, which decides whose turn is next.
type Caller struct {
	// Network is the key of the network that the request came from.
	Network string
	// Tries is how many passwords that network has tried lately; 0 for somebody in a browser
	// that is known, or signed in.
	Tries int
}

// Hash returns the PHC string of password. It waits for its turn at most two
// seconds and is then refused with a problem of kind Unavailable and ErrBusy. Work that has
// begun is not cancelled with ctx.
func (h *Hasher) Hash(ctx context.Context, c Caller, password string) (encoded string, err error) {
	err = h.pool.do(ctx, c, h.cost.bytes(), func() { encoded = h.cost.Hash(password) })
	return encoded, err
}

// Check returns nil if Verify can work with encoded on this machine, else an error that
// wraps ErrCorrupt and says why. It hashes nothing.
func (h *Hasher) Check(encoded string) error {
	_, err := h.parse(encoded)
	return err
}

// parse is parseHash for a machine whose memory is limited.
func (h *Hasher) parse(encoded string) (storedHash, error) {
	stored, err := parseHash(encoded)
	if err == nil && stored.cost.bytes() > h.most {
		return storedHash{}, fmt.Errorf("%w: %d MiB, where %d are free for a password", ErrMemory, stored.cost.MemoryKiB/mib, h.most/1024/mib)
	}
	return stored, err
}

// NoMatch is the answer of Hasher.Verify when encoded is a hash of none of the spellings.
const NoMatch = -1

// Verify returns the index of the first of the spellings of a password that encoded is
// a hash of, or NoMatch. It waits and is refused like Hash, once for all of them, and
// computes a hash for each, whichever is right.
//
// Where there is nothing to verify (no hash because there is no such user or no
// password yet, a corrupt one, an empty password, more than 72 bytes against
// bcrypt) it does the work of the current cost all the same and answers false,
// so that the time of the answer does not tell who exists. A corrupt hash is
// reported by ErrCorrupt beside the false, to be audited.
func (h *Hasher) Verify(ctx context.Context, c Caller, encoded string, spellings []string) (match int, err error) {
	stored, corrupt := h.parse(encoded)
	match = NoMatch
	memory := max(h.cost.bytes(), stored.cost.bytes())
	work := func() {
		for i, password := range spellings {
			if i > 0 {
				h.pool.tidy(memory)
			}
			if corrupt != nil || stored.never(password) {
				h.cost.derive(password, h.salt, tagLength)
			} else if stored.match(password) && match == NoMatch {
				match = i
			}
		}
	}
	if err := h.pool.do(ctx, c, memory, work); err != nil {
		return NoMatch, err
	}
	if encoded != "" && corrupt != nil {
		return NoMatch, corrupt
	}
	return match, nil
}
