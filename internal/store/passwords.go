package store

import (
	"context"
	"fmt"
	"time"

	"latchkey/internal/password"
	"latchkey/internal/user"
)

// Login is what signing in needs of a user. The hash stays out of user.User, so
// that it cannot reach a page.
type Login struct {
	User user.User
	Hash string // "" if there is no password
}

// openHash is the password hash while the password opens anything. A password that its
// owner closed looks like that of somebody who never had a password.
const openHash = `CASE WHEN u.password_closed_at > 0 THEN '' ELSE coalesce(u.password_hash, '') END`

// LoginByName finds a user by canonical user name or canonical address. ok is
// false if there is none; that is not an error.
func (r Reader) LoginByName(name string) (l Login, ok bool, err error) {
	return r.login(`SELECT `+userColumns+`, `+openHash+` FROM users u
		WHERE u.username = $1 OR u.email_key = $1 LIMIT 1`, name)
}

// LoginByID is LoginByName for a known user.
func (r Reader) LoginByID(id string) (l Login, ok bool, err error) {
	return r.login(`SELECT `+userColumns+`, `+openHash+` FROM users u WHERE u.id = $1`, id)
}

func (r Reader) login(text, arg string) (l Login, ok bool, err error) {
	return one(r.q.queryRow(text, arg), func(row scanner) (l Login, err error) {
		l.User, err = scanUser(row, &l.Hash)
		return l, err
	}, "reading a user")
}

// ClosedHash returns the hash of a password that its owner closed, to refuse the same
// one; "" if the password is open.
func (r Reader) ClosedHash(id string) (hash string, err error) {
	err = r.q.queryRow(`SELECT coalesce(max(password_hash), '') FROM users WHERE id = $1 AND password_closed_at > 0`, id).Scan(&hash)
	if err != nil {
		return "", unavailable(fmt.Errorf("reading a closed password: %w", err))
	}
	return hash, nil
}

// SetPassword stores a new password hash. Every session and pending sign-in made
// before it is dead, because cred_version rises; a password that its owner
// closed is open again.
func (tx *Tx) SetPassword(id, hash string, now time.Time) (done bool, err error) {
	return tx.once(`UPDATE users SET password_hash = $1, hash_profile = $2, password_changed_at = $3,
			password_closed_at = 0, cred_version = cred_version + 1 WHERE id = $4 AND deleted_at = 0`, hash, password.Profile(hash), ms(now), id)
}

// UpgradeHash replaces the hash of an unchanged password by one of today's kind.
// If the password was changed meanwhile, that change stays and done is false.
func (tx *Tx) UpgradeHash(id, old, hash string) (done bool, err error) {
	return tx.once(`UPDATE users SET password_hash = $1, hash_profile = $2 WHERE id = $3 AND password_hash = $4`,
		hash, password.Profile(hash), id, old)
}

// HashSamples returns one password hash of each kind and cost in use, for
// measuring how long verifying takes. It steps over the index from one kind to the
// next, so that it stays fast with any number of users.
func (r Reader) HashSamples() ([]string, error) {
	return list(context.Background(), r.q, single[string], "reading kinds of hashes", `WITH RECURSIVE kinds (profile) AS (
			SELECT min(hash_profile) FROM users WHERE hash_profile > ''
			UNION ALL
			SELECT (SELECT min(hash_profile) FROM users WHERE hash_profile > kinds.profile) FROM kinds WHERE kinds.profile IS NOT NULL)
		SELECT (SELECT password_hash FROM users WHERE hash_profile = kinds.profile LIMIT 1) FROM kinds WHERE kinds.profile IS NOT NULL`)
}
