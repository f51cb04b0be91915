package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"latchkey/internal/audit"
)

const auditColumns = `seq, at, event, result, actor_id, actor_name, subject_id, subject_name,
	ip, user_agent, request_id, details, mac`

func scanEntry(row scanner) (audit.Entry, error) {
	e, details, err := scanWritten(row)
	if err != nil {
		return e, err
	}
	e.Details, err = audit.DecodeDetails(details)
	return e, err
}

// scanWritten reads a row with its details as they are written.
func scanWritten(row scanner) (e audit.Entry, details string, err error) {
	var when int64
	err = row.Scan(&e.Seq, &when, &e.Event, &e.Result, &e.ActorID, &e.ActorName, &e.SubjectID, &e.SubjectName,
		&e.IP, &e.UserAgent, &e.RequestID, &details, &e.MAC)
	e.At = at(when)
	return e, details, err
}

// Audit appends an entry to the audit log, numbered and chained, and moves the sealed
// head on to it. It belongs in
// the transaction of what it tells: if it cannot be written, neither can that.
func (tx *Tx) Audit(e audit.Entry) error {
	newest, whole, err := tx.newestRow()
	if err != nil {
		return err
	}
	e = e.Bounded()
	e.Seq = newest.seq + 1
	e.MAC = e.Chain(tx.w.ring, newest.mac)
	err = tx.exec(`INSERT INTO audit_log (`+auditColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.Seq, ms(e.At), e.Event, e.Result, e.ActorID, e.ActorName, e.SubjectID, e.SubjectName,
		e.IP, e.UserAgent, e.RequestID, audit.EncodeDetails(e.Details), e.MAC)
	if err != nil || !whole {
		return err
	}
	switch {
	case tx.later == nil:
		err = tx.moveHead(newest.seq, place{e.Seq, e.MAC})
	case tx.later.head == nil:
		tx.later.head = &newest
	}
	if err == nil {
		tx.newest = place{e.Seq, e.MAC}
	}
	return err
}

// newestRow returns the newest row of the log, and whether the sealed head tells of it. Nobody else writes
// while a transaction does, and so it knows the row that it wrote itself. The first time it looks: by
// the seal a process meets the key that another one has added, and signs under it from this row on.
func (tx *Tx) newestRow() (newest place, whole bool, err error) {
	if tx.newest.seq > 0 {
		return tx.newest, true, nil
	}
	if newest.seq, newest.mac, err = tx.AuditHead(); err != nil {
		return newest, false, err
	}
	whole, err = tx.headIs(newest)
	return newest, whole, err
}

// AuditHead returns the number and MAC of the newest entry; 0 and "" if there is none.
func (r Reader) AuditHead() (seq int64, mac string, err error) {
	p, _, err := one(r.q.queryRow(`SELECT seq, mac FROM audit_log ORDER BY seq DESC LIMIT 1`), scanPlace, "reading the head of the audit log")
	return p.seq, p.mac, err
}

// NewestAuditTime returns the latest time of an entry, which is not the last one if
// the clock went back; the zero time if there is none.
func (r Reader) NewestAuditTime() (time.Time, error) {
	var newest sql.NullInt64
	if err := r.q.queryRow(`SELECT max(last_at) FROM audit_days`).Scan(&newest); err != nil {
		return time.Time{}, unavailable(fmt.Errorf("reading the newest time of the audit log: %w", err))
	}
	if !newest.Valid {
		return time.Time{}, nil
	}
	return at(newest.Int64), nil
}

// AuditFilter selects entries; empty fields select all. Entries come newest
// first.
type AuditFilter struct {
	Actor, Subject string // user ids
	// ActorName and SubjectName are names as they stand in the log, for those who
	// have no id there or are no longer known by it.
	ActorName, SubjectName string
	About                  string // user id: as actor or as subject
	Event                  audit.Event
	Result                 audit.Result
	IP                     string
	From, To               time.Time // From included, To excluded
	Before                 int64     // only entries with a smaller number; 0 for all
	After                  int64     // only entries with a greater number: the page of oldest ones among them
	Limit                  int
}

// AuditEntries returns a page of the audit log, newest first. Whatever the filter
// is, the page comes from an index of its rarest condition, in milliseconds also
// where the log has ten million rows.
func (r Reader) AuditEntries(ctx context.Context, f AuditFilter) ([]audit.Entry, error) {
	s, err := r.auditSelection(ctx, f)
	if err != nil {
		return nil, err
	}
	entries, err := r.auditPage(ctx, s, f.After > 0, f.Limit)
	if f.After > 0 {
		slices.Reverse(entries)
	}
	return entries, err
}

// auditPage reads the first so many rows of a selection: its oldest if up is set,
// else its newest.
func (r Reader) auditPage(ctx context.Context, s auditSelection, up bool, limit int) ([]audit.Entry, error) {
	text, args := s.page(up, limit)
	return list(ctx, r.q, scanEntry, "reading the audit log", text, args...)
}

// SignInTries returns the newest tries to sign in as a user, the newest first. They
// come from the user's part of the log.
func (r Reader) SignInTries(ctx context.Context, userID string, limit int) ([]audit.Entry, error) {
	return list(ctx, r.q, scanEntry, "reading tries", `SELECT `+auditColumns+` FROM audit_log WHERE subject_id = $1
		AND event IN ('login.password', 'login.code', 'login.recovery', 'login.blocked') ORDER BY seq DESC LIMIT $2`, userID, limit)
}
