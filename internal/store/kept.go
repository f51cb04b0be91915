package store

import (
	"time"
)

// KeptForm is what somebody typed into a form that could not be used yet, because a
// proof was asked for first. It belongs to one session and to the page that shows the
// form, and goes with the session.
type KeptForm struct {
	SessionID string // the public id
	Path      string // of the page
	Sealed    string
	Kept      time.Time
	Ends      time.Time
}

// maxKept bounds the forms that wait for one session; the oldest go first.
//
//limit:people Forms that wait for one session while somebody proves who they are
const maxKept = 5

// KeepForm stores a form, in place of the one that waited for this page; kept is false
// if the session's row is gone. The session need not be alive: one that was idle too
// long keeps what its owner was typing until they have signed in again.
func (tx *Tx) KeepForm(f KeptForm) (kept bool, err error) {
	kept, err = tx.once(`INSERT INTO kept_forms (session_id, path, sealed, kept_at, ends_at)
		SELECT s.id, $1, $2, $3, $4 FROM sessions s WHERE s.id = $5
		ON CONFLICT (session_id, path) DO UPDATE SET sealed = excluded.sealed, kept_at = excluded.kept_at, ends_at = excluded.ends_at`,
		f.Path, f.Sealed, ms(f.Kept), ms(f.Ends), f.SessionID)
	if err != nil || !kept {
		return false, err
	}
	return true, tx.exec(`DELETE FROM kept_forms WHERE session_id = $1 AND path <> $2 AND path NOT IN (
		SELECT path FROM kept_forms WHERE session_id = $1 AND path <> $2 ORDER BY kept_at DESC, path LIMIT $3)`, f.SessionID, f.Path, maxKept-1)
}

// KeptForm returns the form that waits for a page in a session; ok is false if there is
// none or its time is over.
func (r Reader) KeptForm(sessionID, path string, now time.Time) (f KeptForm, ok bool, err error) {
	f = KeptForm{SessionID: sessionID, Path: path}
	f.Sealed, ok, err = one(r.q.queryRow(`SELECT sealed FROM kept_forms WHERE session_id = $1 AND path = $2 AND ends_at > $3`,
		sessionID, path, ms(now)), single[string], "reading a kept form")
	return f, ok, err
}

// DropKeptForm forgets the form that waits for a page in a session.
func (tx *Tx) DropKeptForm(sessionID, path string) error {
	return tx.exec(`DELETE FROM kept_forms WHERE session_id = $1 AND path = $2`, sessionID, path)
}

// MoveKeptForms gives what waits for the session with this token hash to the session
// that took its place, if both are of this user. In anybody else's hands it is gone with
// the old session.
func (tx *Tx) MoveKeptForms(oldHash, sessionID, userID string) error {
	return tx.exec(`UPDATE kept_forms SET session_id = $1
		WHERE session_id IN (SELECT s.id FROM sessions s WHERE s.id_hash = $2 AND s.user_id = $3)`, sessionID, oldHash, userID)
}
