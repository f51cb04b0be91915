package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

// Removed is what retention has taken off the beginning of the audit log: rows 1
// to LastSeq, without a gap. The zero value is nothing.
type Removed struct {
	LastSeq           int64
	FirstAt, LastAt   time.Time // of row 1 and of row LastSeq
	FirstMAC, LastMAC string
	At                time.Time // when the last of them were taken

	mac string
}

// AuditRemoved returns what retention has removed so far. It may have been changed
// by anyone who can write the file: VerifyAudit finds out.
func (r Reader) AuditRemoved() (d Removed, err error) {
	row := r.q.queryRow(`SELECT last_seq, first_at, first_mac, last_at, last_mac, removed_at, mac FROM audit_removed`)
	d, _, err = one(row, func(row scanner) (d Removed, err error) {
		err = row.Scan(&d.LastSeq, (*stamp)(&d.FirstAt), &d.FirstMAC, (*stamp)(&d.LastAt), &d.LastMAC, (*stamp)(&d.At), &d.mac)
		return d, err
	}, "reading what retention removed")
	return d, err
}

// parts is everything that the MAC of the row covers.
func (d Removed) parts() []string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{number(d.LastSeq), number(ms(d.FirstAt)), d.FirstMAC, number(ms(d.LastAt)), d.LastMAC, number(ms(d.At))}
}

func (d Removed) genuine(ring *secret.Ring) bool {
	return ring.VerifyMAC(secret.PurposeRetention, d.mac, d.parts()...)
}

// RemoveAudit takes at most so many rows off the beginning of the audit log: those
// before the first that is not older than a time, and never the newest of all. It
// says in a signed row what is gone, from which the chain goes on. It returns how
// many rows it took and whether there are more.
//
// Rows that were tampered with are not removed, since that would remove the
// evidence: the error is a *BrokenChain then.
func (tx *Tx) RemoveAudit(now, before time.Time, most int) (n int, more bool, err error) {
	d, err := tx.AuditRemoved()
	if err != nil {
		return 0, false, err
	}
	was := d.LastSeq
	begin, err := tx.chainBegin(tx.w.ring)
	if err != nil {
		return 0, false, err
	}
	old, err := tx.oldest(begin, before, most+1)
	if err != nil || len(old) == 0 {
		return 0, false, err
	}
	if more = len(old) > most; more {
		old = old[:most]
	}
	if was == 0 {
		d.FirstAt, d.FirstMAC = old[0].At, old[0].MAC
	}
	last := old[len(old)-1]
	d.LastSeq, d.LastAt, d.LastMAC, d.At = last.Seq, last.At, last.MAC, now
	if err := tx.saveRemoved(d); err != nil {
		return 0, false, err
	}
	gone, err := tx.change(`DELETE FROM audit_log WHERE seq <= $1`, d.LastSeq)
	if err != nil {
		return 0, false, err
	}
	if gone != int64(len(old)) {
		return 0, false, &BrokenChain{was + 1, fmt.Sprintf("%d rows would have been removed instead of %d", gone, len(old))}
	}
	return len(old), more, tx.exec(`DELETE FROM audit_days WHERE last_seq <= $1`, d.LastSeq)
}

// oldest reads the rows that may go, and checks the chain of them.
func (tx *Tx) oldest(begin place, before time.Time, most int) (old []audit.Entry, err error) {
	rows, err := tx.q.query(context.Background(), `SELECT `+auditColumns+` FROM audit_log
		WHERE seq < (SELECT max(seq) FROM audit_log) ORDER BY seq LIMIT $1`, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	macs := tx.w.ring.Checker(secret.PurposeAudit)
	for rows.Next() {
		e, details, err := scanWritten(rows)
		if err != nil {
			return nil, err
		}
		if broken := checkRow(macs, e, details, begin); broken != nil {
			return nil, broken
		}
		if !e.At.Before(before) {
			break
		}
		old, begin = append(old, e), place{e.Seq, e.MAC}
	}
	return old, rows.Err()
}

func (tx *Tx) saveRemoved(d Removed) error {
	d.mac = tx.w.ring.MAC(secret.PurposeRetention, d.parts()...)
	done, err := tx.once(`UPDATE audit_removed SET last_seq = $1, last_at = $2, last_mac = $3, removed_at = $4, mac = $5`,
		d.LastSeq, ms(d.LastAt), d.LastMAC, ms(d.At), d.mac)
	if err != nil || done {
		return err
	}
	return tx.exec(`INSERT INTO audit_removed ("only", last_seq, first_at, first_mac, last_at, last_mac, removed_at, mac)
		VALUES (1, $1, $2, $3, $4, $5, $6, $7)`, d.LastSeq, ms(d.FirstAt), d.FirstMAC, ms(d.LastAt), d.LastMAC, ms(d.At), d.mac)
}
