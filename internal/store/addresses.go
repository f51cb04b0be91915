package store

import (
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// SetPendingEmail notes the address that waits for its confirmation, "" for none.
func (tx *Tx) SetPendingEmail(id, email string) error {
	return tx.exec(`UPDATE users SET email_pending = $1 WHERE id = $2`, email, id)
}

// ConfirmEmail makes the address that waited the user's address; done is false if
// another one waits by now, or none. An address that another user has is a
// problem.Invalid with the field "email".
func (tx *Tx) ConfirmEmail(id, email, key string) (done bool, err error) {
	if err := tx.NamesTaken("", key, id); err != nil {
		return false, err
	}
	u, err := tx.User(id)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return tx.once(`UPDATE users SET email = $1, email_key = $2, search_text = $3, email_confirmed = TRUE, email_pending = '', version = version + 1
		WHERE id = $4 AND deleted_at = 0 AND (email_pending = $1 OR email_pending = '' AND email = $1)`,
		email, null(key), user.SearchText(u.Username, u.Name, email), id)
}

// DistrustEmail takes the confirmation of the address back if one was confirmed since
// the given time, and reports whether it did. Somebody who took over a user and had a new
// address confirmed would else get the links that open the closed password again.
func (tx *Tx) DistrustEmail(id string, since time.Time) (done bool, err error) {
	return tx.once(`UPDATE users SET email_confirmed = FALSE, version = version + 1 WHERE id = $1 AND email_confirmed = TRUE AND EXISTS (
		SELECT 1 FROM audit_log WHERE subject_id = $1 AND event = 'email.confirmed' AND at >= $2)`, id, ms(since))
}
