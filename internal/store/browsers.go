package store

import (
	"context"
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
	return one(r.q.queryRow(`SELECT id FROM browsers WHERE token_hash = $1 AND user_id = $2 AND ends_at > $3`,
		tokenHash, userID, ms(now)), single[string], "reading a browser")
}

// maxBrowsers bounds the known browsers of one user, 20. The ones used longest ago
// go first: a person has a few, and each that is known may try passwords of its own.
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

// KnownBrowsers returns every known browser of a user, remembered or not, the one
// used last first.
func (r Reader) KnownBrowsers(userID string, now time.Time) ([]Browser, error) {
	scan := func(row scanner) (Browser, error) {
		b := Browser{UserID: userID}
		var created, used, ends, until int64
		err := row.Scan(&b.ID, &created, &used, &ends, &b.IP, &b.UserAgent, &until)
		b.Created, b.LastUsed, b.Ends, b.RememberedUntil = at(created), at(used), at(ends), at(until)
		return b, err
	}
	return list(context.Background(), r.q, scan, "reading browsers", `SELECT id, created_at, last_used_at, ends_at, ip, user_agent, remembered_until
		FROM browsers WHERE user_id = $1 AND ends_at > $2 ORDER BY last_used_at DESC, id`, userID, ms(now))
}

// A remembered browser is a known one that may skip the code. Its cookie holds the
// token of the known browser, which says which rows are meant, and a validator that
// changes with every use. People who share a browser share both: the rows of one
// token are a family, and all that are remembered hold the same validator. A token
// with an old validator was copied: then nothing that the family was known or
// remembered for holds any more.

// Remembers reports whether this browser may skip the code as this user. No end may
// lie after latest, which is where the rule in force would set it now: a setting that
// was shortened counts at once, and so does a clock that was set back. stolen says
// that somebody's browser is remembered by this token, but not with this validator.
func (r Reader) Remembers(tokenHash, validatorHash, userID string, now, latest time.Time) (yes, stolen bool, err error) {
	scan := func(row scanner) (none struct{}, err error) {
		var right, theirs bool
		err = row.Scan(&right, &theirs)
		yes, stolen = yes || theirs, stolen || !right
		return none, err
	}
	_, err = list(context.Background(), r.q, scan, "reading browsers", `SELECT validator_hash = $1, user_id = $2 AND remembered_until <= $3 FROM browsers
		WHERE token_hash = $4 AND remembered_until > $5 AND ends_at > $5`, validatorHash, userID, ms(latest), tokenHash, ms(now))
	return yes && !stolen && err == nil, stolen, err
}

// Remember lets a known browser skip the code as this user until the given time. If
// the token is remembered for others, the validator must be the one they have.
func (tx *Tx) Remember(tokenHash, validatorHash, userID string, until time.Time) error {
	return tx.exec(`UPDATE browsers SET remembered_until = $1, ends_at = CASE WHEN ends_at < $1 THEN $1 ELSE ends_at END, validator_hash = $2
		WHERE token_hash = $3 AND user_id = $4`, ms(until), validatorHash, tokenHash, userID)
}

// NextValidator gives a browser its next validator, for every user it is remembered
// for. Of many callers with the same old one, done is true for exactly one.
func (tx *Tx) NextValidator(tokenHash, old, next string, now time.Time) (done bool, err error) {
	n, err := tx.change(`UPDATE browsers SET validator_hash = $1 WHERE token_hash = $2 AND validator_hash = $3 AND remembered_until > $4`,
		next, tokenHash, old, ms(now))
	return n > 0, err
}

// MoveBrowser gives a browser another token for one user.
func (tx *Tx) MoveBrowser(oldHash, newHash, userID string) error {
	return tx.exec(`UPDATE browsers SET token_hash = $1 WHERE token_hash = $2 AND user_id = $3`, newHash, oldHash, userID)
}

// ForgetBrowser ends all that a browser token was worth, to every user, and returns
// those for whom it was remembered. Sessions in which a remembered browser of theirs
// stood in for the second factor end too: one of them may be the thief's.
func (tx *Tx) ForgetBrowser(tokenHash string, now time.Time) (owners []string, err error) {
	owners, err = list(context.Background(), tx.q, single[string], "reading browsers", `SELECT user_id FROM browsers WHERE token_hash = $1 AND remembered_until > $2
		ORDER BY user_id`, tokenHash, ms(now))
	if err != nil {
		return nil, err
	}
	for _, id := range owners {
		if err := tx.endWithoutCode(id); err != nil {
			return nil, err
		}
	}
	return owners, tx.exec(`DELETE FROM browsers WHERE token_hash = $1`, tokenHash)
}

// endWithoutCode ends the sessions of a user in which a remembered browser stood in
// for the second factor. It goes with all that forgets one: without the validator
// nobody notices a copy any more, so no session of a copy may be left.
func (tx *Tx) endWithoutCode(userID string) error {
	return tx.exec(`DELETE FROM sessions WHERE user_id = $1 AND remembered = TRUE AND second_at = 0`, userID)
}

// ForgetRemembered makes one browser of a user ask for the code again, and ends the
// user's sessions that began without one; done is false if there is no browser with
// this id that is remembered, or it is another user's.
func (tx *Tx) ForgetRemembered(userID, id string, now time.Time) (done bool, err error) {
	done, err = tx.once(`UPDATE browsers SET remembered_until = 0, validator_hash = '' WHERE id = $1 AND user_id = $2 AND remembered_until > $3`,
		id, userID, ms(now))
	if err != nil || !done {
		return false, err
	}
	return true, tx.endWithoutCode(userID)
}

// ForgetAllRemembered makes every browser of a user ask for the code again, ends the
// user's sessions that began without one, and returns how many browsers there were.
func (tx *Tx) ForgetAllRemembered(userID string, now time.Time) (int64, error) {
	n, err := tx.change(`UPDATE browsers SET remembered_until = 0, validator_hash = '' WHERE user_id = $1 AND remembered_until > $2`, userID, ms(now))
	if err != nil {
		return 0, err
	}
	return n, tx.endWithoutCode(userID)
}

// RememberedBrowsers returns the browsers that may skip the code as this user, the
// one used last first.
func (r Reader) RememberedBrowsers(userID string, now time.Time) ([]Browser, error) {
	scan := func(row scanner) (b Browser, err error) {
		var created, used, ends, until int64
		err = row.Scan(&b.ID, &created, &used, &ends, &b.IP, &b.UserAgent, &until)
		b.UserID = userID
		b.Created, b.LastUsed, b.Ends, b.RememberedUntil = at(created), at(used), at(ends), at(until)
		return b, err
	}
	return list(context.Background(), r.q, scan, "reading browsers", `SELECT id, created_at, last_used_at, ends_at, ip, user_agent, remembered_until
		FROM browsers WHERE user_id = $1 AND remembered_until > $2 ORDER BY last_used_at DESC, id`, userID, ms(now))
}
