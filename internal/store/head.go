package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"latchkey/internal/secret"
)

// sealedHead is what stands of the newest row of the audit log outside the log. The
// chain alone holds as well for a log whose end was cut off, or that was emptied.
type sealedHead struct {
	place
	seal string
}

// headNow reads the place that is sealed. No request asks for it itself, and so it is not
// counted as a statement of one.
const headNow = `SELECT seq, mac FROM audit_head`

// sealOf returns the seal of a place. Only the key makes one.
func sealOf(ring *secret.Ring, p place) string {
	return ring.MAC(secret.PurposeAuditHead, strconv.FormatInt(p.seq, 10), p.mac)
}

// genuine reports whether the program wrote this head. One that it wrote earlier is
// genuine as well; of that the head file tells (package app).
func (h sealedHead) genuine(ring *secret.Ring) bool {
	return ring.VerifyMAC(secret.PurposeAuditHead, h.seal, strconv.FormatInt(h.seq, 10), h.mac)
}

// sealedHead reads the sealed head; the zero value, which is not genuine, if there is none.
func (r Reader) sealedHead() (h sealedHead, err error) {
	h, _, err = one(r.q.queryRow(`SELECT seq, mac, seal FROM audit_head`), func(row scanner) (h sealedHead, err error) {
		err = row.Scan(&h.seq, &h.mac, &h.seal)
		return h, err
	}, "reading the sealed head of the audit log")
	return h, err
}

// headIs reports whether the sealed head is that of the newest row. One that is not,
// because somebody cut the log or changed the head, stays as it is: to seal it again would
// make what was cut look whole, and so VerifyAudit tells of it from then on. Nobody's
// sign-in is refused for it.
func (tx *Tx) headIs(newest place) (bool, error) {
	h, err := tx.sealedHead()
	return err == nil && h.genuine(tx.w.ring) && h.place == newest, err
}

// moveHead moves the sealed head on to the row that was just written.
func (tx *Tx) moveHead(before int64, after place) error {
	return tx.exec(`UPDATE audit_head SET seq = $1, mac = $2, seal = $3 WHERE seq = $4`,
		after.seq, after.mac, sealOf(tx.w.ring, after), before)
}

// hasHead reports whether the database has the table of the sealed head.
func hasHead(ctx context.Context, db *sql.DB) (has bool, err error) {
	err = db.QueryRowContext(ctx, sqlite.text(`SELECT EXISTS (SELECT 1 FROM (`+tableNames+`) t WHERE t.name = 'audit_head')`)).Scan(&has)
	if err != nil {
		err = fmt.Errorf("looking for the sealed head of the audit log: %w", err)
	}
	return has, err
}

// firstHead seals the head for the first time, in the transaction that makes its table.
func (tx *Tx) firstHead() error {
	var p place
	var err error
	if p.seq, p.mac, err = tx.AuditHead(); err != nil {
		return err
	}
	return tx.exec(`INSERT INTO audit_head ("only", seq, mac, seal) VALUES (1, $1, $2, $3)`, p.seq, p.mac, sealOf(tx.w.ring, p))
}

// sealed compares the walk with the sealed head, which was read at the same moment as the
// newest row.
func (v *verification) sealed() *BrokenChain {
	h := v.sealedHead
	switch {
	case !h.genuine(v.ring):
		return &BrokenChain{v.last.seq, "the sealed head, which is kept outside the log, is missing or is not what was written"}
	case h.seq > v.last.seq:
		return &BrokenChain{v.last.seq + 1, fmt.Sprintf("the rows up to %d, of which the sealed head tells, are missing", h.seq)}
	case h.seq < v.last.seq:
		return &BrokenChain{h.seq + 1, "it follows a log that was changed: the sealed head does not tell of it"}
	case h.mac != v.last.mac:
		return &BrokenChain{h.seq, "its MAC is not the one in the sealed head"}
	}
	return nil
}
