package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

const (
	// removeAtOnce is how many old events are removed in one transaction: so few that
	// a sign-in that waits for it does not notice.
	removeAtOnce = 250
)

// sweep removes what is over, and notes the head of the audit log.
func (s *Server) sweep(ctx context.Context) error {
	now := s.Instance.Now()
	if may, err := s.mayRemove(ctx); err != nil || !may {
		s.logHead(s.Instance.Log)
		return err
	}
	var all []error
	note := func(doing string, err error) {
		if err != nil {
			all = append(all, fmt.Errorf("%s: %w", doing, err))
		}
	}
	note("old imports", s.DB.EmptyOldImports(ctx, now))
	note("expired rows", s.DB.Tx(ctx, func(tx *store.Tx) error { return s.sweepOnce(tx, now) }))
	note("old events", s.removeOldEvents(ctx, now))
	s.logHead(s.Instance.Log)
	return errors.Join(all...)
}

func (s *Server) sweepOnce(tx *store.Tx, now time.Time) error {
	if err := account.RefuseOverdue(s.Instance, tx, now); err != nil {
		return err
	}
	if err := tx.DropExpired(now); err != nil {
		return err
	}
	if err := tx.DropOldImports(now); err != nil {
		return err
	}
	if err := tx.DropOldBulkJobs(now); err != nil {
		return err
	}
	if err := tx.DropOldStreamCounts(now); err != nil {
		return err
	}
	gone, err := tx.PurgeDeleted(now.Add(-account.BinFor))
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
func (s *Server) removeOldEvents(ctx context.Context, now time.Time) error {
	for more := true; more; {
		err := s.DB.Tx(ctx, func(tx *store.Tx) (err error) {
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
	settings, err := tx.Settings()
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
