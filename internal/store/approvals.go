package store

import (
	"context"
	"time"

	"latchkey/internal/user"
)

// ApprovalStatus is how far something has come that a second administrator must approve.
type ApprovalStatus string

// The states.
const (
	ApprovalOpen     ApprovalStatus = "open"
	ApprovalApproved ApprovalStatus = "approved" // and done
	ApprovalRefused  ApprovalStatus = "refused"
	ApprovalEnded    ApprovalStatus = "ended" // nobody decided in time, or whoever asked is no administrator any more
)

// Approval is what one administrator wants to do to the way in of another, and a second
// one must approve.
type Approval struct {
	ID     string
	UserID string
	// Username and Name are of that user now.
	Username, Name string
	// Kind is the action, as package account names it; Detail is the new address, for that
	// kind.
	Kind, Detail string
	Reason       string
	// AskedID and AskedName are the administrator who asked: theirs is the first approval.
	AskedID, AskedName string
	Status             ApprovalStatus
	Made               time.Time
	Opens              time.Time // not to be approved before
	Ends               time.Time
	// DecidedID and DecidedName are the administrator who decided; Decided is when.
	DecidedID, DecidedName string
	Decided                time.Time
	DecidedReason          string
}

// AddApproval stores an open one; added is false if the same is asked for already.
func (tx *Tx) AddApproval(a Approval) (added bool, err error) {
	tx.recountRequests()
	return tx.once(`INSERT INTO approvals (id, user_id, kind, detail, reason, asked_id, asked_name, status, made_at, opens_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10) ON CONFLICT DO NOTHING`,
		a.ID, a.UserID, a.Kind, a.Detail, a.Reason, a.AskedID, a.AskedName, ms(a.Made), ms(a.Opens), ms(a.Ends))
}

// Approve is the second approval; done is true for one caller. It is one statement that
// holds all of the rule: whoever asked, and whom it concerns, never approve, and whoever
// asked must still be an administrator, or theirs is no approval.
func (tx *Tx) Approve(id string, by Approval) (done bool, err error) {
	tx.recountRequests()
	return tx.once(`UPDATE approvals SET status = 'approved', decided_id = $1, decided_name = $2, decided_at = $3, decided_reason = $4
		WHERE id = $5 AND status = 'open' AND asked_id <> $1 AND user_id <> $1 AND opens_at <= $3 AND ends_at > $3
		AND EXISTS (SELECT 1 FROM users a WHERE a.id = approvals.asked_id AND a.role = 'admin' AND a.disabled = FALSE AND a.deleted_at = 0)`,
		by.DecidedID, by.DecidedName, ms(by.Decided), by.DecidedReason, id)
}

// RefuseApproval refuses an open one, or withdraws it; done is true for one caller.
func (tx *Tx) RefuseApproval(id string, by Approval) (done bool, err error) {
	tx.recountRequests()
	return tx.once(`UPDATE approvals SET status = 'refused', decided_id = $1, decided_name = $2, decided_at = $3, decided_reason = $4
		WHERE id = $5 AND status = 'open'`, by.DecidedID, by.DecidedName, ms(by.Decided), by.DecidedReason, id)
}

// EndApprovals ends the open ones that nobody decided in time and returns them.
func (tx *Tx) EndApprovals(now time.Time) ([]Approval, error) {
	tx.recountRequests()
	all, err := tx.approvals(`WHERE q.status = 'open' AND q.ends_at <= $1 ORDER BY q.made_at, q.id LIMIT 1000`, ms(now))
	for _, a := range all {
		if err := tx.exec(`UPDATE approvals SET status = 'ended', decided_at = $1 WHERE id = $2 AND status = 'open'`, ms(now), a.ID); err != nil {
			return nil, err
		}
	}
	return all, err
}

// Approval returns one; ok is false if there is none with this id.
func (r Reader) Approval(id string) (a Approval, ok bool, err error) {
	all, err := r.approvals(`WHERE q.id = $1`, id)
	if err != nil || len(all) == 0 {
		return a, false, err
	}
	return all[0], true, nil
}

// Approvals returns those behind one of them, the open ones the oldest first or the others
// the newest first.
func (r Reader) Approvals(open bool, after Place, limit int) ([]Approval, error) {
	where, args := after.page(open, limit)
	return r.approvals(where, args...)
}

func (r Reader) approvals(where string, args ...any) ([]Approval, error) {
	scan := func(row scanner) (a Approval, err error) {
		err = row.Scan(&a.ID, &a.UserID, &a.Username, &a.Name, &a.Kind, &a.Detail, &a.Reason, &a.AskedID, &a.AskedName, &a.Status,
			(*stamp)(&a.Made), (*stamp)(&a.Opens), (*stamp)(&a.Ends), &a.DecidedID, &a.DecidedName, (*stamp)(&a.Decided), &a.DecidedReason)
		return a, err
	}
	return list(context.Background(), r.q, scan, "reading approvals", `SELECT q.id, q.user_id, u.username, u.name, q.kind, q.detail, q.reason, q.asked_id, q.asked_name,
			q.status, q.made_at, q.opens_at, q.ends_at, q.decided_id, q.decided_name, q.decided_at, q.decided_reason
		FROM approvals q `+inTurn+` users u ON u.id = q.user_id `+where, args...)
}

// CountOpenApprovals counts what waits for a second administrator.
func (r Reader) CountOpenApprovals() (n int, err error) {
	if err = r.q.queryRow(`SELECT count(*) FROM approvals WHERE status = 'open'`).Scan(&n); err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// WasAdministrator notes that somebody stops being an administrator now.
func (tx *Tx) WasAdministrator(id string, now time.Time) error {
	return tx.exec(`UPDATE users SET admin_until = $1 WHERE id = $2`, ms(now), id)
}

// OnceAdministrators returns who was an administrator after the given time and stopped
// being one, or was disabled or deleted as one. Some may be one again by now.
func (r Reader) OnceAdministrators(after time.Time) ([]user.User, error) {
	scan := func(row scanner) (user.User, error) { return scanUser(row) }
	return list(context.Background(), r.q, scan, "reading users", `SELECT `+userColumns+` FROM users u WHERE u.admin_until > $1 AND u.admin_until > 0 ORDER BY u.sort_key`, ms(after))
}
