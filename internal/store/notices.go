package store

import (
	"context"
	"time"
)

// Notice is something a user is told about: that a password or an authenticator
// was changed, that a new browser signed in.
type Notice struct {
	ID        string
	UserID    string
	Kind      string // a kind of package mail
	Text      string // one sentence
	At        time.Time
	IP        string
	UserAgent string
	Seen      time.Time
	// DoneBy is the hash of the token of the browser in which the user did it; "" for what
	// somebody else did.
	DoneBy string
}

// maxNotices bounds the notices of one user; the oldest go first.
//
//limit:people Notices of one user
const maxNotices = 50

// unseenOf is by which browser all notices of a user are that they have not seen, or nothing.
const unseenOf = `(SELECT CASE WHEN min(n.done_by || ' ' || n.user_agent) = max(n.done_by || ' ' || n.user_agent) THEN max(n.done_by || ' ' || n.user_agent) ELSE '' END
	FROM notices n WHERE n.user_id = u.id AND n.seen_at = 0)`

// AddNotice stores a notice that the user has not seen.
func (tx *Tx) AddNotice(n Notice) error {
	err := tx.of(n.UserID).exec(`INSERT INTO notices (id, user_id, kind, text, at, ip, user_agent, done_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		n.ID, n.UserID, n.Kind, n.Text, ms(n.At), n.IP, n.UserAgent, n.DoneBy)
	if err != nil {
		return err
	}
	err = tx.of(n.UserID).exec(`DELETE FROM notices WHERE user_id = $1 AND id NOT IN (
		SELECT id FROM notices WHERE user_id = $1 ORDER BY at DESC, id LIMIT $2)`, n.UserID, maxNotices)
	if err != nil {
		return err
	}
	return tx.recountNotices(n.UserID)
}

// Notices returns the newest notices of a user, the newest first; of those that
// were seen, only if seen is true.
func (r Reader) Notices(userID string, seen bool, limit int) ([]Notice, error) {
	return r.notices(`WHERE user_id = $1 AND (seen_at = 0 OR $2) ORDER BY at DESC, id LIMIT $3`, userID, seen, limit)
}

func (r Reader) notices(where string, args ...any) ([]Notice, error) {
	scan := func(row scanner) (n Notice, err error) {
		var when, seen int64
		err = row.Scan(&n.ID, &n.UserID, &n.Kind, &n.Text, &when, &n.IP, &n.UserAgent, &seen, &n.DoneBy)
		n.At, n.Seen = at(when), at(seen)
		return n, err
	}
	return list(context.Background(), r.q, scan, "reading notices", `SELECT id, user_id, kind, text, at, ip, user_agent, seen_at, done_by FROM notices `+where, args...)
}

// Notice returns a notice of this user; ok is false if there is none with this id,
// or it is another user's.
func (r Reader) Notice(userID, id string) (n Notice, ok bool, err error) {
	all, err := r.notices(`WHERE user_id = $1 AND id = $2`, userID, id)
	if err != nil || len(all) == 0 {
		return n, false, err
	}
	return all[0], true, nil
}

// SeeNotices notes that a user has seen every notice up to the given time. Those
// that came since stay unseen: the page that was read did not show them. Nor did it show
// what was done in the browser itself: the one with this token that calls itself so.
func (tx *Tx) SeeNotices(userID, browser, agent string, upTo, now time.Time) error {
	err := tx.of(userID).exec(`UPDATE notices SET seen_at = $1 WHERE user_id = $2 AND seen_at = 0 AND at <= $3
		AND (done_by = '' OR done_by <> $4 OR user_agent <> $5)`, ms(now), userID, ms(upTo), browser, agent)
	if err != nil {
		return err
	}
	return tx.recountNotices(userID)
}

// SeeNoticesOf notes that a user has seen every notice of one kind.
func (tx *Tx) SeeNoticesOf(userID, kind string, now time.Time) error {
	if err := tx.of(userID).exec(`UPDATE notices SET seen_at = $1 WHERE user_id = $2 AND seen_at = 0 AND kind = $3`, ms(now), userID, kind); err != nil {
		return err
	}
	return tx.recountNotices(userID)
}

// SeeNoticesThatSay notes that a user has seen every notice of one kind with this text,
// because it is true no more.
func (tx *Tx) SeeNoticesThatSay(userID, kind, text string, now time.Time) error {
	err := tx.of(userID).exec(`UPDATE notices SET seen_at = $1 WHERE user_id = $2 AND seen_at = 0 AND kind = $3 AND text = $4`, ms(now), userID, kind, text)
	if err != nil {
		return err
	}
	return tx.recountNotices(userID)
}

// MoveNotices tells the notices of a user that the browser in which something was done
// has another token now.
func (tx *Tx) MoveNotices(userID, before, after string) error {
	return tx.of(userID).exec(`UPDATE notices SET done_by = $1 WHERE user_id = $2 AND done_by = $3`, after, userID, before)
}

// recountNotices keeps the number of unseen notices with the user.
func (tx *Tx) recountNotices(userID string) error {
	return tx.of(userID).exec(`UPDATE users SET notices_unseen = (SELECT count(*) FROM notices WHERE user_id = $1 AND seen_at = 0)
		WHERE id = $1`, userID)
}
