package password

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"latchkey/internal/problem"
)

const (
	// maxWaiting is how many passwords wait for a hashing thread: 32. Later ones are
	// asked to come back, those of the networks that have most before them first. Such a
	// sign-in does not count as an attempt.
	//
	//limit:hashing Passwords that wait for a thread
	maxWaiting = 32
	// idleFor is how long nothing is hashed before memory is given back.
	idleFor = time.Second
)

// pool runs a fixed number of jobs at the same time, the waiting ones in turns: each
// network's first job goes before any network's second. So one network that
// sends a hundred sign-ins delays its own hundred and hardly anybody else's. A network
// begins as many turns later as it has had tries lately, so that many networks that send
// wrong passwords wait for those who have sent few.
//
// The jobs that run at the same time, and what they have left behind, take no more
// memory together than there is room; a job that takes more by itself runs alone.
type pool struct {
	room    int64                   // bytes
	expire  func() <-chan time.Time // when a job has waited too long
	wake    func()                  // before the first job after a rest
	release func()                  // at the beginning of a rest
	collect func()                  // frees what jobs that are done have allocated
	stretch func(bytes int64)       // before a job that takes more than room, and back after it

	mu      sync.Mutex
	change  *sync.Cond // a job waits, memory is free, or the pool closes
	waiting []*job     // at most maxWaiting, in order of arrival
	round   int        // of the job begun last
	running int
	used    int64 // bytes of those that run
	litter  int64 // bytes of those that have run, not collected yet
	awake   bool
	closed  bool
	idle    *time.Timer
	workers sync.WaitGroup
}

// job is one piece of work. err and run's effects may be read after done.
type job struct {
	network string
	memory  int64 // bytes
	round   int
	run     func()
	err     error
	done    chan struct{}
}

func newPool(workers int, room int64, expire func() <-chan time.Time) *pool {
	p := &pool{room: room, expire: expire, wake: func() { moreThreads(workers) }, release: releaseMemory, collect: runtime.GC, stretch: stretchLimit}
	p.change = sync.NewCond(&p.mu)
	p.idle = time.AfterFunc(idleFor, p.rest)
	p.idle.Stop()
	for range workers {
		p.workers.Go(p.work)
	}
	return p
}

// do runs f, which takes so many bytes of memory, in its turn and returns when it has run, or an error when it never will.
func (p *pool) do(ctx context.Context, c Caller, memory int64, f func()) error {
	j := p.enqueue(c, memory, f)
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		p.withdraw(j, ctx.Err())
	case <-p.expire():
		p.withdraw(j, busy())
	}
	<-j.done
	return j.err
}

// ErrBusy is in the chain of the error of a password that found no place in the queue, or did
// not get its turn in time: nothing was hashed. No other error has it, not that of a caller
// who went away either.
var ErrBusy = errors.New("too many passwords wait to be hashed")

func busy() error {
	return &problem.Problem{Kind: problem.Unavailable, Message: "We are busy. Try again in a few seconds.", RetryAfter: 5 * time.Second, Err: ErrBusy}
}

// enqueue puts a job in its place. When all places are taken, the last job in
// turn loses its place to a newcomer whose turn is earlier; otherwise a flood
// from one network could hold them all and shut everybody else out.
func (p *pool) enqueue(c Caller, memory int64, f func()) *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	j := &job{network: c.Network, memory: memory, round: p.round + c.Tries, run: f, done: make(chan struct{})}
	for _, other := range p.waiting {
		if other.network == c.Network {
			j.round = max(j.round, other.round+1)
		}
	}
	if p.closed {
		j.finish(busy())
		return j
	}
	p.waiting = append(p.waiting, j)
	if len(p.waiting) > maxWaiting {
		p.drop(p.last(), busy())
	}
	p.change.Signal()
	return j
}

// withdraw ends j with err if it has not begun.
func (p *pool) withdraw(j *job, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(p.waiting, j) {
		p.drop(j, err)
	}
}

// drop takes j from those waiting and ends it with err. p.mu is held.
func (p *pool) drop(j *job, err error) {
	p.waiting = slices.DeleteFunc(p.waiting, func(other *job) bool { return other == j })
	j.finish(err)
}

func (j *job) finish(err error) {
	j.err = err
	close(j.done)
}

// first returns the job whose turn is next, last the one whose turn is furthest
// off; among equals the earlier comes first. Some job waits; p.mu is held.
func (p *pool) first() *job {
	return slices.MinFunc(p.waiting, byRound)
}

func (p *pool) last() *job {
	last := p.waiting[0]
	for _, j := range p.waiting {
		if j.round >= last.round {
			last = j
		}
	}
	return last
}

func byRound(a, b *job) int { return a.round - b.round }

// work runs jobs until the pool is closed.
func (p *pool) work() {
	for {
		j := p.next()
		if j == nil {
			return
		}
		j.run()
		p.finished(j)
	}
}

// next waits for the next job; nil means that the pool is closed.
func (p *pool) next() *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed && (len(p.waiting) == 0 || !p.fits(p.first())) {
		p.change.Wait()
	}
	if p.closed {
		return nil
	}
	j := p.first()
	p.used += j.memory
	if j.memory > p.room {
		p.stretch(j.memory - p.room)
	}
	p.waiting = slices.DeleteFunc(p.waiting, func(other *job) bool { return other == j })
	p.round = j.round
	p.running++
	if !p.awake {
		p.awake = true
		p.wake()
	}
	return j
}

// finished ends a job. Its memory is collected before its worker takes the next one, and
// after its sender has the answer.
func (p *pool) finished(j *job) {
	j.finish(nil)
	p.tidy(j.memory)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	p.used -= j.memory
	if j.memory > p.room {
		p.stretch(p.room - j.memory)
	}
	if p.running == 0 && !p.closed {
		p.idle.Reset(idleFor)
	}
	p.change.Broadcast()
}

// rest runs a second after the last job: what it does begins with a full garbage
// collection, too much to do after each.
func (p *pool) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == 0 && len(p.waiting) == 0 && p.awake {
		p.awake = false
		p.release()
	}
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	for len(p.waiting) > 0 {
		p.drop(p.waiting[0], busy())
	}
	p.idle.Stop()
	p.change.Broadcast()
	p.mu.Unlock()
	p.workers.Wait()
}
