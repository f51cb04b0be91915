package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// HeadState is what the audit log says of a row that was noted earlier.
type HeadState string

// The states. A log with more rows than were noted holds the noted one.
const (
	HeadHeld      HeadState = "held"
	HeadMissing   HeadState = "missing"   // the log ends before it
	HeadDifferent HeadState = "different" // another row stands in its place
)

// HoldsHead says whether the log has the row of this number and MAC, or retention has
// removed it since.
func (db *DB) HoldsHead(seq int64, mac string) (HeadState, error) {
	if seq == 0 {
		return HeadHeld, nil
	}
	removed, err := db.AuditRemoved()
	if err != nil {
		return "", err
	}
	if removed.LastSeq > seq && removed.genuine(db.ring) || removed.LastSeq == seq && removed.LastMAC == mac {
		return HeadHeld, nil
	}
	var is string
	err = db.q.queryRow(`SELECT mac FROM audit_log WHERE seq = $1`, seq).Scan(&is)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return HeadMissing, nil
	case err != nil:
		return "", unavailable(fmt.Errorf("reading a row of the audit log: %w", err))
	case is != mac:
		return HeadDifferent, nil
	}
	return HeadHeld, nil
}

// metaRestored is when the database was last found to be an older one.
const metaRestored = "restored_at"

// DisarmCopy makes harmless what a database accepts that is older than what people have
// done with it: every session, pending sign-in, browser, link and enrolment ends, and so
// do the messages that wait and what runs in somebody's name; no authenticator accepts
// the code of a time step up to step. Recovery codes that were used since work again, so
// all of them are marked: see OldRecoveryCodes.
func (tx *Tx) DisarmCopy(now time.Time, step int64) error {
	if err := tx.stopEverything(now); err != nil {
		return err
	}
	if err := tx.endLinks("ended", `ends_at > $1`, ms(now)); err != nil {
		return err
	}
	for _, text := range []string{
		// With a session go its looks, kept forms and sheets.
		`DELETE FROM sessions`, `DELETE FROM pending_sign_ins`, `DELETE FROM pending_authenticators`, `DELETE FROM browsers`,
		`DELETE FROM links`, `DELETE FROM setup_code`, `DELETE FROM nodes`, `DELETE FROM leases`, `DELETE FROM mails WHERE failed_at = 0`,
		`UPDATE users SET email_pending = '' WHERE email_pending <> ''`,
		`UPDATE requests SET first_id = '', first_name = '' WHERE first_id <> '' AND status = 'open'`,
		`UPDATE approvals SET status = 'ended' WHERE status = 'open'`,
	} {
		if err := tx.exec(text); err != nil {
			return err
		}
	}
	tx.recountRequests()
	if err := tx.exec(`UPDATE requests SET status = 'cancelled', decided_at = $1 WHERE status = 'approved'`, ms(now)); err != nil {
		return err
	}
	if err := tx.exec(`UPDATE approvals SET status = 'ended', decided_at = $1 WHERE status = 'open'`, ms(now)); err != nil {
		return err
	}
	if err := tx.exec(`UPDATE authenticators SET step_before = last_step, last_step = $1 WHERE last_step < $1`, step); err != nil {
		return err
	}
	if err := tx.StopBackups(now); err != nil {
		return err
	}
	if err := tx.SetMeta(metaPending, ""); err != nil {
		return err
	}
	return tx.SetMeta(metaRestored, fmt.Sprint(ms(now)))
}

// metaPending says that an archive was restored and the audit log does not tell of it yet.
const metaPending = "restore_pending"

// RestorePending leaves the row of a restore to whoever writes the next one: the server at its
// start, or the refill of the log, which has to come first.
func (tx *Tx) RestorePending(by, name string) error { return tx.SetMeta(metaPending, by+"\n"+name) }

// PendingRestore returns who restored which archive if the audit log does not tell of it yet; ""
// if it does.
func (r Reader) PendingRestore() (by, name string, err error) {
	text, err := r.Meta(metaPending)
	by, name, _ = strings.Cut(text, "\n")
	return by, name, err
}

// stopEverything ends bulk changes and imports that were under way when the copy was made.
func (tx *Tx) stopEverything(now time.Time) error {
	changes, err := tx.RunningBulkJobs()
	if err != nil {
		return err
	}
	for _, b := range changes {
		if _, err := tx.EndBulkJob(b.ID, BulkCancelled, now); err != nil {
			return err
		}
	}
	imports, err := tx.RunningImports()
	if err != nil {
		return err
	}
	for _, b := range imports {
		if _, err := tx.EndImport(b.ID, ImportStopped, "An older copy of the database was put back.", now, now.Add(keepStopped)); err != nil {
			return err
		}
	}
	return tx.exec(`UPDATE import_batches SET state = 'reading', ends_at = $1 WHERE state = 'ready'`, ms(now))
}

// Restored returns when the database was last found to be an older one; the zero time if
// it never was.
func (r Reader) Restored() (time.Time, error) {
	text, err := r.Meta(metaRestored)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	var when int64
	if _, err := fmt.Sscan(text, &when); err != nil {
		return time.Time{}, fmt.Errorf("reading when the database was put back: %w", err)
	}
	return at(when), nil
}

// OldRecoveryCodes reports whether a user has recovery codes from before the database was
// put back: those that were used in between work again.
func (r Reader) OldRecoveryCodes(userID string) (old bool, err error) {
	err = r.q.queryRow(`SELECT EXISTS (SELECT 1 FROM recovery_codes c JOIN meta m ON m.name = '`+metaRestored+`'
		WHERE c.user_id = $1 AND c.used_at IS NULL AND c.created_at <= CAST(m.value AS BIGINT))`, userID).Scan(&old)
	if err != nil {
		return false, unavailable(fmt.Errorf("reading how old recovery codes are: %w", err))
	}
	return old, nil
}
