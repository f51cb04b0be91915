package store

import (
	"time"
)

// ViewGrant lets an administrator see a user's own pages, in one session, until it ends.
// It is a licence to read and nothing else: no session and no visitor is made of it.
type ViewGrant struct {
	SessionID string // the public id of the administrator's session
	UserID    string
	Ends      time.Time
}

// SetViewGrant stores a grant. It replaces the one that the session had.
func (tx *Tx) SetViewGrant(l ViewGrant) error {
	return tx.exec(`INSERT INTO looks (session_id, user_id, ends_at) VALUES ($1, $2, $3)
		ON CONFLICT (session_id) DO UPDATE SET user_id = excluded.user_id, ends_at = excluded.ends_at`,
		l.SessionID, l.UserID, ms(l.Ends))
}

// ViewGrantOf returns the grant that a session has for this user; ok is false if there is
// none, it is over, or it is for somebody else.
func (r Reader) ViewGrantOf(sessionID, userID string, now time.Time) (l ViewGrant, ok bool, err error) {
	row := r.q.queryRow(`SELECT ends_at FROM looks WHERE session_id = $1 AND user_id = $2 AND ends_at > $3`, sessionID, userID, ms(now))
	return one(row, func(row scanner) (ViewGrant, error) {
		l := ViewGrant{SessionID: sessionID, UserID: userID}
		err := row.Scan((*stamp)(&l.Ends))
		return l, err
	}, "reading a grant to view")
}

// EndViewGrant ends the grant of a session and returns whom it was for; "" if there was none.
func (tx *Tx) EndViewGrant(sessionID string) (userID string, err error) {
	userID, _, err = one(tx.q.queryRow(`DELETE FROM looks WHERE session_id = $1 RETURNING user_id`, sessionID), single[string], "ending a grant to view")
	return userID, err
}
