package store

import (
	"context"
	"time"
)

// A remembered browser is a known one that may skip the code. Its cookie holds the
// token of the known browser, which says which rows are meant, and a validator that
// changes with every use. A token with an old validator was copied: then nothing
// that the browser was remembered for holds any more.

// Remembers reports whether this browser may skip the code as this user. stolen
// says that the browser is remembered, but not with this validator.
func (r Reader) Remembers(tokenHash, validatorHash, userID string, now time.Time) (yes, stolen bool, err error) {
	rows, err := r.q.query(context.Background(), `SELECT validator_hash = $1 FROM browsers
		WHERE token_hash = $2 AND user_id = $3 AND remembered_until > $4 AND ends_at > $4`, validatorHash, tokenHash, userID, ms(now))
	if err != nil {
		return false, false, unavailable(err)
	}
	found, err := collect(rows, func(row scanner) (right bool, err error) { return right, row.Scan(&right) })
	if err != nil || len(found) == 0 {
		return false, false, err
	}
	return found[0], !found[0], nil
}

// Remember lets a known browser skip the code as this user until the given time.
func (tx *Tx) Remember(tokenHash, userID string, until time.Time) error {
	return tx.exec(`UPDATE browsers SET remembered_until = $1, ends_at = max(ends_at, $1) WHERE token_hash = $2 AND user_id = $3`,
		ms(until), tokenHash, userID)
}

// SetValidator gives a browser its next validator, for every user it is remembered
// for.
func (tx *Tx) SetValidator(tokenHash, validatorHash string) error {
	return tx.exec(`UPDATE browsers SET validator_hash = $1 WHERE token_hash = $2 AND remembered_until > 0`, validatorHash, tokenHash)
}

// ForgetBrowser ends what a browser token was remembered for, of every user, and
// returns whose.
func (tx *Tx) ForgetBrowser(tokenHash string) ([]string, error) {
	rows, err := tx.q.query(context.Background(), `UPDATE browsers SET remembered_until = 0, validator_hash = ''
		WHERE token_hash = $1 AND remembered_until > 0 RETURNING user_id`, tokenHash)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(row scanner) (id string, err error) { return id, row.Scan(&id) })
}

// RememberedBrowsers returns the browsers that may skip the code as this user, the
// one used last first.
func (r Reader) RememberedBrowsers(userID string, now time.Time) ([]Browser, error) {
	rows, err := r.q.query(context.Background(), `SELECT id, created_at, last_used_at, ends_at, ip, user_agent, remembered_until
		FROM browsers WHERE user_id = $1 AND remembered_until > $2 ORDER BY last_used_at DESC, id`, userID, ms(now))
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(row scanner) (b Browser, err error) {
		var created, used, ends, until int64
		err = row.Scan(&b.ID, &created, &used, &ends, &b.IP, &b.UserAgent, &until)
		b.UserID = userID
		b.Created, b.LastUsed, b.Ends, b.RememberedUntil = at(created), at(used), at(ends), at(until)
		return b, err
	})
}
