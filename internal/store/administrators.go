package store

import (
	"context"
	"fmt"
	"time"

	"latchkey/internal/user"
)

// The statements here may take away a usable administrator: one who is enabled,
// has a password and, where the policy demands one, an authenticator. Each of
// them carries the guard in its own WHERE clause, so that two administrators who
// demote each other at the same moment cannot both succeed.

// usable is the condition that a row of users, under this alias, is a usable
// administrator.
func usable(alias string, demandsAuthenticator bool) string {
	text := fmt.Sprintf("%[1]s.role = 'admin' AND %[1]s.disabled = FALSE AND %[1]s.deleted_at = 0 AND %[1]s.password_hash IS NOT NULL AND %[1]s.enrol_by_link = FALSE AND %[1]s.password_closed_at = 0", alias)
	if demandsAuthenticator {
		return text + " AND " + alias + ".authenticators > 0"
	}
	return text + fmt.Sprintf(" AND (%[1]s.authenticators > 0 OR %[1]s.must_enrol = FALSE)", alias)
}

// keepsOne holds for a row of users that is not a usable administrator, or not
// the only one.
func keepsOne(demands bool) string {
	return `(NOT (` + usable("users", demands) + `) OR EXISTS (SELECT 1 FROM users o WHERE o.id <> users.id AND ` + usable("o", demands) + `))`
}

// Outcome says what a guarded statement did.
type Outcome int

// The outcomes.
const (
	// Done means that the row was changed.
	Done Outcome = iota
	// NoChange means that the row was not in the state the change starts from.
	NoChange
	// LastAdministrator means that the change would have taken the last usable one.
	LastAdministrator
)

// guarded runs an UPDATE of users with keepsOne added and finds out why it did
// nothing, if it did.
func (tx *Tx) guarded(demands bool, id, update string, args ...any) (Outcome, error) {
	out, err := free(tx.once(update+` AND `+keepsOne(demands), args...))
	if err != nil || out == Done {
		return out, err
	}
	last, err := tx.LastAdministrator(demands, id)
	if err != nil || !last {
		return NoChange, err
	}
	return LastAdministrator, nil
}

// free is the outcome of an UPDATE that takes no usable administrator away and so
// needs no guard.
func free(done bool, err error) (Outcome, error) {
	if err != nil || !done {
		return NoChange, err
	}
	return Done, nil
}

// SetRole gives a user another role.
func (tx *Tx) SetRole(demands bool, id string, role user.Role) (Outcome, error) {
	const update = `UPDATE users SET role = $1, cred_version = cred_version + 1, version = version + 1
		WHERE id = $2 AND role <> $1 AND deleted_at = 0`
	if role == user.RoleAdmin {
		return free(tx.once(update, role, id))
	}
	return tx.guarded(demands, id, update, role, id)
}

// Disable keeps a user from signing in.
func (tx *Tx) Disable(demands bool, id string) (Outcome, error) {
	return tx.guarded(demands, id, `UPDATE users SET disabled = TRUE, cred_version = cred_version + 1, version = version + 1
		WHERE id = $1 AND disabled = FALSE AND deleted_at = 0`, id)
}

// Delete moves a user to the recycle bin.
func (tx *Tx) Delete(demands bool, id string, now time.Time) (Outcome, error) {
	return tx.guarded(demands, id, `UPDATE users SET deleted_at = $1, cred_version = cred_version + 1, version = version + 1
		WHERE id = $2 AND deleted_at = 0`, ms(now), id)
}

// ResetTwoStep takes away every authenticator and recovery code. Until a
// password link is used, the password alone does not lead to a new enrolment. An
// administrator of whom no authenticator is demanded stays usable without one.
func (tx *Tx) ResetTwoStep(demands bool, id string) (Outcome, error) {
	const update = `UPDATE users SET authenticators = 0, codes_left = 0, enrol_by_link = TRUE, cred_version = cred_version + 1
		WHERE id = $1 AND deleted_at = 0`
	out, err := tx.guarded(demands, id, update, id)
	if err != nil || out != Done {
		return out, err
	}
	for _, table := range []string{"authenticators", "pending_authenticators", "recovery_codes"} {
		if err := tx.exec(`DELETE FROM `+table+` WHERE user_id = $1`, id); err != nil {
			return out, err
		}
	}
	return Done, nil
}

// ClosePassword makes the password worthless until a new one is set through a link:
// its owner says that somebody else used it.
func (tx *Tx) ClosePassword(demands bool, id string, now time.Time) (Outcome, error) {
	return tx.guarded(demands, id, `UPDATE users SET password_closed_at = $1, cred_version = cred_version + 1
		WHERE id = $2 AND password_closed_at = 0 AND deleted_at = 0`, ms(now), id)
}

// CountClosed counts the users whose password opens nothing because they said of a
// change "this was not me".
func (r Reader) CountClosed() (n int, err error) {
	if err = r.q.queryRow(`SELECT count(*) FROM users WHERE password_closed_at > 0 AND deleted_at = 0`).Scan(&n); err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// Enable lets a disabled user sign in again.
func (tx *Tx) Enable(id string) (done bool, err error) {
	return tx.once(`UPDATE users SET disabled = FALSE, version = version + 1 WHERE id = $1 AND disabled = TRUE AND deleted_at = 0`, id)
}

// Restore brings a user back from the recycle bin.
func (tx *Tx) Restore(id string) (done bool, err error) {
	return tx.once(`UPDATE users SET deleted_at = 0, version = version + 1 WHERE id = $1 AND deleted_at > 0`, id)
}

// UsableAdministrators counts administrators who could really sign in.
func (r Reader) UsableAdministrators(demands bool) (n int, err error) {
	if err = r.q.queryRow(`SELECT count(*) FROM users u WHERE ` + usable("u", demands)).Scan(&n); err != nil {
		return 0, unavailable(err)
	}
	return n, nil
}

// LastAdministrator reports whether this user is the only usable administrator,
// for pages that say beforehand what the guard would refuse.
func (r Reader) LastAdministrator(demands bool, id string) (last bool, err error) {
	err = r.q.queryRow(`SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND NOT `+keepsOne(demands)+`)`, id).Scan(&last)
	if err != nil {
		return false, unavailable(err)
	}
	return last, nil
}

// Administrators returns every administrator who is neither disabled nor deleted.
func (r Reader) Administrators() ([]user.User, error) {
	scan := func(row scanner) (user.User, error) { return scanUser(row) }
	return list(context.Background(), r.q, scan, "reading users", `SELECT `+userColumns+` FROM users u
		WHERE u.role = 'admin' AND u.disabled = FALSE AND u.deleted_at = 0 ORDER BY u.sort_key`)
}

// RequireEnrolment demands two-step verification of a user, whatever the policy says.
// An administrator without an authenticator cannot really sign in from then on, so
// the last usable one is guarded.
func (tx *Tx) RequireEnrolment(demands bool, id string) (Outcome, error) {
	const update = `UPDATE users SET must_enrol = TRUE, version = version + 1 WHERE id = $1 AND must_enrol = FALSE AND deleted_at = 0`
	out, err := free(tx.once(update+` AND authenticators > 0`, id))
	if err != nil || out == Done {
		return out, err
	}
	return tx.guarded(demands, id, update+` AND authenticators = 0`, id)
}

// LiftEnrolment leaves it to the policy again whether the user needs two-step
// verification.
func (tx *Tx) LiftEnrolment(id string) (done bool, err error) {
	return tx.once(`UPDATE users SET must_enrol = FALSE, version = version + 1 WHERE id = $1 AND must_enrol = TRUE AND deleted_at = 0`, id)
}
