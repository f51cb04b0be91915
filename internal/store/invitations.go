package store

import (
	"context"
	"fmt"
	"time"
)

// Invitations after an import. The rows of the import are gone a day later, so a batch
// that mails many of them keeps its own list.

// invitedByImport are, behind what is selected of them, the users whom an import has added without a password and who
// could follow an invitation now. Rows have usernames and no ids; a user who took a name over was not added while the
// import ran.
func invitedByImport(importID string) clause {
	return sqlText(` FROM import_rows r JOIN import_batches b ON b.id = r.batch_id
		JOIN users u ON u.username = r.username AND u.created_at BETWEEN b.created_at AND b.changed_at
	WHERE r.batch_id = ? AND r.invite = TRUE AND r.result = 'added' AND u.password_hash IS NULL AND u.disabled = FALSE AND u.deleted_at = 0`, importID)
}

// AddInvitations begins a batch that mails the users of an import who have an address;
// begun is false if there are none.
func (tx *Tx) AddInvitations(b BulkJob, importID string) (begun bool, err error) {
	if b.Total, err = tx.CountInvited(importID, false); err != nil || b.Total == 0 {
		return false, err
	}
	if err := tx.AddBulkJob(b); err != nil {
		return false, err
	}
	if err := tx.exec(`UPDATE batches SET listed = TRUE WHERE id = $1`, b.ID); err != nil {
		return false, err
	}
	text, args := listInvited(b.ID, importID).statement()
	return true, tx.exec(text, args...)
}

// listInvited writes down whom a batch mails.
func listInvited(batchID, importID string) clause {
	return sqlText(`INSERT INTO batch_users (batch_id, num, user_id, version) SELECT ?, u.num, u.id, u.version`, batchID).
		then(invitedByImport(importID)).add(` AND u.email <> ''`)
}

// CountInvited counts the users of an import who could be invited: those with an
// address, or those without one.
func (r Reader) CountInvited(importID string, withoutAddress bool) (n int, err error) {
	text, args := sqlText(`SELECT count(*)`).then(invitedByImport(importID)).add(` AND (u.email = '') = ?`, withoutAddress).statement()
	if err := r.q.queryRow(text, args...).Scan(&n); err != nil {
		return 0, unavailable(fmt.Errorf("counting invitations: %w", err))
	}
	return n, nil
}

// InvitedBy returns the next users of an import who could be invited, in the order of
// the file; their numbers are their places in it. withoutAddress leaves those out who
// are reached by mail.
func (r Reader) InvitedBy(ctx context.Context, importID string, withoutAddress bool, after int64, limit int) ([]Member, error) {
	text, args := sqlText(`SELECT `+userColumns+`, r.position`).then(invitedByImport(importID)).
		add(` AND r.position > ? AND (u.email = '' OR NOT ?) ORDER BY r.position LIMIT ?`, after, withoutAddress, limit).statement()
	scan := func(row scanner) (m Member, err error) {
		m.User, err = scanUser(row, &m.Num)
		return m, err
	}
	return list(ctx, r.q, scan, "reading the users of an import", text, args...)
}

// WaitingInvitations counts the invitations that wait to be sent.
func (r Reader) WaitingInvitations() (n int, err error) {
	err = r.q.queryRow(`SELECT count(*) FROM mails WHERE kind = 'invitation' AND failed_at = 0`).Scan(&n)
	if err != nil {
		return 0, unavailable(fmt.Errorf("counting invitations: %w", err))
	}
	return n, nil
}

// StrandedInvitations counts the invited users who have no link that works, at
// most most of them.
func (r Reader) StrandedInvitations(now time.Time, most int) (n int, err error) {
	text, args := sqlText(`SELECT count(*) FROM (SELECT 1 FROM users u WHERE `).
		then(classIn("", UserFilter{Status: StatusInvited}.classNumbers())).
		add(` AND NOT EXISTS (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.ends_at > ?) LIMIT ?) c`, ms(now), most).statement()
	err = r.q.queryRow(text, args...).Scan(&n)
	if err != nil {
		return 0, unavailable(fmt.Errorf("counting invitations: %w", err))
	}
	return n, nil
}

// invitationsEnding are the invitations that nobody followed and that end between two
// times.
const invitationsEnding = `SELECT count(*) FROM (SELECT 1 FROM links
	WHERE ends_at > $1 AND ends_at <= $2 AND purpose = 'invite' LIMIT $3) c`

// InvitationsEnding counts the invitations that were not followed and end between now
// and until, at most most of them.
func (r Reader) InvitationsEnding(now, until time.Time, most int) (n int, err error) {
	if err = r.q.queryRow(invitationsEnding, ms(now), ms(until), most).Scan(&n); err != nil {
		return 0, unavailable(fmt.Errorf("counting invitations: %w", err))
	}
	return n, nil
}
