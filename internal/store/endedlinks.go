package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// endedFor is how long it is known of a link what became of it, counted from when it
// would have ended, or was used.
const endedFor = 30 * 24 * time.Hour

// LinkState is what is known of a link that was followed.
type LinkState string

// The states. A link that works is Living; of one that Unknown stands for nothing is
// known: it never existed, it is mistyped, or it is so old that it was forgotten.
const (
	LinkUnknown  LinkState = ""
	LinkLiving   LinkState = "living"
	LinkUsed     LinkState = "used"
	LinkExpired  LinkState = "expired"
	LinkReplaced LinkState = "replaced" // a newer one was made
	LinkEnded    LinkState = "ended"    // what it was for has changed since
)

// EndedLink is what became of a link.
type EndedLink struct {
	State   LinkState
	Purpose Purpose
	// At is when it was used or expired, Lifetime how long it worked. Both are zero where
	// they are not known.
	At       time.Time
	Lifetime time.Duration
}

// LinkStateOf returns what became of the link with this token hash. Only somebody who
// holds its token gets to know anything.
func (r Reader) LinkStateOf(hash string, now time.Time) (e EndedLink, err error) {
	var created, ends, used int64
	var works bool
	err = r.q.queryRow(`SELECT l.purpose, l.created_at, l.ends_at, EXISTS (SELECT 1`+living+`AND l.token_hash = CAST($1 AS TEXT))
		FROM links l WHERE l.token_hash = CAST($1 AS TEXT)`, hash).Scan(&e.Purpose, &created, &ends, &works)
	switch {
	case err == nil && !now.Before(at(ends)):
		e.State, e.At, e.Lifetime = LinkExpired, at(ends), at(ends).Sub(at(created))
		return e, nil
	case err == nil && works:
		e.State = LinkLiving
		return e, nil
	case err == nil:
		e.State = LinkEnded
		return e, nil
	case !errors.Is(err, sql.ErrNoRows):
		return e, unavailable(fmt.Errorf("reading a link: %w", err))
	}
	err = r.q.queryRow(`SELECT purpose, why, used_at FROM ended_links WHERE token_hash = CAST($1 AS TEXT)`, hash).Scan(&e.Purpose, &e.State, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return EndedLink{}, nil
	}
	if err != nil {
		return EndedLink{}, unavailable(fmt.Errorf("reading what became of a link: %w", err))
	}
	if used > 0 {
		e.At = at(used)
	}
	return e, nil
}

// endLinks deletes links, and notes why. The condition numbers its parameters from $1.
func (tx *Tx) endLinks(why, condition string, args ...any) error {
	return tx.endLinksOf("", why, condition, args...)
}

// endLinksOf deletes links of this user alone, for which the condition has to see; "" is anybody.
func (tx *Tx) endLinksOf(userID, why, condition string, args ...any) error {
	err := tx.exec(`INSERT INTO ended_links (token_hash, purpose, why, used_at, kept_until)
		SELECT token_hash, purpose, '`+why+`', 0, ends_at + 2592000000 FROM links WHERE `+condition+` ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return err
	}
	return tx.of(userID).exec(`DELETE FROM links WHERE `+condition, args...)
}
