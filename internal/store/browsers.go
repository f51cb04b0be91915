package store

import (
	"database/sql"
	"errors"
	"time"
)

// Browser is a browser that has signed in fully as a user before. It is not a
// factor: it only moves tries to a bucket that strangers cannot fill.
type Browser struct {
	TokenHash string
	UserID    string
	ID        string
	Created   time.Time
	LastUsed  time.Time
	Ends      time.Time
	IP        string
	UserAgent string
	// RememberedUntil is until when this browser may skip the code as this user.
	RememberedUntil time.Time
}

// KnowsBrowser returns the id of a known browser; ok is false if this browser is
// not known for this user.
func (r Reader) KnowsBrowser(tokenHash, userID string, now time.Time) (id string, ok bool, err error) {
	err = r.q.queryRow(`SELECT id FROM browsers WHERE token_hash = $1 AND user_id = $2 AND ends_at > $3`,
		tokenHash, userID, ms(now)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, unavailable(err)
	}
	return id, true, nil
}

// maxBrowsers bounds the known browsers of one user.
//
//limit:people Known browsers of one user
const maxBrowsers = 20

// SaveBrowser notes that a browser signed in as a user; a browser that is known
// already gets the new times.
func (tx *Tx) SaveBrowser(b Browser) error {
	err := tx.exec(`INSERT INTO browsers (token_hash, user_id, id, created_at, last_used_at, ends_at, ip, user_agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (token_hash, user_id) DO UPDATE SET
			last_used_at = excluded.last_used_at, ends_at = excluded.ends_at, ip = excluded.ip, user_agent = excluded.user_agent`,
		b.TokenHash, b.UserID, b.ID, ms(b.Created), ms(b.LastUsed), ms(b.Ends), b.IP, b.UserAgent)
	if err != nil {
		return err
	}
	return tx.exec(`DELETE FROM browsers WHERE user_id = $1 AND id NOT IN (
		SELECT id FROM browsers WHERE user_id = $1 ORDER BY last_used_at DESC, id LIMIT $2)`, b.UserID, maxBrowsers)
}

// DropBrowser takes the privilege of one known browser away.
func (tx *Tx) DropBrowser(userID, id string) (done bool, err error) {
	return tx.once(`DELETE FROM browsers WHERE id = $1 AND user_id = $2`, id, userID)
}

// DropBrowsers forgets every known browser of a user.
func (tx *Tx) DropBrowsers(userID string) error {
	return tx.exec(`DELETE FROM browsers WHERE user_id = $1`, userID)
}

// BrowserExists reports whether we issued this token to a browser, for any user.
func (r Reader) BrowserExists(tokenHash string, now time.Time) (known bool, err error) {
	err = r.q.queryRow(`SELECT EXISTS (SELECT 1 FROM browsers WHERE token_hash = $1 AND ends_at > $2)`,
		tokenHash, ms(now)).Scan(&known)
	if err != nil {
		return false, unavailable(err)
	}
	return known, nil
}
