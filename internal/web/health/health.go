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
// anybody may ask. It is safe for concurrent use.
type Health struct {
	instance *instance.Instance
	keyFile  func() error // nil: not looked at
	damaged  atomic.Bool

	mu    sync.Mutex
	asked time.Time
	db    error
	key   error
}

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
	case h.damaged.Load() || errors.Is(db, problem.ErrDamaged):
		return "the database is damaged: restore it from a backup", nil
	case errors.Is(db, problem.ErrLost):
		return "a file of the database was deleted or replaced: see the log", db
	case key != nil: // everything can be saved; with the next start, nothing could be opened any more
		return "the key file was deleted or replaced: see the log", key
	case db != nil:
		return "the database cannot be written", db
	}
	return "", nil
}

func (h *Health) look(ctx context.Context, now time.Time) (db, key error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := now.Sub(h.asked); age < 0 || age >= time.Second {
		h.db, h.key, h.asked = h.instance.DB.Healthy(ctx), nil, now
		if h.db == nil && h.keyFile != nil {
			h.key = h.keyFile()
		}
	}
	return h.db, h.key
}
