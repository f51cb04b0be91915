package store

import (
	"time"
)

// Purpose says what a one-time link is for; a link of one kind is never taken
// for another (CR-05).
type Purpose string

// The purposes.
const (
	PurposeInvite   Purpose = "invite"   // choose the first password; the subject is the address it was mailed to, or ""
	PurposePassword Purpose = "password" // choose a new one; made by an administrator
	PurposeReset    Purpose = "reset"    // choose a new one; asked for by the user, mailed to the address that is the subject
	PurposeEmail    Purpose = "email"    // confirm an address; the subject is the address
	PurposePhone    Purpose = "phone"    // set up a new authenticator; the subject is the request
	PurposeNotMe    Purpose = "not-me"   // "this was not me"; the subject is the notice
	PurposeCancel   Purpose = "cancel"   // withdraw a request for a lost phone; the subject is the request
)

// outlives reports whether a link stays good when a credential changes. Those that
// only take something back must: somebody who took over would otherwise change the
// password once more, and the warning in the owner's mailbox would be worth nothing.
func (p Purpose) outlives() bool { return p == PurposeNotMe || p == PurposeCancel }

// replaces are the kinds of older links that a new one of this kind ends. Somebody who
// asks for a reset need not be the user, so that ends no link of an administrator.
func (p Purpose) replaces() string {
	switch p {
	case PurposeInvite, PurposePassword:
		return `purpose IN ('invite', 'password', 'reset')`
	case PurposeReset:
		return `purpose = 'reset'`
	case PurposeEmail:
		return `purpose = 'email'`
	case PurposePhone:
		return `purpose = 'phone'`
	}
	return `FALSE`
}

// Link is a one-time link. The token itself is nowhere in the database.
type Link struct {
	TokenHash   string
	Purpose     Purpose
	UserID      string
	Subject     string // what the link is about, for some purposes
	CredVersion int64  // of the user when the link was made
	Created     time.Time
	Ends        time.Time
}

// maxLinks bounds the links of one kind that one user can have and that stand beside
// each other: half of them the oldest, half the newest. Somebody who took over could otherwise
// make so many that the warnings from before, in the owner's mailbox, would be worth
// nothing; and somebody who signs in at many browsers would get none that works.
//
//limit:people Links of one kind for one user
const maxLinks = 50

// AddLink stores a link. Older links of its kind die, since a newer one was asked
// for; those that only take something back stand beside each other.
func (tx *Tx) AddLink(l Link) error {
	if err := tx.endLinksOf(l.UserID, "replaced", `user_id = $1 AND `+l.Purpose.replaces(), l.UserID); err != nil {
		return err
	}
	err := tx.of(l.UserID).exec(`INSERT INTO links (token_hash, purpose, user_id, subject, cred_version, created_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, l.TokenHash, l.Purpose, l.UserID, l.Subject, l.CredVersion, ms(l.Created), ms(l.Ends))
	if err != nil || !l.Purpose.outlives() {
		return err
	}
	// Those that expired, whose rows stay for a while, must not stand in the place of the
	// oldest that work: the newer warnings would crowd out the first one.
	return tx.endLinksOf(l.UserID, "ended", `user_id = $1 AND purpose = $2 AND ends_at > $3 AND token_hash NOT IN (
			SELECT token_hash FROM links WHERE user_id = $1 AND purpose = $2 AND ends_at > $3 ORDER BY created_at, token_hash LIMIT $4)
		AND token_hash NOT IN (
			SELECT token_hash FROM links WHERE user_id = $1 AND purpose = $2 AND ends_at > $3 ORDER BY created_at DESC, token_hash DESC LIMIT $4)`,
		l.UserID, l.Purpose, ms(l.Created), maxLinks/2)
}

// living joins the user and holds for a link that still works, but for the time:
// its user there and enabled, no credential changed since it was made. What was
// mailed so that a password can be chosen dies with the address that it went to,
// no matter how it was changed (MA-03).
const living = ` FROM links l JOIN users u ON u.id = l.user_id
	WHERE (u.cred_version = l.cred_version OR l.purpose IN ('not-me', 'cancel')) AND u.disabled = FALSE AND u.deleted_at = 0
	AND (l.purpose NOT IN ('invite', 'reset') OR l.subject IN ('', u.email)) `

// LinkByHash returns a living link of this purpose: in time, its user there and
// enabled, no credential changed since. Looking uses nothing up. One that was made by a clock that was
// ahead, by more than clockSlack, is none, since it would work for so much longer (OT-17).
func (r Reader) LinkByHash(hash string, purpose Purpose, now time.Time) (l Link, ok bool, err error) {
	return r.link(living+`AND l.token_hash = CAST($1 AS TEXT) AND l.purpose = $2 AND l.ends_at > $3 AND l.created_at <= $4`, hash, purpose, ms(now), ms(now.Add(clockSlack)))
}

// LinkOf returns the living link that an administrator made, by which a user chooses
// a password.
func (r Reader) LinkOf(userID string, now time.Time) (l Link, ok bool, err error) {
	return r.link(living+`AND l.user_id = $1 AND l.purpose IN ('invite', 'password') AND l.ends_at > $2 AND l.created_at <= $3`, userID, ms(now), ms(now.Add(clockSlack)))
}

func (r Reader) link(from string, args ...any) (l Link, ok bool, err error) {
	row := r.q.queryRow(`SELECT l.token_hash, l.purpose, l.user_id, l.subject, l.cred_version, l.created_at, l.ends_at`+from, args...)
	return one(row, func(row scanner) (l Link, err error) {
		err = row.Scan(&l.TokenHash, &l.Purpose, &l.UserID, &l.Subject, &l.CredVersion, (*stamp)(&l.Created), (*stamp)(&l.Ends))
		return l, err
	}, "reading a link")
}

// TakeLink uses a link up; taken is true for exactly one caller.
func (tx *Tx) TakeLink(hash string, purpose Purpose, now time.Time) (taken bool, err error) {
	taken, err = tx.once(`DELETE FROM links WHERE token_hash = $1 AND purpose = $2 AND ends_at > $3 AND created_at <= $4`, hash, purpose, ms(now), ms(now.Add(clockSlack)))
	if err != nil || !taken {
		return false, err
	}
	return true, tx.exec(`INSERT INTO ended_links (token_hash, purpose, why, used_at, kept_until) VALUES ($1, $2, 'used', $3, $4)
		ON CONFLICT DO NOTHING`, hash, purpose, ms(now), ms(now.Add(endedFor)))
}

// DropLinksTo ends the links of a user that have one of these purposes.
func (tx *Tx) DropLinksTo(userID string, purposes ...Purpose) error {
	return tx.dropLinks("ended", userID, purposes)
}

// ReplaceLinksTo does the same because another link of the user takes their place.
func (tx *Tx) ReplaceLinksTo(userID string, purposes ...Purpose) error {
	return tx.dropLinks("replaced", userID, purposes)
}

func (tx *Tx) dropLinks(why, userID string, purposes []Purpose) error {
	for _, p := range purposes {
		if err := tx.endLinksOf(userID, why, `user_id = $1 AND purpose = $2`, userID, p); err != nil {
			return err
		}
	}
	return nil
}

// DropSignInLinks ends the links that help somebody to sign in who cannot: a user
// who just did needs none of them any more (MA-03). The one for a lost phone ends with its
// request instead, when a second factor is shown: after a sign-in in a remembered
// browser the phone may be as lost as before.
func (tx *Tx) DropSignInLinks(userID string) error {
	return tx.endLinksOf(userID, "ended", `user_id = $1 AND purpose IN ('password', 'reset')`, userID)
}
