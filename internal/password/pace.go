package password

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// maxFloor is the longest that a failed sign-in takes for the sake of equal times, for
// each spelling of its password: 3 seconds. The costliest hashes that we verify take about
// one, so that a machine half as fast as ours stays below it.
//
//limit:hashing What a failed sign-in waits so that all take equally long, for each spelling of the password
const maxFloor = 3 * time.Second

const (
	paceBcrypt     = 8      // the cost at which bcrypt is measured: 16 ms
	paceIterations = 50_000 // the iterations at which PBKDF2 is measured: 10 to 25 ms
	// Of at least 2 tries and at most 5, begun in a fifth of a second, the one in the middle
	// counts, or the slower one of two: the best would promise more than a busy machine
	// keeps, and time would tell then.
	minPaceTries = 2
	maxPaceTries = 5
	paceFor      = 200 * time.Millisecond
	// paceNetwork stands for us where networks take turns.
	paceNetwork = "pace"
)

// pace is how fast this machine verifies hashes of one kind. It is measured once, and
// what a hash takes is computed from it: an imported file may hold any number of
// different costs.
type pace struct {
	known chan struct{} // closed once perWork is set
	// perWork is the time for each unit of storedHash.work, in nanoseconds.
	perWork float64
}

// Floor returns the least time that every failed sign-in should take while hashes
// like these samples remain, one for each Profile in use: a half more than the slowest
// of them and of the current cost, and at most three seconds. (A fifth more was not
// enough: on a busy machine some refusals took longer than that, and 500 samples told
// bcrypt by a t of 12; with a half it was 0.5.) Without it the time of a refusal would
// tell whose hash is not of the current cost, and so that they exist.
//
// It computes no hash. The pace of a kind that was not met before is measured by the
// hasher in their turn, and Floor waits for that, as long as the longest
// floor or until ctx ends. Corrupt samples count as the current cost, of which is the
// work done for them.
func (h *Hasher) Floor(ctx context.Context, samples ...string) time.Duration {
	waits := time.NewTimer(maxFloor)
	defer waits.Stop()
	var slowest float64
	for _, hash := range append(h.kinds(samples), h.reference(argon2id)) {
		p := h.pace(hash.kind)
		select {
		case <-p.known:
			slowest = max(slowest, p.perWork*hash.work())
		case <-waits.C:
			return maxFloor
		case <-ctx.Done():
			return maxFloor
		}
	}
	return min(time.Duration(slowest*3/2), maxFloor)
}

// Measure has the pace of these samples' kinds measured in the background, so that
// nobody waits for it later.
func (h *Hasher) Measure(samples ...string) {
	for _, hash := range append(h.kinds(samples), h.reference(argon2id)) {
		h.pace(hash.kind)
	}
}

// kinds returns of each kind among the samples the one with most work.
func (h *Hasher) kinds(samples []string) []storedHash {
	most := map[kind]storedHash{}
	for _, sample := range samples {
		hash, err := h.parse(sample)
		if hash.kind == sha256Bcrypt {
			hash.kind = plainBcrypt // the digest takes no time
		}
		if err == nil && hash.work() > most[hash.kind].work() {
			most[hash.kind] = hash
		}
	}
	var kinds []storedHash
	for _, hash := range most {
		kinds = append(kinds, hash)
	}
	return kinds
}

// pace returns the pace of a kind, and begins to measure it at the first call.
func (h *Hasher) pace(k kind) *pace {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.paces[k]; p != nil {
		return p
	}
	p := &pace{known: make(chan struct{})}
	h.paces[k] = p
	go h.measure(h.reference(k), p)
	return p
}

// measure takes the time of a reference hash, the middle one of a few tries. When the
// hasher has no time for it, the next call of pace begins anew.
func (h *Hasher) measure(reference storedHash, p *pace) {
	var takes []time.Duration
	begin := time.Now()
	for try := 0; try < minPaceTries || try < maxPaceTries && time.Since(begin) < paceFor; try++ {
		err := h.pool.do(context.Background(), Caller{Network: paceNetwork}, reference.cost.bytes(), func() {
			begin := time.Now()
			reference.match("a password of usual length")
			takes = append(takes, time.Since(begin))
		})
		if err != nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			delete(h.paces, reference.kind)
			return
		}
	}
	slices.Sort(takes)
	p.perWork = float64(takes[len(takes)/2]) / reference.work()
	close(p.known)
}

// reference returns a hash of a kind by which its pace is measured: argon2 at the current
// cost, because its pace depends a little on the memory.
func (h *Hasher) reference(k kind) storedHash {
	encoded := encodePBKDF2(k, fmt.Sprint(paceIterations), h.salt, make([]byte, minTag))
	switch k {
	case argon2id, argon2i, argon2d:
		encoded = h.cost.encodeAs(k, h.salt, make([]byte, tagLength))
	case plainBcrypt:
		encoded = fmt.Sprintf("$2b$%02d$%053d", paceBcrypt, 0)
	}
	hash, _ := parseHash(encoded) // made by us, and held by a test
	return hash
}
