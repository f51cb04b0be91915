package store

import (
	"context"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

// Written is a row of the audit log as it is stored, for sending it on and for comparing
// what came back.
type Written struct {
	audit.Entry        // without its Details
	Text        string // the details as they are written, see audit.EncodeDetails
	Previous    string // the MAC of the row before it
}

// Outbox returns the rows of the audit log behind a number, in their order, with the MAC of the row
// before each. missed is how many rows behind that number retention has removed: the rows begin
// behind those.
func (r Reader) Outbox(ctx context.Context, after int64, limit int) (rows []Written, missed int64, err error) {
	removed, err := r.AuditRemoved()
	if err != nil {
		return nil, 0, err
	}
	if missed = removed.LastSeq - after; missed > 0 {
		after = removed.LastSeq
	} else {
		missed = 0
	}
	// The row before is read as well, for its MAC.
	found, err := list(ctx, r.q, func(row scanner) (w Written, err error) {
		w.Entry, w.Text, err = scanWritten(row)
		return w, err
	}, "reading the audit log", `SELECT `+auditColumns+` FROM audit_log WHERE seq >= $1 ORDER BY seq LIMIT $2`, after, limit+1)
	if err != nil || len(found) == 0 {
		return nil, missed, err
	}
	previous := removed.LastMAC
	if found[0].Seq == after {
		previous, found = found[0].MAC, found[1:]
	}
	found = found[:min(len(found), limit)]
	for i := range found {
		found[i].Previous, previous = previous, found[i].MAC
	}
	return found, missed, nil
}

// Moved is told when this process has written to the audit log; what comes while nobody
// listens is told once. It has one listener.
func (db *DB) Moved() <-chan struct{} { return db.writer.moved }

// AuditEntry returns a row of the audit log and the MAC of the row before it; ok is false if there is
// no such row, or retention has removed it.
func (r Reader) AuditEntry(seq int64) (e audit.Entry, previous string, ok bool, err error) {
	rows, missed, err := r.Outbox(context.Background(), seq-1, 1)
	if err != nil || missed > 0 || len(rows) == 0 || rows[0].Seq != seq {
		return e, "", false, err
	}
	e = rows[0].Entry
	e.Details, err = audit.DecodeDetails(rows[0].Text)
	return e, rows[0].Previous, err == nil, err
}

// LagOf returns how many rows of the audit log are behind a number, and the oldest of them.
func (r Reader) LagOf(cursor int64) (rows int64, oldest audit.Entry, err error) {
	head, _, err := r.AuditHead()
	if err != nil || head <= cursor {
		return 0, oldest, err
	}
	first, missed, err := r.Outbox(context.Background(), cursor, 1)
	if err != nil || len(first) == 0 {
		return 0, oldest, err
	}
	return head - cursor - missed, first[0].Entry, nil
}

// AppendWritten puts a row that came back from elsewhere behind the newest row of the audit log, as it
// was. ok is false, and nothing is written, unless it is the next row of this very chain.
func (tx *Tx) AppendWritten(w Written) (ok bool, err error) {
	tx.newest = place{} // what follows is not by Audit
	seq, mac, err := tx.AuditHead()
	if err != nil {
		return false, err
	}
	if w.Seq != seq+1 || w.Previous != mac || !w.Follows(tx.w.ring.Checker(secret.PurposeAudit), mac, w.Text) {
		return false, nil
	}
	if _, err := audit.DecodeDetails(w.Text); err != nil {
		return false, nil // the chain would hold, and no page could show it
	}
	err = tx.exec(`INSERT INTO audit_log (`+auditColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		w.Seq, ms(w.At), w.Event, w.Result, w.ActorID, w.ActorName, w.SubjectID, w.SubjectName, w.IP, w.UserAgent, w.RequestID, w.Text, w.MAC)
	if err != nil {
		return false, err
	}
	whole, err := tx.headIs(place{seq, mac})
	if err != nil || !whole {
		return err == nil, err
	}
	return true, tx.moveHead(seq, place{w.Seq, w.MAC})
}

// SkipStream moves the cursor of a stream on to a row that it has sent before.
func (tx *Tx) SkipStream(id string, to int64) error {
	return tx.exec(`UPDATE streams SET cursor = $1 WHERE id = $2 AND cursor < $1`, to, id)
}
