package store

import (
	"context"
	"fmt"
)

// Invitations after an import. The rows of the import are gone a day later, so a batch
// that mails many of them keeps its own list.

// invitedByImport are the users whom an import has added without a password and who
// could follow an invitation now.
const invitedByImport = ` FROM import_rows r JOIN users u ON u.username = r.username
	WHERE r.batch_id = $1 AND r.invite = 1 AND r.result = 'added' AND u.password_hash IS NULL AND u.disabled = 0 AND u.deleted_at = 0`

// AddInvitations begins a batch that mails the users of an import who have an address;
// begun is false if there are none.
func (tx *Tx) AddInvitations(b Batch, importID string) (begun bool, err error) {
	if b.Total, err = tx.CountInvited(importID, false); err != nil || b.Total == 0 {
		return false, err
	}
	if err := tx.AddBatch(b); err != nil {
		return false, err
	}
	if err := tx.exec(`UPDATE batches SET listed = 1 WHERE id = $1`, b.ID); err != nil {
		return false, err
	}
	return true, tx.exec(`INSERT INTO batch_users (batch_id, num, user_id, version)
		SELECT $2, u.num, u.id, u.version`+invitedByImport+` AND u.email <> ''`, importID, b.ID)
}

// CountInvited counts the users of an import who could be invited: those with an
// address, or those without one.
func (r Reader) CountInvited(importID string, withoutAddress bool) (n int, err error) {
	err = r.q.queryRow(`SELECT count(*)`+invitedByImport+` AND (u.email = '') = $2`, importID, withoutAddress).Scan(&n)
	if err != nil {
		return 0, unavailable(fmt.Errorf("counting invitations: %w", err))
	}
	return n, nil
}

// InvitedBy returns the next users of an import who could be invited, in the order of
// the file; their numbers are their places in it. withoutAddress leaves those out who
// are reached by mail.
func (r Reader) InvitedBy(ctx context.Context, importID string, withoutAddress bool, after int64, limit int) ([]Member, error) {
	rows, err := r.q.query(ctx, `SELECT `+userColumns+`, r.position`+invitedByImport+` AND r.position > $2 AND (u.email = '' OR NOT $3)
		ORDER BY r.position LIMIT $4`, importID, after, withoutAddress, limit)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading the users of an import: %w", err))
	}
	return collect(rows, func(row scanner) (m Member, err error) {
		m.User, err = scanUser(row, &m.Num)
		return m, err
	})
}

// WaitingInvitations counts the invitations that wait to be sent.
func (r Reader) WaitingInvitations() (n int, err error) {
	err = r.q.queryRow(`SELECT count(*) FROM mails WHERE kind = 'invitation' AND failed_at = 0`).Scan(&n)
	if err != nil {
		return 0, unavailable(fmt.Errorf("counting invitations: %w", err))
	}
	return n, nil
}
