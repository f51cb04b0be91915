package web

import (
	"context"
	"time"
)

// workEvery is how often somebody looks for work that nobody told it about: what was
// left over after an error, such as a full disk.
const workEvery = time.Minute

// WakeWork wakes the goroutine that works off batches. Call it after the commit that
// stored one.
func (s *Site) WakeWork() {
	select {
	case s.work <- struct{}{}:
	default: // it will look anyway
	}
}

// RunWork calls work at once, whenever somebody wakes it and every minute, until ctx
// ends. It returns when the last call has.
func (s *Site) RunWork(ctx context.Context, work func(context.Context) error) {
	tick := time.NewTicker(workEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("working off a batch", "error", err)
		}
		select {
		case <-s.work:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
