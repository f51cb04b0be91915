package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/user"
)

// Pending is a pending sign-in: the password was accepted or a link followed,
// and Stage says which pages it reaches. It is not a session and never becomes
// one: finishing it deletes it.
type Pending struct {
	IDHash      string
	UserID      string
	CredVersion int64
	Stage       auth.Step
	Tries       int
	PasswordAt  time.Time
	Ends        time.Time
	Next        string
	LinkHash    string
	// Counted is the network that the right password is still counted for; "" if it
	// is counted for none.
	Counted string
	// Outlives says that it came from a living link that only takes something back. Set
	// by reading.
	Outlives bool
}

// MaxPending is how many pending sign-ins of one user there may be, 100, so that somebody who
// knows a password fills no table. With one more the oldest goes of the link, or of the
// network that began the most of them with the password: nobody can crowd out what was
// begun elsewhere, since somebody who knows only the password, or holds only a link, would keep
// the owner out.
//
//limit:people Sign-ins of one user that wait for a code
const MaxPending = 100

// AddPending stores a pending sign-in.
func (tx *Tx) AddPending(p Pending) error {
	err := tx.exec(`INSERT INTO pending_sign_ins (id_hash, user_id, cred_version, stage, password_at, ends_at, next, link_hash, counted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.IDHash, p.UserID, p.CredVersion, p.Stage, ms(p.PasswordAt), ms(p.Ends), p.Next, p.LinkHash, p.Counted)
	if err != nil {
		return err
	}
	return tx.exec(`DELETE FROM pending_sign_ins WHERE id_hash IN (
		SELECT p.id_hash FROM pending_sign_ins p
		JOIN (SELECT link_hash, counted, count(*) AS n FROM pending_sign_ins WHERE user_id = $1 GROUP BY link_hash, counted) g
			ON g.link_hash = p.link_hash AND g.counted = p.counted
		WHERE p.user_id = $1 AND p.id_hash <> $2 ORDER BY g.n DESC, p.ends_at
		LIMIT (SELECT CASE WHEN count(*) > $3 THEN count(*) - $3 ELSE 0 END FROM pending_sign_ins WHERE user_id = $1))`, p.UserID, p.IDHash, MaxPending)
}

// PendingByHash returns a living pending sign-in and its user. ok is false if
// there is none, it ran out, or a credential changed since it was issued; one that
// came from a link that only takes something back outlives that, as the link does:
// somebody who took over could otherwise hold off the owner who clicks, by changing the password
// once more.
func (r Reader) PendingByHash(hash string, now time.Time) (p Pending, u user.User, ok bool, err error) {
	var password, ends int64
	row := r.q.queryRow(`SELECT `+userColumns+`, p.id_hash, p.user_id, p.cred_version, p.stage, p.tries, p.password_at,
			p.ends_at, p.next, p.link_hash, p.counted, p.link_hash IN (`+takingBack+`)
		FROM pending_sign_ins p JOIN users u ON u.id = p.user_id WHERE p.id_hash = CAST($1 AS TEXT)`, hash)
	u, err = scanUser(row, &p.IDHash, &p.UserID, &p.CredVersion, &p.Stage, &p.Tries, &password, &ends, &p.Next, &p.LinkHash,
		&p.Counted, &p.Outlives)
	if errors.Is(err, sql.ErrNoRows) {
		return p, u, false, nil
	}
	if err != nil {
		return p, u, false, unavailable(fmt.Errorf("reading a pending sign-in: %w", err))
	}
	p.PasswordAt, p.Ends = at(password), at(ends)
	alive := (p.Outlives || p.CredVersion == u.CredVersion) && now.Before(p.Ends) && p.Ends.Before(now.Add(pendingAtMost)) && p.Tries <= PendingTries && u.Active()
	return p, u, alive, nil
}

// pendingAtMost is clockSlack more than any pending sign-in lasts, which is ten minutes: one that lasts
// longer was begun by a clock that was ahead (OT-17).
const pendingAtMost = 10*time.Minute + clockSlack

// PendingTries is how many codes a pending sign-in may try, of both kinds together, 5;
// after that the password has to be given again. So a sign-in that was left open is no
// place for guessing.
const PendingTries = 5

// CountPending counts a try of a pending sign-in before the code is looked at;
// counted is false if the sign-in is gone or has used up its tries.
func (tx *Tx) CountPending(hash string) (counted bool, err error) {
	return tx.once(`UPDATE pending_sign_ins SET tries = tries + 1 WHERE id_hash = $1 AND tries < $2`, hash, PendingTries)
}

// ShutPending lets no further try of a pending sign-in begin: it is over for anyone who
// comes with it. Those that were counted before go on: of many codes at once the right
// one, if it was among the first, still signs in (AU-01).
func (tx *Tx) ShutPending(hash string) error {
	return tx.exec(`UPDATE pending_sign_ins SET tries = $1 WHERE id_hash = $2`, PendingTries+1, hash)
}

// TakePending ends a pending sign-in; taken is true for exactly one caller.
func (tx *Tx) TakePending(hash string) (taken bool, err error) {
	return tx.once(`DELETE FROM pending_sign_ins WHERE id_hash = $1`, hash)
}

// DropPending ends every pending sign-in of a user but those from links that only take
// something back.
func (tx *Tx) DropPending(userID string) error {
	return tx.exec(`DELETE FROM pending_sign_ins AS p WHERE p.user_id = $1 AND p.link_hash NOT IN (`+takingBack+`)`, userID)
}

// takingBack are the links of the user of p that only take something back.
const takingBack = `SELECT l.token_hash FROM links l WHERE l.user_id = p.user_id AND l.purpose IN ('not-me', 'cancel')`

// DropExpired removes every row whose time is over: sessions, pending sign-ins,
// links, sheets, known browsers, mail, notices, requests, windows of limits.
func (tx *Tx) DropExpired(now time.Time) error {
	for _, statement := range []string{
		// One that was idle too long is no session any more, but its row is still known as its
		// owner's, who may be in the middle of a form (KeepForm).
		`DELETE FROM sessions WHERE ends_at < $1`,
		`DELETE FROM kept_forms WHERE ends_at < $1`,
		// Somebody who comes an hour too late is told that it took too long.
		`DELETE FROM pending_sign_ins WHERE ends_at < CAST($1 AS BIGINT) - 3600000`,
		`DELETE FROM pending_authenticators WHERE ends_at < $1`,
		`DELETE FROM recovery_sheets WHERE ends_at < $1`,
		`DELETE FROM handover_codes WHERE ends_at < $1`,
		`DELETE FROM looks WHERE ends_at < $1`,
		// Somebody who follows a link a month too late is told so.
		`DELETE FROM links WHERE ends_at < CAST($1 AS BIGINT) - 2592000000`,
		`DELETE FROM ended_links WHERE kept_until < $1`,
		`DELETE FROM browsers WHERE ends_at < $1`,
		`DELETE FROM mails WHERE failed_at = 0 AND ends_at < $1`,
		// What could not be sent is shown to the administrators for 30 days.
		`DELETE FROM mails WHERE failed_at > 0 AND failed_at < CAST($1 AS BIGINT) - 2592000000`,
		// Notices are the user's for 90 days, decided requests for a year.
		`DELETE FROM notices WHERE at < CAST($1 AS BIGINT) - 7776000000`,
		`DELETE FROM requests WHERE made_at < CAST($1 AS BIGINT) - 31536000000`,
		`DELETE FROM approvals WHERE made_at < CAST($1 AS BIGINT) - 31536000000`,
		// A process writes when it begins, and a number counts for the seconds of one commit.
		`DELETE FROM nodes WHERE seen_at < CAST($1 AS BIGINT) - 2592000000`,
		`DELETE FROM limits WHERE window_ends > 0 AND window_ends < $1 AND blocked_until < $1`,
		// Tries in a row of people and browsers that have not been seen for 90 days.
		`DELETE FROM limits WHERE changed_at < CAST($1 AS BIGINT) - 7776000000`,
	} {
		if err := tx.exec(statement, ms(now)); err != nil {
			return err
		}
	}
	return nil
}
