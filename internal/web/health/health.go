// Package health is whether the server can do its work, for those who watch it: the
// database can be written, and its files and the key are where they were.
package health

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/problem"
)

// Health remembers the last answer for a second: asking writes to the disk, and
// anybody may ask. Whoever asks while an answer is looked for waits for that one, however long a
// database takes that waits for others. It is safe for concurrent use.
type Health struct {
	instance *instance.Instance
	keyFile  func() error // nil: not looked at
	damaged  atomic.Bool

	mu   sync.Mutex
	last *look
}

// look is one look at the database and the key. Its errors may be read once done is closed.
type look struct {
	asked   time.Time
	done    chan struct{}
	db, key error
}

// errBrokenOff is the result of a look that a panic ended: nothing is known.
var errBrokenOff = errors.New("checking the database and the key was interrupted")

// New returns the health of an instance; keyFile says whether the key file is still the
// one it started with.
func New(i *instance.Instance, keyFile func() error) *Health {
	return &Health{instance: i, keyFile: keyFile}
}

// NoteDamaged notes that a request met a damaged database, which only a restart with
// another one ends.
func (h *Health) NoteDamaged() { h.damaged.Store(true) }

// Ask says why the server is not ready, "" if it is, and what is to go into the log.
func (h *Health) Ask(ctx context.Context, now time.Time) (trouble string, cause error) {
	if h.instance.Stopping() {
		return "stopping", nil
	}
	db, key := h.look(ctx, now)
	switch {
	case ctx.Err() != nil && errors.Is(db, ctx.Err()):
		return "nobody waits for the answer", nil
	case h.damaged.Load() || errors.Is(db, problem.ErrDamaged):
		return "the database is damaged: restore it from a backup", nil
	case errors.Is(db, problem.ErrLost):
		return "a file of the database was deleted or replaced: see the log", db
	case errors.Is(db, errBrokenOff):
		return "checking the database and the key was interrupted: see the log", nil // whoever looked logs the panic
	case key != nil: // everything can be saved; with the next start, nothing could be opened any more
		return "the key file was deleted or replaced: see the log", key
	case db != nil:
		return "the database cannot be written", db
	}
	return "", nil
}

func (h *Health) look(ctx context.Context, now time.Time) (db, key error) {
	h.mu.Lock()
	l, mine := h.last, false
	if l == nil || l.old(now) {
		l, mine = &look{asked: now, done: make(chan struct{})}, true
		h.last = l
	}
	h.mu.Unlock()
	if mine {
		h.take(context.WithoutCancel(ctx), l) // others wait for it, too
	}
	select {
	case <-l.done:
		return l.db, l.key
	case <-ctx.Done():
		return ctx.Err(), nil
	}
}

// old reports whether a look is over and does not count any more.
func (l *look) old(now time.Time) bool {
	select {
	case <-l.done:
		age := now.Sub(l.asked)
		return age < 0 || age >= time.Second
	default:
		return false
	}
}

func (h *Health) take(ctx context.Context, l *look) {
	defer close(l.done)
	l.db = errBrokenOff // until it is over
	db := h.instance.DB.Healthy(ctx)
	if db == nil && h.keyFile != nil {
		l.key = h.keyFile()
	}
	l.db = db
}
