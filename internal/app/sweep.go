package app

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"latchkey/internal/admin"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

const (
	sweepEvery = time.Hour
	// binFor is how long deleted users stay in the recycle bin.
	binFor = 30 * 24 * time.Hour
	// removeAtOnce is how many old events are removed in one transaction: so few that
	// a sign-in that waits for it does not notice.
	removeAtOnce = 250
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
			if err := p.db.EmptyOldImports(ctx, time.Now()); err != nil && ctx.Err() == nil {
				log.Error("removing old imports", "error", err)
			}
			if err := p.db.Tx(ctx, func(tx *store.Tx) error { return p.sweepOnce(tx, time.Now()) }); err != nil && ctx.Err() == nil {
				log.Error("removing expired rows", "error", err)
			}
			if err := p.removeOldEvents(ctx, time.Now()); err != nil && ctx.Err() == nil {
				log.Error("removing old events", "error", err)
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

func (p *program) sweepOnce(tx *store.Tx, now time.Time) error {
	if err := admin.RefuseOverdue(p.site, tx, now); err != nil {
		return err
	}
	if err := tx.DropExpired(now); err != nil {
		return err
	}
	if err := tx.DropOldImports(now); err != nil {
		return err
	}
	if err := tx.DropOldBatches(now); err != nil {
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

// removeOldEvents takes the events off the audit log that are older than the
// setting says, some at a time, so that others can write in between.
func (p *program) removeOldEvents(ctx context.Context, now time.Time) error {
	for more := true; more; {
		err := p.db.Tx(ctx, func(tx *store.Tx) (err error) {
			more, err = removeSomeEvents(tx, now)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// removeSomeEvents asks for the setting each time, since an administrator may
// lengthen it meanwhile. Whole days go, and with the last of them a row says so.
func removeSomeEvents(tx *store.Tx, now time.Time) (more bool, err error) {
	stored, err := tx.Settings()
	if err != nil {
		return false, err
	}
	settings, err := auth.ParseSettings(stored)
	if err != nil || settings.AuditKeepDays == 0 {
		return false, err
	}
	before := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -settings.AuditKeepDays)
	n, more, err := tx.RemoveAudit(now, before, removeAtOnce)
	if err != nil || n == 0 || more {
		return more, err
	}
	removed, err := tx.AuditRemoved()
	if err != nil {
		return false, err
	}
	return false, tx.Audit(audit.Entry{
		At: now, Event: audit.AuditRemoved, Result: audit.ResultOK, ActorName: "server",
		Details: []audit.Detail{
			{Name: "rows up to", After: strconv.FormatInt(removed.LastSeq, 10)}, {Name: "MAC", After: removed.LastMAC},
			{Name: "older than", After: before.Format(time.DateOnly)},
		},
	})
}

// deliver sends the mail that waits, until the returned function is called.
func (p *program) deliver() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.site.RunPost(ctx)
	}()
	return func() { cancel(); <-done }
}

// workOff works off acts on many users, until the returned function is called: that
// waits for the transaction under way, and the rest goes on at the next start.
func (p *program) workOff() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.site.RunWork(ctx, func(ctx context.Context) error { return admin.WorkOff(ctx, p.site) })
	}()
	return func() { cancel(); <-done }
}
