package app

import (
	"context"
	"log/slog"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

const (
	sweepEvery = time.Hour
	// binFor is how long deleted users stay in the recycle bin.
	binFor = 30 * 24 * time.Hour
)

// sweep removes what is over, at once and every hour, until the returned
// function is called.
func (p *program) sweep(log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			if err := p.db.Tx(ctx, func(tx *store.Tx) error { return sweepOnce(tx, time.Now()) }); err != nil && ctx.Err() == nil {
				log.Error("removing what is over", "error", err)
			}
			select {
			case <-tick.C:
				p.logHead(log)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

func sweepOnce(tx *store.Tx, now time.Time) error {
	if err := tx.DropExpired(now); err != nil {
		return err
	}
	gone, err := tx.PurgeDeleted(now.Add(-binFor))
	if err != nil {
		return err
	}
	for _, u := range gone {
		e := audit.Entry{
			At: now, Event: audit.UserDeleted, Result: audit.ResultOK, ActorName: "server", SubjectID: u.ID, SubjectName: u.Username,
			Details: []audit.Detail{{Name: "recycle bin", Before: "deleted", After: "gone for good"}},
		}
		if err := tx.Audit(e); err != nil {
			return err
		}
	}
	return nil
}
