package user

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// patience is how long a password waits for its turn before its sender is asked
// to come back: longer, and a storm of sign-ins would make everybody wait until
// their browsers give up.
const patience = 2 * time.Second

// Hasher hashes and verifies passwords on a few threads of its own, so that a
// storm of sign-ins costs bounded memory and leaves the pages quick. It is safe
// for concurrent use. Close ends the threads.
type Hasher struct {
	cost Cost
	pool *pool
	salt []byte // of the work done where there is nothing to verify

	mu    sync.Mutex
	takes map[string]time.Duration // by profile
}

// NewHasher starts one hashing thread for each core that the program may use. It
// asks GOMAXPROCS, which minds a container's limit: call it before raising that.
func NewHasher(cost Cost) *Hasher {
	threads := min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	return newHasher(cost, newPool(threads, func() <-chan time.Time { return time.After(patience) }))
}

func newHasher(cost Cost, p *pool) *Hasher {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	return &Hasher{cost: cost, pool: p, salt: salt, takes: map[string]time.Duration{}}
}

// Close refuses what waits, lets running work end and ends the threads. Later
// calls of the other methods are refused as Unavailable.
func (h *Hasher) Close() { h.pool.close() }

// Cost returns the cost of new hashes.
func (h *Hasher) Cost() Cost { return h.cost }

// Hash returns the PHC string of password. It waits for a thread at most two
// seconds and is then refused with a problem of kind Unavailable; network, the
// key of the caller's network, decides whose turn is next. Work that has begun
// is not cancelled with ctx.
func (h *Hasher) Hash(ctx context.Context, network, password string) (encoded string, err error) {
	err = h.pool.do(ctx, network, func() { encoded = h.cost.Hash(password) })
	return encoded, err
}

// Verify reports whether encoded is a hash of password. It waits and is refused
// like Hash. See VerifyAny for what it does where there is nothing to verify.
func (h *Hasher) Verify(ctx context.Context, network, encoded, password string) (ok bool, err error) {
	match, err := h.VerifyAny(ctx, network, encoded, []string{password})
	return match == 0, err
}

// NoMatch is the answer of VerifyAny when encoded is a hash of none of the spellings.
const NoMatch = -1

// VerifyAny returns the index of the first of the spellings of a password that encoded is
// a hash of, or NoMatch. It waits and is refused like Hash, once for all of them, and
// computes a hash for each, whichever is right.
//
// Where there is nothing to verify (no hash because there is no such user or no
// password yet, a corrupt one, an empty password, more than 72 bytes against
// bcrypt) it does the work of the current cost all the same and answers false,
// so that the time of the answer does not tell who exists. A corrupt hash is
// reported by ErrCorrupt beside the false, to be audited.
func (h *Hasher) VerifyAny(ctx context.Context, network, encoded string, spellings []string) (match int, err error) {
	stored, corrupt := parseHash(encoded)
	match = NoMatch
	work := func() {
		for i, password := range spellings {
			if corrupt != nil || password == "" || stored.tooLong(password) {
				h.cost.derive(password, h.salt, tagLength)
			} else if ok, _ := Verify(encoded, password); ok && match == NoMatch {
				match = i
			}
		}
	}
	if err := h.pool.do(ctx, network, work); err != nil {
		return NoMatch, err
	}
	if encoded != "" && corrupt != nil {
		return NoMatch, corrupt
	}
	return match, nil
}

// Floor returns the least time that every failed sign-in should take while
// bcrypt hashes of up to legacyCost remain, 0 meaning none; see FloorFor.
func (h *Hasher) Floor(legacyCost int) time.Duration {
	return h.FloorFor(fmt.Sprintf("$2b$%02d$%053d", legacyCost, 0))
}

// FloorFor returns the least time that every failed sign-in should take while
// hashes like these samples remain, one for each Profile in use: a half more
// than the slowest of them and of the current cost. (A fifth was not enough: on a
// busy machine some refusals took longer than that, and 500 samples told bcrypt by a
// t of 12; with a half it was 0.5.) Without it the time of a
// refusal would tell whose hash is not of the current cost, and so that they
// exist. Each profile is measured once, in the first call that names it, which
// takes as long as two sign-ins and holds up other callers of FloorFor; corrupt
// samples count as the current cost, of which is the work done for them.
func (h *Hasher) FloorFor(samples ...string) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	slowest := h.measure(h.cost.encode(h.salt, make([]byte, tagLength)))
	for _, sample := range samples {
		slowest = max(slowest, h.measure(sample))
	}
	return slowest + slowest/2
}

// measure returns how long it takes to verify a hash like sample, the better of
// two tries because the first also waits for memory. h.mu is held.
func (h *Hasher) measure(sample string) time.Duration {
	profile := Profile(sample)
	if known, ok := h.takes[profile]; ok {
		return known
	}
	var takes [2]time.Duration
	for i := range takes {
		begin := time.Now()
		_, _ = Verify(sample, "a password of usual length")
		takes[i] = time.Since(begin)
	}
	h.pool.release()
	h.takes[profile] = slices.Min(takes[:])
	return h.takes[profile]
}
