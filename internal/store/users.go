package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// userColumns are read by userDest in this order.
const userColumns = `u.id, u.username, u.name, u.email, u.email_pending, u.role, u.theme, u.time_zone,
	u.email_confirmed, u.disabled, u.password_hash IS NOT NULL, u.enrol_by_link, u.must_enrol,
	u.authenticators, u.codes_left, u.notices_unseen, u.cred_version, u.version,
	u.created_at, u.password_changed_at, u.last_sign_in_at, u.deleted_at, u.locked_until, u.codes_tried_at, u.password_closed_at, u.invited_until, u.admin_until`

// userDest is where userColumns go, with room for as many more as anybody reads with them.
func userDest(u *user.User) []any {
	return append(make([]any, 0, 40), &u.ID, &u.Username, &u.Name, &u.Email, &u.EmailPending, (*string)(&u.Role), (*string)(&u.Theme), &u.TimeZone,
		(*flag)(&u.EmailConfirmed), (*flag)(&u.Disabled), (*flag)(&u.HasPassword), (*flag)(&u.EnrolByLink), (*flag)(&u.MustEnrol),
		(*count)(&u.Authenticators), (*count)(&u.CodesLeft), (*count)(&u.Notices), (*number)(&u.CredVersion), (*number)(&u.Version),
		(*stamp)(&u.Created), (*stamp)(&u.PasswordChanged), (*stamp)(&u.LastSignIn), (*stamp)(&u.DeletedAt),
		(*stamp)(&u.LockedUntil), (*stamp)(&u.CodesTried), (*stamp)(&u.PasswordClosed), (*stamp)(&u.InvitedUntil), (*stamp)(&u.AdminUntil))
}

func scanUser(row scanner, more ...any) (u user.User, err error) {
	err = row.Scan(append(userDest(&u), more...)...)
	return u, err
}

// User returns the user with this id, deleted ones too, or a problem.NotFound.
func (r Reader) User(id string) (user.User, error) {
	u, err := scanUser(r.q.queryRow(`SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id))
	return u, notFound(err, "user")
}

// UserByName returns the user with this canonical user name, or a problem.NotFound.
func (r Reader) UserByName(name string) (user.User, error) {
	u, err := scanUser(r.q.queryRow(`SELECT `+userColumns+` FROM users u WHERE u.username = $1`, name))
	return u, notFound(err, "user")
}

// NewUser is a user to be added. Its texts have passed the rules of package user.
type NewUser struct {
	ID, Username, Name   string
	Email, EmailKey      string
	EmailConfirmed       bool
	Role                 user.Role
	Disabled             bool
	Hash                 string // "" until an invitation is followed
	CreatedAt, ChangedAt time.Time
}

// AddUser adds a user. A user name or address that is taken is a
// problem.Invalid with that field.
func (tx *Tx) AddUser(n NewUser) error {
	if err := tx.NamesTaken(n.Username, n.EmailKey, n.ID); err != nil {
		return err
	}
	return tx.AddFree(n)
}

// AddFree adds a user whose names TakenEach has found free in this transaction.
func (tx *Tx) AddFree(n NewUser) error {
	return tx.exec(`INSERT INTO users (id, username, name, sort_key, search_text, email, email_key, email_confirmed, role,
			disabled, password_hash, hash_profile, password_changed_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		n.ID, n.Username, n.Name, user.SortKey(n.Name, n.Username), user.SearchText(n.Username, n.Name, n.Email), n.Email, null(n.EmailKey), n.EmailConfirmed, n.Role,
		n.Disabled, null(n.Hash), password.Profile(n.Hash), ms(n.ChangedAt), ms(n.CreatedAt))
}

// AddFirstAdministrator adds n if no administrator exists; added is false if
// somebody was faster.
func (tx *Tx) AddFirstAdministrator(n NewUser) (added bool, err error) {
	if err := tx.NamesTaken(n.Username, n.EmailKey, n.ID); err != nil {
		return false, err
	}
	return tx.once(`INSERT INTO users (id, username, name, sort_key, search_text, email, email_key, email_confirmed, role,
			password_hash, hash_profile, password_changed_at, created_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'admin', $9, $10, $11, $12
		WHERE NOT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND deleted_at = 0)`,
		n.ID, n.Username, n.Name, user.SortKey(n.Name, n.Username), user.SearchText(n.Username, n.Name, n.Email), n.Email,
		null(n.EmailKey), n.EmailConfirmed, null(n.Hash), password.Profile(n.Hash), ms(n.ChangedAt), ms(n.CreatedAt))
}

// Holder is the cause of a problem of a name that somebody else has. It is for
// administrators: anybody else who tries a name may not learn whose it is.
type Holder struct {
	ID, Username, Name string
	Deleted            bool // in the recycle bin
}

// Error names the holder, for the log.
func (h *Holder) Error() string { return "it is " + h.Username + "'s" }

// NamesTaken returns a problem of each of the two that another user has, with a Holder
// as its cause; empty ones are nobody's.
func (r Reader) NamesTaken(username, emailKey, id string) error {
	byName, err := r.holder(holderByName, username, id, nameTaken)
	if err != nil {
		return err
	}
	byEmail, err := r.holder(holderByEmail, emailKey, id, emailTaken)
	if err != nil {
		return err
	}
	return errors.Join(byName, byEmail)
}

const (
	holderByName  = `SELECT u.id, u.username, u.name, u.deleted_at > 0 FROM users u WHERE u.username = $1 AND u.id <> $2`
	holderByEmail = `SELECT u.id, u.username, u.name, u.deleted_at > 0 FROM users u WHERE u.email_key = $1 AND u.id <> $2`
)

func nameTaken(h *Holder) *problem.Problem {
	p := problem.Field("username", "That username is taken")
	p.Err = h
	return p
}

func emailTaken(h *Holder) *problem.Problem {
	p := problem.Field("email", "Another user has this email address")
	p.Err = h
	return p
}

func scanHolder(row scanner) (h Holder, err error) {
	err = row.Scan(&h.ID, &h.Username, &h.Name, &h.Deleted)
	return h, err
}

// holder returns the problem if the statement finds a user with the name, other than id.
func (r Reader) holder(text, name, id string, taken func(*Holder) *problem.Problem) (found, err error) {
	h, err := scanHolder(r.q.queryRow(text, name, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return taken(&h), err
}

// HasAdministrator reports whether any administrator exists, able to sign in or not.
func (r Reader) HasAdministrator() (bool, error) {
	var yes bool
	err := r.q.queryRow(`SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND deleted_at = 0)`).Scan(&yes)
	if err != nil {
		return false, unavailable(fmt.Errorf("looking for an administrator: %w", err))
	}
	return yes, nil
}

// Edit is a change of what people see of a user.
type Edit struct {
	ID              string
	Version         int64 // the version that was edited
	Username, Name  string
	Email, EmailKey string
	EmailConfirmed  bool
	EmailPending    string // waits for its confirmation
}

// EditUser applies an edit if the user still has the version that was edited;
// done is false if somebody else was faster. Names that are taken are a
// problem.Invalid.
func (tx *Tx) EditUser(e Edit) (done bool, err error) {
	if err := tx.NamesTaken(e.Username, e.EmailKey, e.ID); err != nil {
		return false, err
	}
	return tx.once(`UPDATE users SET username = $1, name = $2, sort_key = $3, search_text = $4, email = $5, email_key = $6,
			email_confirmed = $7, email_pending = $8, version = version + 1
		WHERE id = $9 AND version = $10 AND deleted_at = 0`,
		e.Username, e.Name, user.SortKey(e.Name, e.Username), user.SearchText(e.Username, e.Name, e.Email), e.Email, null(e.EmailKey), e.EmailConfirmed, e.EmailPending, e.ID, e.Version)
}

// SetAppearance stores how a user wants pages to look, and in which zone times are.
func (tx *Tx) SetAppearance(id string, theme user.Theme, zone string) error {
	return tx.of(id).exec(`UPDATE users SET theme = $1, time_zone = $2 WHERE id = $3`, string(theme), zone, id)
}

// SignedIn notes the time of a full sign-in.
func (tx *Tx) SignedIn(id string, now time.Time) error {
	return tx.of(id).exec(`UPDATE users SET last_sign_in_at = $1, locked_until = 0 WHERE id = $2`, ms(now), id)
}

// SetLockedUntil notes until when a user's tries are refused, for the user list.
func (tx *Tx) SetLockedUntil(id string, until time.Time) error {
	return tx.of(id).exec(`UPDATE users SET locked_until = $1 WHERE id = $2`, ms(until), id)
}

// PurgeDeleted removes users from the recycle bin who were put there before the
// given time, and returns them.
func (tx *Tx) PurgeDeleted(before time.Time) ([]user.User, error) {
	tx.recountRequests() // theirs go with them
	// RETURNING knows no alias of the table in SQLite.
	columns := strings.ReplaceAll(userColumns, "u.", "")
	scan := func(row scanner) (user.User, error) { return scanUser(row) }
	return list(context.Background(), tx.q, scan, "reading users", `DELETE FROM users WHERE deleted_at > 0 AND deleted_at < $1
		RETURNING `+columns, ms(before))
}

// TriedRecoveryCode notes that a recovery code of the user was right.
func (tx *Tx) TriedRecoveryCode(id string, now time.Time) error {
	return tx.of(id).exec(`UPDATE users SET codes_tried_at = $1 WHERE id = $2`, ms(now), id)
}

// AddressReached notes that something mailed to the address arrived at the user, if
// it is still the user's address.
func (tx *Tx) AddressReached(id, email string) error {
	return tx.exec(`UPDATE users SET email_confirmed = TRUE, version = version + 1
		WHERE id = $1 AND email = $2 AND email <> '' AND email_confirmed = FALSE`, id, email)
}

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
