package password

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/internal/problem"
)

// never is the patience of somebody who waits as long as it takes.
func never() <-chan time.Time { return nil }

// gated returns a pool of one worker that is held up until open is called.
func gated(t *testing.T, expire func() <-chan time.Time) (p *pool, open func()) {
	t.Helper()
	p = newPool(1, 0, expire)
	begun, gate := make(chan struct{}), make(chan struct{})
	p.enqueue(Caller{Network: "gate"}, 0, func() { close(begun); <-gate })
	<-begun
	open = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(func() { open(); p.close() })
	return p, open
}

// record is what ran, in order.
type record struct {
	mu  sync.Mutex
	ran []string
}

func (r *record) note(s string) func() {
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ran = append(r.ran, s)
	}
}

func TestPW10_NetworksTakeTurns(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	var r record
	var jobs []*job
	for _, name := range []string{"a1", "a2", "a3", "a4", "b1", "b2", "c1"} {
		jobs = append(jobs, p.enqueue(Caller{Network: name[:1]}, 0, r.note(name)))
	}
	open()
	for _, j := range jobs {
		<-j.done
	}
	if want := []string{"a1", "b1", "c1", "a2", "b2", "a3", "a4"}; !slices.Equal(r.ran, want) {
		t.Errorf("ran %v, want %v", r.ran, want)
	}
}

// TestEX01_ManyNetworksThatFailedWait: sixty-four networks that have sent wrong passwords
// fill every place, and two people in known browsers come last and are served first.
func TestEX01_ManyNetworksThatFailedWait(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	var r record
	var jobs []*job
	for i := range 64 {
		jobs = append(jobs, p.enqueue(Caller{Network: fmt.Sprint("flood ", i), Tries: 3}, 0, r.note("flood")))
	}
	honest := []*job{p.enqueue(Caller{Network: "honest"}, 0, r.note("first")), p.enqueue(Caller{Network: "honest"}, 0, r.note("second"))}
	open()
	for _, j := range append(jobs, honest...) {
		<-j.done
	}
	if len(r.ran) != maxWaiting || honest[0].err != nil || honest[1].err != nil || r.ran[0] != "first" || r.ran[1] != "second" {
		t.Errorf("ran %v (%v, %v), want those first who have failed least", r.ran, honest[0].err, honest[1].err)
	}
}

func TestPW10_NewcomersBeginInThePresentRound(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	var r record
	begun, gate := make(chan struct{}), make(chan struct{})
	p.enqueue(Caller{Network: "a"}, 0, func() {})
	p.enqueue(Caller{Network: "a"}, 0, func() { close(begun); <-gate })
	jobs := []*job{p.enqueue(Caller{Network: "a"}, 0, r.note("a3"))}
	open()
	<-begun
	jobs = append(jobs, p.enqueue(Caller{Network: "b"}, 0, r.note("b1")), p.enqueue(Caller{Network: "b"}, 0, r.note("b2")))
	close(gate)
	for _, j := range jobs {
		<-j.done
	}
	if want := []string{"b1", "a3", "b2"}; !slices.Equal(r.ran, want) {
		t.Errorf("ran %v, want %v", r.ran, want)
	}
}

func TestPW10_QueueIsBounded(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	var last *job
	for i := range maxWaiting {
		last = p.enqueue(Caller{Network: fmt.Sprint("network ", i)}, 0, func() {})
	}
	err := p.do(context.Background(), Caller{Network: "one more"}, 0, func() { t.Error("it ran") })
	if !problem.Is(err, problem.Unavailable) || problem.As(err).RetryAfter <= 0 {
		t.Errorf("one too many: %v, want Unavailable with a time to come back", err)
	}
	open()
	<-last.done
	if err := p.do(context.Background(), Caller{Network: "later"}, 0, func() {}); err != nil {
		t.Errorf("once there is room again: %v", err)
	}
}

func TestPW10_AFloodShutsNobodyElseOut(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	var flood []*job
	for range maxWaiting {
		flood = append(flood, p.enqueue(Caller{Network: "flood"}, 0, func() {}))
	}
	var r record
	other := p.enqueue(Caller{Network: "other"}, 0, r.note("other"))
	<-flood[maxWaiting-1].done
	if err := flood[maxWaiting-1].err; !problem.Is(err, problem.Unavailable) {
		t.Errorf("the last of the flood: %v, want Unavailable", err)
	}
	open()
	<-other.done
	<-flood[maxWaiting-2].done
	if other.err != nil || flood[maxWaiting-2].err != nil || len(r.ran) != 1 {
		t.Errorf("the other: %v, ran %v; the flood before its last: %v", other.err, r.ran, flood[maxWaiting-2].err)
	}
}

func TestPW10_WaitingEnds(t *testing.T) {
	t.Parallel()
	expired := make(chan time.Time)
	close(expired)
	p, _ := gated(t, func() <-chan time.Time { return expired })
	err := p.do(context.Background(), Caller{Network: "a"}, 0, func() { t.Error("it ran") })
	if !problem.Is(err, problem.Unavailable) {
		t.Errorf("after waiting too long: %v", err)
	}
	if len(p.waiting) != 0 {
		t.Errorf("%d still hold a place", len(p.waiting))
	}
}

func TestPoolMindsTheContext(t *testing.T) {
	t.Parallel()
	p, _ := gated(t, never)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.do(ctx, Caller{Network: "a"}, 0, func() { t.Error("it ran") }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: %v", err)
	}
}

func TestPoolFinishesWhatHasBegun(t *testing.T) {
	t.Parallel()
	expired := make(chan time.Time)
	p := newPool(1, 0, func() <-chan time.Time { return expired })
	defer p.close()
	ctx, cancel := context.WithCancel(context.Background())
	ran := false
	err := p.do(ctx, Caller{Network: "a"}, 0, func() { cancel(); close(expired); ran = true })
	if err != nil || !ran {
		t.Errorf("cancelled while running: %v, ran %v", err, ran)
	}
}

func TestPoolCloses(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	waiting := p.enqueue(Caller{Network: "a"}, 0, func() { t.Error("it ran") })
	closed := make(chan struct{})
	go func() { p.close(); close(closed) }()
	<-waiting.done
	if !problem.Is(waiting.err, problem.Unavailable) {
		t.Errorf("waiting at the end: %v", waiting.err)
	}
	if err := p.do(context.Background(), Caller{Network: "a"}, 0, func() { t.Error("it ran") }); !problem.Is(err, problem.Unavailable) {
		t.Errorf("after the end: %v", err)
	}
	open()
	<-closed
}

func TestPoolNeverRunsMoreThanItsThreads(t *testing.T) {
	t.Parallel()
	p := newPool(2, 0, never)
	defer p.close()
	var mu sync.Mutex
	var running, most, done int
	var all sync.WaitGroup
	for i := range maxWaiting {
		all.Go(func() {
			err := p.do(context.Background(), Caller{Network: fmt.Sprint(i % 3)}, 0, func() {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				cheap.Hash("x")
				mu.Lock()
				running--
				done++
				mu.Unlock()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most > 2 || done != maxWaiting {
		t.Errorf("%d at once, %d done", most, done)
	}
}

func TestPoolGivesMemoryBackOnlyAtRest(t *testing.T) {
	t.Parallel()
	p, open := gated(t, never)
	released := 0
	p.release = func() { released++ }
	p.rest()
	if released != 0 {
		t.Error("memory was given back under work")
	}
	last := p.enqueue(Caller{Network: "a"}, 0, func() {})
	open()
	<-last.done
	p.mu.Lock()
	for p.running > 0 { // the answer comes first
		p.change.Wait()
	}
	pending := p.idle.Stop()
	p.mu.Unlock()
	p.rest()
	if released != 1 || !pending {
		t.Errorf("released %d times, timer set: %v", released, pending)
	}
}
