package store

import (
	"context"
	"time"
)

// Authenticator is an enrolled authenticator app.
type Authenticator struct {
	ID       string
	UserID   string
	Label    string
	Sealed   string // the secret, sealed under user id and this id
	LastStep int64  // time step of the newest code accepted (RFC 6238)
	Created  time.Time
	LastUsed time.Time
	// Drift is how far ahead the phone's clock was when its last code was read, in
	// whole time steps.
	Drift time.Duration
}

// Authenticators returns a user's authenticators, the oldest first.
func (r Reader) Authenticators(userID string) ([]Authenticator, error) {
	scan := func(row scanner) (Authenticator, error) {
		var a Authenticator
		var created, used, drift int64
		err := row.Scan(&a.ID, &a.UserID, &a.Label, &a.Sealed, &a.LastStep, &created, &used, &drift)
		a.Created, a.LastUsed, a.Drift = at(created), at(used), time.Duration(drift)*time.Second
		return a, err
	}
	return list(context.Background(), r.q, scan, "reading authenticators", `SELECT id, user_id, label, sealed, last_step, created_at, last_used_at, drift
		FROM authenticators WHERE user_id = $1 ORDER BY created_at, id`, userID)
}

// SetDrift notes how far ahead the phone's clock is; it decides nothing.
func (tx *Tx) SetDrift(id string, drift time.Duration) error {
	return tx.exec(`UPDATE authenticators SET drift = $1 WHERE id = $2`, int64(drift/time.Second), id)
}

// AddAuthenticator stores a confirmed authenticator.
func (tx *Tx) AddAuthenticator(a Authenticator) error {
	err := tx.exec(`INSERT INTO authenticators (id, user_id, label, sealed, last_step, created_at, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.ID, a.UserID, a.Label, a.Sealed, a.LastStep, ms(a.Created), ms(a.LastUsed))
	if err != nil {
		return err
	}
	return tx.recount(a.UserID)
}

// RemoveAuthenticator removes one of a user's authenticators. keepOne refuses to
// remove the last one, and so does an administrator's demand of this very user.
func (tx *Tx) RemoveAuthenticator(userID, id string, keepOne bool) (done bool, err error) {
	done, err = tx.once(`DELETE FROM authenticators WHERE id = $1 AND user_id = $2
		AND (NOT ($3 OR EXISTS (SELECT 1 FROM users WHERE id = $2 AND must_enrol = TRUE))
			OR EXISTS (SELECT 1 FROM authenticators WHERE user_id = $2 AND id <> $1))`, id, userID, keepOne)
	if err != nil || !done {
		return false, err
	}
	return true, tx.recount(userID)
}

// RemoveOtherAuthenticators removes every authenticator of a user but one, and
// returns the names of those that went.
func (tx *Tx) RemoveOtherAuthenticators(userID, keepID string) ([]string, error) {
	labels, err := list(context.Background(), tx.q, single[string], "reading authenticators", `DELETE FROM authenticators WHERE user_id = $1 AND id <> $2 RETURNING label`, userID, keepID)
	if err != nil {
		return nil, err
	}
	return labels, tx.recount(userID)
}

// recount brings the counts kept with the user up to date; they are kept there so
// that a signed-in request and the user list need no second table.
func (tx *Tx) recount(userID string) error {
	return tx.of(userID).exec(`UPDATE users SET
			authenticators = (SELECT count(*) FROM authenticators WHERE user_id = $1),
			codes_left = (SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL)
		WHERE id = $1`, userID)
}

// RenameAuthenticator changes a label.
func (tx *Tx) RenameAuthenticator(userID, id, label string) (done bool, err error) {
	return tx.once(`UPDATE authenticators SET label = $1 WHERE id = $2 AND user_id = $3`, label, id, userID)
}

// UseStep uses up the code of a time step, and with it every earlier one. done is
// true for exactly one caller; false means that this code or a later one was
// used before. Reading last_step first and writing afterwards would let the same
// code through more than once in almost every parallel round.
//
// A newest step that lies more than 30 days ahead comes from a clock that was wrong. It would
// keep the user out until that time; so codes then count from the one before it, and what was used
// before the clock went wrong stays used (OT-17). A clock that was set back by less lets nobody
// use anything again.
func (tx *Tx) UseStep(id string, step int64, now time.Time) (done bool, err error) {
	return tx.once(`UPDATE authenticators SET
			step_before = CASE WHEN last_step < $1 OR last_step > $2 THEN last_step ELSE step_before END,
			last_step = $2, last_used_at = $3
		WHERE id = $4 AND step_before <> $2
			AND (last_step < $2 OR (last_step > $5 AND (step_before < $2 OR step_before > $5)))`,
		step-wrongClockSteps, step, ms(now), id, step+wrongClockSteps)
}

// wrongClockSteps is from how many steps of 30 seconds on a newest step is taken for one of a
// clock that was wrong, 30 days: people are away for longer, but no code is used so long
// before its time.
const wrongClockSteps = 30 * 24 * 60 * 2

// PendingAuthenticator is an enrolment that waits for its first code.
type PendingAuthenticator struct {
	ID     string
	UserID string
	Owner  string // names the session or pending sign-in that began it
	Sealed string
	Ends   time.Time
}

// PendingAuthenticator returns a user's enrolment in progress; ok is false if
// there is none or its time is over.
func (r Reader) PendingAuthenticator(userID string, now time.Time) (p PendingAuthenticator, ok bool, err error) {
	row := r.q.queryRow(`SELECT id, user_id, owner, sealed, ends_at FROM pending_authenticators WHERE user_id = $1 AND ends_at > $2`, userID, ms(now))
	return one(row, func(row scanner) (p PendingAuthenticator, err error) {
		err = row.Scan(&p.ID, &p.UserID, &p.Owner, &p.Sealed, (*stamp)(&p.Ends))
		return p, err
	}, "reading an enrolment")
}

// SetPendingAuthenticator starts an enrolment; one in progress is replaced.
func (tx *Tx) SetPendingAuthenticator(p PendingAuthenticator) error {
	return tx.exec(`INSERT INTO pending_authenticators (user_id, id, owner, sealed, ends_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, owner = excluded.owner, sealed = excluded.sealed, ends_at = excluded.ends_at`,
		p.UserID, p.ID, p.Owner, p.Sealed, ms(p.Ends))
}

// DropPendingAuthenticator ends a user's enrolment in progress, no matter who began it.
func (tx *Tx) DropPendingAuthenticator(userID string) error {
	return tx.exec(`DELETE FROM pending_authenticators WHERE user_id = $1`, userID)
}

// TakePendingAuthenticator ends the enrolment with this id; taken is true for
// exactly one caller, and false if another enrolment took its place.
func (tx *Tx) TakePendingAuthenticator(userID, id string) (taken bool, err error) {
	return tx.once(`DELETE FROM pending_authenticators WHERE user_id = $1 AND id = $2`, userID, id)
}

// SetRecoveryCodes replaces all recovery codes of a user.
func (tx *Tx) SetRecoveryCodes(userID string, macs []string, now time.Time) error {
	if err := tx.exec(`DELETE FROM recovery_codes WHERE user_id = $1`, userID); err != nil {
		return err
	}
	for _, mac := range macs {
		err := tx.exec(`INSERT INTO recovery_codes (user_id, mac, created_at) VALUES ($1, $2, $3)`, userID, mac, ms(now))
		if err != nil {
			return err
		}
	}
	if err := tx.of(userID).exec(`UPDATE users SET codes_tried_at = 0 WHERE id = $1`, userID); err != nil {
		return err
	}
	return tx.recount(userID)
}

// HasRecoveryCode reports whether the user has an unused code with this MAC.
// Looking uses nothing up.
func (r Reader) HasRecoveryCode(userID, mac string) (has bool, err error) {
	err = r.q.queryRow(`SELECT EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = $1 AND mac = $2 AND used_at IS NULL)`,
		userID, mac).Scan(&has)
	if err != nil {
		return false, unavailable(err)
	}
	return has, nil
}

// UseRecoveryCode uses up the code with this MAC; done is true for exactly one
// caller, and only for the code's own user.
func (tx *Tx) UseRecoveryCode(userID, mac string, now time.Time) (done bool, err error) {
	done, err = tx.once(`UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND mac = $3 AND used_at IS NULL`,
		ms(now), userID, mac)
	if err != nil || !done {
		return false, err
	}
	if err := tx.TriedRecoveryCode(userID, now); err != nil {
		return false, err
	}
	return true, tx.recount(userID)
}

// RecoveryCodes counts a user's recovery codes: all, and those not used.
func (r Reader) RecoveryCodes(userID string) (total, left int, err error) {
	err = r.q.queryRow(`SELECT count(*), count(*) - count(used_at) FROM recovery_codes WHERE user_id = $1`, userID).
		Scan(&total, &left)
	if err != nil {
		return 0, 0, unavailable(err)
	}
	return total, left, nil
}

// DropRecoveryCodes removes every recovery code of a user.
func (tx *Tx) DropRecoveryCodes(userID string) error {
	if err := tx.exec(`DELETE FROM recovery_codes WHERE user_id = $1`, userID); err != nil {
		return err
	}
	return tx.recount(userID)
}

// RaiseCredVersion ends what was issued against the credentials so far.
func (tx *Tx) RaiseCredVersion(userID string) (version int64, err error) {
	err = tx.of(userID).q.queryRow(`UPDATE users SET cred_version = cred_version + 1 WHERE id = $1 RETURNING cred_version`, userID).Scan(&version)
	return version, notFound(err, "user")
}

// AllowEnrolment lets the password lead to an enrolment again, after a link was used.
func (tx *Tx) AllowEnrolment(userID string) error {
	return tx.of(userID).exec(`UPDATE users SET enrol_by_link = FALSE WHERE id = $1`, userID)
}
