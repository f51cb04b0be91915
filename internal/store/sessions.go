package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/user"
)

// Session is one signed-in browser.
type Session struct {
	IDHash      string // SHA-256 of the cookie's token; not in lists
	ID          string // names it on pages; stays when the token is renewed
	UserID      string
	CredVersion int64
	Proofs      auth.Proofs
	Created     time.Time
	LastSeen    time.Time
	IdleUntil   time.Time
	Ends        time.Time
	IP          string // in lists only
	UserAgent   string // in lists only
	Flash       string // sealed
	// UnseenOf are the browser and its name in which the user did all that notices tell which they have not seen, as
	// Notice has them, with a space between; "" if there is no notice, or not all are of one. Not in lists.
	UnseenOf string
	// Version is that of DB.Version at the moment when a request looked for the session; not in lists.
	Version string
}

// sessionColumns are what every signed-in request reads, for dest; each text among them
// costs an allocation, so the ones only a list shows are not here.
const sessionColumns = `s.id, s.second_kind, s.flash, s.remembered, s.cred_version,
	s.password_at, s.second_at, s.created_at, s.last_seen_at, s.idle_until, s.ends_at`

// dest is where sessionColumns go.
func (s *Session) dest() []any {
	return []any{&s.ID, &s.Proofs.SecondKind, &s.Flash, (*flag)(&s.Proofs.Remembered), (*number)(&s.CredVersion),
		(*stamp)(&s.Proofs.Password), (*stamp)(&s.Proofs.Second), (*stamp)(&s.Created), (*stamp)(&s.LastSeen),
		(*stamp)(&s.IdleUntil), (*stamp)(&s.Ends)}
}

// sessionByHash is the one SELECT of a signed-in request.
var sessionByHash = &pointRead{`SELECT ` + userColumns + `, ` + sessionColumns + `, CASE WHEN u.notices_unseen = 0 THEN '' ELSE ` + unseenOf + ` END, ` + versionNow + ` FROM sessions s JOIN users u ON u.id = s.user_id
	WHERE s.id_hash = CAST($1 AS TEXT)`}

// SessionByHash returns the session with this token hash and its user. ok is false if
// there is no such session or it ended; whether the user may still use it is for package
// auth to say.
func (r Reader) SessionByHash(hash string, now time.Time) (s Session, u user.User, ok bool, err error) {
	err = r.q.point(sessionByHash, []string{hash}, append(userDest(&u), append(s.dest(), &s.UnseenOf, &s.Version)...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, user.User{}, false, nil
	}
	if err != nil {
		return Session{}, user.User{}, false, unavailable(fmt.Errorf("reading a session: %w", err))
	}
	s.IDHash, s.UserID = hash, u.ID
	return s, u, alive(s, u, now), nil
}

// alive reports whether a session of this user has not ended.
func alive(s Session, u user.User, now time.Time) bool {
	return s.CredVersion == u.CredVersion && now.Before(s.IdleUntil) && now.Before(s.Ends) &&
		now.After(s.LastSeen.Add(-clockSlack)) && u.Active()
}

// clockSlack is how far the clock may be behind a session's last use. Set back
// further, it would make sessions last longer than they may (OT-17), so they end.
const clockSlack = 5 * time.Minute

// maxSessions bounds the sessions of one user; the ones used longest ago go first.
//
//limit:people Sessions of one user
const maxSessions = 50

// AddSession stores a session.
func (tx *Tx) AddSession(s Session) error {
	err := tx.of(s.UserID).exec(`INSERT INTO sessions (id_hash, id, user_id, cred_version, password_at, second_at, second_kind,
			remembered, created_at, last_seen_at, idle_until, ends_at, ip, user_agent, flash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		s.IDHash, s.ID, s.UserID, s.CredVersion, ms(s.Proofs.Password), ms(s.Proofs.Second), s.Proofs.SecondKind, s.Proofs.Remembered,
		ms(s.Created), ms(s.LastSeen), ms(s.IdleUntil), ms(s.Ends), s.IP, s.UserAgent, s.Flash)
	if err != nil {
		return err
	}
	// Never the new one, even if the clock was set back behind all the others.
	return tx.of(s.UserID).exec(`DELETE FROM sessions WHERE user_id = $1 AND id <> $2 AND id NOT IN (
		SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY last_seen_at DESC, id LIMIT $3)`,
		s.UserID, s.ID, maxSessions-1)
}

// RenewSession gives a session of a user a new token, proofs and credential version. The
// old token is dead at once; done is false if it already was.
func (tx *Tx) RenewSession(userID, oldHash, newHash string, credVersion int64, p auth.Proofs) (done bool, err error) {
	return tx.of(userID).once(`UPDATE sessions SET id_hash = $1, cred_version = $2, password_at = $3, second_at = $4,
			second_kind = $5, confirm_tries = 0 WHERE id_hash = $6 AND user_id = $7`,
		newHash, credVersion, ms(p.Password), ms(p.Second), p.SecondKind, oldHash, userID)
}

// TouchSession notes that a session of a user was used.
func (tx *Tx) TouchSession(userID, hash string, now, idleUntil time.Time) error {
	tx.w.recount = true // a command may have closed some
	return tx.of(userID).exec(`UPDATE sessions SET last_seen_at = $1, idle_until = $2 WHERE id_hash = $3 AND user_id = $4`, ms(now), ms(idleUntil), hash, userID)
}

// CountConfirm counts a try to prove oneself inside a session, before anything
// is checked, and returns how many there were.
func (tx *Tx) CountConfirm(hash string) (tries int, err error) {
	err = tx.q.queryRow(`UPDATE sessions SET confirm_tries = confirm_tries + 1 WHERE id_hash = $1
		RETURNING confirm_tries`, hash).Scan(&tries)
	return tries, notFound(err, "session")
}

// GiveConfirmBack takes back one try that CountConfirm counted, because it was right, or
// because nothing was looked at.
func (tx *Tx) GiveConfirmBack(hash string) error {
	return tx.exec(`UPDATE sessions SET confirm_tries = confirm_tries - 1 WHERE id_hash = $1 AND confirm_tries > 0`, hash)
}

// SetFlash stores the sealed message for the next page of a user's session, or clears it.
func (tx *Tx) SetFlash(userID, id, sealed string) error {
	return tx.of(userID).exec(`UPDATE sessions SET flash = $1 WHERE id = $2 AND user_id = $3`, sealed, id, userID)
}

// EndSession ends one session of a user by its public id; done is false if there
// is none, or it is another user's.
func (tx *Tx) EndSession(userID, id string) (done bool, err error) {
	return tx.of(userID).once(`DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, userID)
}

// EndSessions ends every session of a user but the one with the public id
// keepID ("" for none) and returns how many there were.
func (tx *Tx) EndSessions(userID, keepID string) (int64, error) {
	return tx.of(userID).change(`DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, userID, keepID)
}

// DropLapsed removes what is left of a user's sessions that are over because of the time,
// so that those that EndSessions counts were alive.
func (tx *Tx) DropLapsed(userID string, now time.Time) error {
	return tx.of(userID).exec(`DELETE FROM sessions WHERE user_id = $1 AND (idle_until <= $2 OR ends_at <= $2)`, userID, ms(now))
}

// EndRemembered ends every session in which a remembered browser stood in for the
// second factor, of everybody, and makes every browser forget it.
func (tx *Tx) EndRemembered() error {
	if err := tx.exec(`DELETE FROM sessions WHERE remembered = TRUE AND second_at = 0`); err != nil {
		return err
	}
	return tx.exec(`UPDATE browsers SET remembered_until = 0, validator_hash = '' WHERE remembered_until > 0`)
}

// Sessions returns the living sessions of a user, the one used last first.
func (r Reader) Sessions(userID string, now time.Time) ([]Session, error) {
	scan := func(row scanner) (Session, error) {
		s := Session{UserID: userID}
		err := row.Scan(append(s.dest(), &s.IP, &s.UserAgent)...)
		return s, err
	}
	return list(context.Background(), r.q, scan, "reading sessions", `SELECT `+sessionColumns+`, s.ip, s.user_agent FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.user_id = $1 AND s.cred_version = u.cred_version AND s.idle_until > $2 AND s.ends_at > $2
		ORDER BY s.last_seen_at DESC, s.id`, userID, ms(now))
}

// NewCodes is a set of new recovery codes until the person says they are saved.
type NewCodes struct {
	Sealed string
	Made   time.Time
}

// SetNewCodes keeps new recovery codes for one session until ends.
func (tx *Tx) SetNewCodes(sessionID, sealed string, now, ends time.Time) error {
	return tx.exec(`INSERT INTO recovery_sheets (session_id, sealed, made_at, ends_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (session_id) DO UPDATE SET sealed = excluded.sealed, made_at = excluded.made_at, ends_at = excluded.ends_at`,
		sessionID, sealed, ms(now), ms(ends))
}

// NewCodesOf returns the codes a session may still see; ok is false if there are none.
func (r Reader) NewCodesOf(sessionID string, now time.Time) (s NewCodes, ok bool, err error) {
	row := r.q.queryRow(`SELECT sealed, made_at FROM recovery_sheets WHERE session_id = $1 AND ends_at > $2`, sessionID, ms(now))
	return one(row, func(row scanner) (s NewCodes, err error) {
		err = row.Scan(&s.Sealed, (*stamp)(&s.Made))
		return s, err
	}, "reading recovery codes")
}

// DropNewCodes forgets the codes of a session.
func (tx *Tx) DropNewCodes(sessionID string) error {
	return tx.exec(`DELETE FROM recovery_sheets WHERE session_id = $1`, sessionID)
}

// DropSessionByHash ends the session with this token hash, if there is one.
func (tx *Tx) DropSessionByHash(hash string) error {
	return tx.exec(`DELETE FROM sessions WHERE id_hash = $1`, hash)
}

// SessionHolds reports whether a session is still good inside this transaction, with
// the role that its user had when the request was let in.
func (tx *Tx) SessionHolds(id string, role user.Role) (holds bool, err error) {
	err = tx.q.queryRow(`SELECT EXISTS (SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = CAST($1 AS TEXT)
		AND s.cred_version = u.cred_version AND u.disabled = FALSE AND u.deleted_at = 0 AND u.role = $2)`, id, role).Scan(&holds)
	return holds, err
}
