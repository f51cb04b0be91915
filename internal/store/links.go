package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Purpose says what a one-time link is for; a link of one kind is never taken
// for another.
type Purpose string

// The purposes.
const (
	PurposeInvite   Purpose = "invite"
	PurposePassword Purpose = "password"
)

// Link is a one-time link. The token itself is nowhere in the database.
type Link struct {
	TokenHash   string
	Purpose     Purpose
	UserID      string
	CredVersion int64
	Created     time.Time
	Ends        time.Time
}

// AddLink stores a link; older links of the user die, since a newer one was asked for.
func (tx *Tx) AddLink(l Link) error {
	if err := tx.exec(`DELETE FROM links WHERE user_id = $1`, l.UserID); err != nil {
		return err
	}
	return tx.exec(`INSERT INTO links (token_hash, purpose, user_id, cred_version, created_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, l.TokenHash, l.Purpose, l.UserID, l.CredVersion, ms(l.Created), ms(l.Ends))
}

// living joins the user and holds for a link that still works, but for the time:
// its user there and enabled, no credential changed since it was made.
const living = ` FROM links l JOIN users u ON u.id = l.user_id
	WHERE u.cred_version = l.cred_version AND u.disabled = 0 AND u.deleted_at = 0 `

// LinkByHash returns a living link of this purpose: in time, its user there and
// enabled, no credential changed since. Looking uses nothing up.
func (r Reader) LinkByHash(hash string, purpose Purpose, now time.Time) (l Link, ok bool, err error) {
	return r.link(living+`AND l.token_hash = CAST($1 AS TEXT) AND l.purpose = $2 AND l.ends_at > $3`, hash, purpose, ms(now))
}

// LinkOf returns the living link of a user, for the user's page.
func (r Reader) LinkOf(userID string, now time.Time) (l Link, ok bool, err error) {
	return r.link(living+`AND l.user_id = $1 AND l.ends_at > $2`, userID, ms(now))
}

func (r Reader) link(from string, args ...any) (l Link, ok bool, err error) {
	var created, ends int64
	err = r.q.queryRow(`SELECT l.token_hash, l.purpose, l.user_id, l.cred_version, l.created_at, l.ends_at`+from, args...).
		Scan(&l.TokenHash, &l.Purpose, &l.UserID, &l.CredVersion, &created, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		return l, false, nil
	}
	if err != nil {
		return l, false, unavailable(fmt.Errorf("reading a link: %w", err))
	}
	l.Created, l.Ends = at(created), at(ends)
	return l, true, nil
}

// TakeLink uses a link up; taken is true for exactly one caller.
func (tx *Tx) TakeLink(hash string, purpose Purpose, now time.Time) (taken bool, err error) {
	return tx.once(`DELETE FROM links WHERE token_hash = $1 AND purpose = $2 AND ends_at > $3`, hash, purpose, ms(now))
}

// DropLinks ends every link of a user.
func (tx *Tx) DropLinks(userID string) error {
	return tx.exec(`DELETE FROM links WHERE user_id = $1`, userID)
}
