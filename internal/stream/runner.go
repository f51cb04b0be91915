package stream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
)

const (
	// lookEvery is how often the log is looked at for rows that another process wrote.
	lookEvery = time.Second
	// restFor is how long rows gather after a wake-up before they are sent, 100 ms: under load that
	// is one look for hundreds of requests.
	restFor = 100 * time.Millisecond
	// refusedPause is how long an event waits that was refused, until it is tried again.
	refusedPause = time.Second
	// lastFor is how long a server that stops goes on sending, 1.5 seconds: the row that says it stopped
	// is worth sending, and nobody should have to wait.
	lastFor = 1500 * time.Millisecond
)

// Runner sends what there is to send. Make it with NewRunner; the server runs one.
type Runner struct {
	instance *instance.Instance
	pause    func(context.Context) // after a refusal

	mu      sync.Mutex
	workers map[string]*worker // by the id of the stream
	busy    sync.WaitGroup
}

// worker is one stream's connection to its destination. Only one goroutine uses it at a time.
type worker struct {
	busy    bool
	cancel  context.CancelFunc // of what is under way
	sending int64              // the version of the stream that is being sent
	version int64              // of the stream that destination was opened for
	until   time.Time
	to      delivery.Destination
	ahead   map[int64]bool // rows that were sent before the cursor could pass them
	cursor  int64          // for which ahead holds
}

// NewRunner returns a runner.
func NewRunner(i *instance.Instance) *Runner {
	return &Runner{instance: i, workers: map[string]*worker{}, pause: func(ctx context.Context) { wait(ctx, refusedPause) }}
}

// wait waits, or returns early when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Job is the runner as a job of the server. It runs until the server stops.
func (r *Runner) Job() instance.Job {
	return instance.Job{Name: "sending events", Every: lookEvery, Run: r.Run}
}

// Run sends until ctx ends, and returns when nothing is under way any more. An error is one of
// the database; what other sides say is noted at their streams.
func (r *Runner) Run(ctx context.Context) error {
	defer r.stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := r.look(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return r.last(ctx)
		case <-tick.C:
		case <-r.instance.StreamsDue:
		case <-r.instance.DB.Moved():
			wait(ctx, restFor)
		}
	}
}

// last sends what was written while the server stopped.
func (r *Runner) last(ctx context.Context) error {
	r.busy.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFor)
	defer cancel()
	err := r.look(ctx)
	r.busy.Wait()
	return err
}

// stop waits for what is under way and lets go of everybody.
func (r *Runner) stop() {
	r.busy.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.workers {
		w.close()
	}
	clear(r.workers)
}

// look starts every stream that has something to send and is not sending.
func (r *Runner) look(ctx context.Context) error {
	all, err := r.instance.DB.Streams()
	if err != nil {
		return err
	}
	head, _, err := r.instance.DB.AuditHead()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	here := map[string]bool{}
	now := r.instance.Now()
	for _, s := range all {
		here[s.ID] = s.State == store.StreamRunning
		w := r.workers[s.ID]
		if w != nil && w.busy && s.Version != w.sending {
			w.cancel() // what was paused or leads elsewhere now is not sent to its end
		}
		if !here[s.ID] || s.Cursor >= head || waits(s, now) || w != nil && w.busy {
			continue
		}
		if w == nil {
			w = &worker{}
			r.workers[s.ID] = w
		}
		under, cancel := context.WithCancel(ctx)
		w.busy, w.cancel, w.sending = true, cancel, s.Version
		r.busy.Go(func() { defer cancel(); r.drain(under, s, w) })
	}
	for id, w := range r.workers {
		if !here[id] && w.busy {
			w.cancel()
		} else if !here[id] {
			w.close()
			delete(r.workers, id)
		}
	}
	return nil
}

// drain sends what a stream has, window after window, until there is no more or a try fails.
func (r *Runner) drain(ctx context.Context, s store.Stream, w *worker) {
	defer func() {
		r.mu.Lock()
		w.busy = false
		r.mu.Unlock()
	}()
	for ctx.Err() == nil {
		more, err := r.step(ctx, s, w)
		if err != nil {
			r.instance.Log.Error("sending events", "stream", s.Name, "error", err)
		}
		if err != nil || !more {
			return
		}
		if s, err = r.instance.DB.Stream(s.ID); err != nil || s.State != store.StreamRunning || waits(s, r.instance.Now()) {
			return
		}
		r.mu.Lock()
		w.sending = s.Version
		r.mu.Unlock()
	}
}

// step sends one window and moves the cursor; more says whether to go on at once. An error is one
// of the database.
func (r *Runner) step(ctx context.Context, s store.Stream, w *worker) (more bool, err error) {
	if w.cursor != s.Cursor || w.version != s.Version { // it may lead elsewhere now
		w.ahead = nil
	}
	lanes, sendErr := w.open(ctx, r.instance, s)
	win := &window{lanes: make([]lane, max(lanes, 1))}
	if sendErr == nil {
		if err := win.fill(ctx, r.instance, s, w.ahead); err != nil || len(win.rows) == 0 && win.missed == 0 {
			return false, err
		}
		sendErr = win.send(ctx, w.to, r.pause)
	}
	if sendErr != nil && ctx.Err() != nil {
		sendErr = nil // the server stops, or the stream was changed: that is nobody's failure
		more = false
	} else {
		more = sendErr == nil
	}
	moved, ahead, err := r.record(ctx, s, win, w.ahead, sendErr)
	w.ahead, w.cursor = ahead, moved
	return more && err == nil, err
}

// open connects to the destination if the stream was changed since, or a signing key has had its
// time.
func (w *worker) open(ctx context.Context, i *instance.Instance, s store.Stream) (lanes int, err error) {
	if w.to != nil && (w.version != s.Version || !w.until.IsZero() && !i.Now().Before(w.until)) {
		w.close()
	}
	if w.to == nil {
		if w.to, err = Open(i, s); err != nil {
			return 0, err
		}
		w.version, w.until = s.Version, time.Time{}
		if i.Now().Before(s.OldKeyUntil) {
			w.until = s.OldKeyUntil
		}
	}
	if lanes, err = w.to.Lanes(ctx); err == nil && lanes < 1 {
		err = fmt.Errorf("the other side has %d partitions", lanes)
	}
	return lanes, err
}

func (w *worker) close() {
	if w.to != nil {
		w.to.Close()
		w.to = nil
	}
}
