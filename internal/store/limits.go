package store

import (
	"database/sql"
	"errors"
	"time"

	"latchkey/internal/auth"
)

// Counted is one of the buckets that a try is counted in, and the rule for it.
type Counted struct {
	Bucket auth.Bucket
	Key    string
	Limit  auth.Limit
}

// Verdict is what CountAll says of a try.
type Verdict struct {
	// Wait is how long the visitor has to wait; 0 lets the try through.
	Wait time.Duration
	// At is the place in the list of the bucket that says so.
	At int
	// Tries is what is remembered of each bucket, as far as they were looked at.
	Tries []auth.Tries
}

// BlockedUntil is the latest end of the waits that the try has met or begun.
func (o Verdict) BlockedUntil() (latest time.Time) {
	for _, t := range o.Tries {
		if t.BlockedUntil.After(latest) {
			latest = t.BlockedUntil
		}
	}
	return latest
}

// Count counts one try in a bucket under the rule l. It returns what is
// remembered now and how long the visitor has to wait; 0 lets the try through. The
// transaction has to commit before anything secret is looked at; since it holds
// the only write lock, of many tries at once just as many pass as the rule allows.
func (tx *Tx) Count(b auth.Bucket, key string, l auth.Limit, now time.Time) (auth.Tries, time.Duration, error) {
	done, err := tx.CountAll(now, Counted{b, key, l})
	if err != nil {
		return auth.Tries{}, 0, err
	}
	return done.Tries[0], done.Wait, nil
}

// CountAll counts one try in all of these buckets, or in none if one of them is closed:
// what a closed bucket holds back uses up nothing in the others and adds no row to the
// database (LO-08). Where several are closed the first one says how long.
func (tx *Tx) CountAll(now time.Time, all ...Counted) (done Verdict, err error) {
	for i, c := range all {
		before, err := tx.Tries(c.Bucket, c.Key)
		if err != nil {
			return done, err
		}
		after, wait := c.Limit.Try(before, now)
		done.At, done.Wait, done.Tries = i, wait, append(done.Tries, after)
		if wait > 0 {
			if moved(before, after) {
				err = tx.setTries(c.Bucket, c.Key, after, now)
			}
			return done, err
		}
	}
	for i, c := range all {
		if err := tx.setTries(c.Bucket, c.Key, done.Tries[i], now); err != nil {
			return done, err
		}
	}
	return done, nil
}

// refreshEvery is how often the end of a ceiling, which moves with every try that is
// refused, is written down.
const refreshEvery = time.Hour

// moved reports whether a try that was refused changed an end by so much that it has to
// be remembered: a ceiling was pushed on, or an end that a wrong clock had set was
// brought back.
func moved(before, after auth.Tries) bool {
	return after.BlockedUntil.Sub(before.BlockedUntil).Abs() >= refreshEvery || !after.WindowEnds.Equal(before.WindowEnds) ||
		after.BlockedUntil.Before(before.BlockedUntil)
}

// Tries returns what is remembered of a bucket and key.
func (r Reader) Tries(b auth.Bucket, key string) (auth.Tries, error) {
	row := r.q.queryRow(`SELECT tries, window_ends, blocked_until FROM limits WHERE bucket = $1 AND key = $2`, b, key)
	t, _, err := one(row, func(row scanner) (t auth.Tries, err error) {
		err = row.Scan(&t.Count, (*stamp)(&t.WindowEnds), (*stamp)(&t.BlockedUntil))
		return t, err
	}, "reading tries")
	return t, err
}

func (tx *Tx) setTries(b auth.Bucket, key string, t auth.Tries, now time.Time) error {
	return tx.exec(`INSERT INTO limits (bucket, key, tries, window_ends, blocked_until, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (bucket, key) DO UPDATE SET
			tries = excluded.tries, window_ends = excluded.window_ends, blocked_until = excluded.blocked_until,
			changed_at = excluded.changed_at`,
		b, key, t.Count, ms(t.WindowEnds), ms(t.BlockedUntil), ms(now))
}

// Clear forgets a bucket after a full success of its factor.
func (tx *Tx) Clear(b auth.Bucket, key string) error {
	return tx.exec(`DELETE FROM limits WHERE bucket = $1 AND key = $2`, b, key)
}

// MoveTries lets what was counted under one key count under another, in the place of what
// was counted there; without anything to move, that stays.
func (tx *Tx) MoveTries(b auth.Bucket, from, to string) error {
	if from == to {
		return nil
	}
	err := tx.exec(`DELETE FROM limits WHERE bucket = $1 AND key = $2 AND EXISTS (SELECT 1 FROM limits o WHERE o.bucket = $1 AND o.key = $3)`, b, to, from)
	if err != nil {
		return err
	}
	return tx.exec(`UPDATE limits SET key = $1 WHERE bucket = $2 AND key = $3`, to, b, from)
}

// Refund takes one try back from a windowed bucket: the try was a success, and
// a network with many people must not be stopped by people who know their
// passwords. It does not clear what failed before.
func (tx *Tx) Refund(b auth.Bucket, key string, l auth.Limit) error {
	return tx.exec(`UPDATE limits SET tries = tries - 1,
			blocked_until = CASE WHEN tries - 1 < $1 THEN 0 ELSE blocked_until END
		WHERE bucket = $2 AND key = $3 AND tries > 0`, l.Free, b, key)
}

// Uncount takes back one try of which nothing was looked at; counted is what was remembered
// of it. opened reports whether a wait ended with it. Nothing holds up such tries, so that a
// bucket without any other leaves no row: else they would fill the table.
func (tx *Tx) Uncount(c Counted, counted auth.Tries, now time.Time) (opened bool, err error) {
	before, err := tx.Tries(c.Bucket, c.Key)
	if err != nil {
		return false, err
	}
	after := c.Limit.Uncount(before, counted)
	switch {
	case after == before:
	case after.Count == 0:
		err = tx.Clear(c.Bucket, c.Key)
	default:
		err = tx.setTries(c.Bucket, c.Key, after, now)
	}
	return !after.BlockedUntil.Equal(before.BlockedUntil), err
}

// BurstRows is how many failed sign-ins that are counted together, for one username or one
// network, get a row of the audit log each, 5. A handful may be a person's own mistakes,
// and each is worth reading; what comes after them is a burst.
//
//limit:log,rows Failed sign-ins counted together that have an audit row each
const BurstRows = 5

// BurstEvery is how often such a burst gets another row, once a minute, which says how many
// tries it stands for. Strangers could otherwise fill the disk with rows.
//
//limit:log,for-each-further-row How long more of them wait for a row about all of them
const BurstEvery = time.Minute

// Coalesce decides whether a failure gets a row in the audit log. The first few of a
// burst do; after that one a minute, with the number of failures it stands for.
// count is 0 if this one is only counted.
func (tx *Tx) Coalesce(b auth.Bucket, key string, now time.Time) (count int, err error) {
	var failures, folded int
	var logged int64
	err = tx.q.queryRow(`SELECT failures, folded, logged_at FROM limits WHERE bucket = $1 AND key = $2`, b, key).
		Scan(&failures, &folded, &logged)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	if failures >= BurstRows && now.Sub(at(logged)) < BurstEvery && !now.Before(at(logged)) {
		return 0, tx.exec(`UPDATE limits SET folded = folded + 1 WHERE bucket = $1 AND key = $2`, b, key)
	}
	return folded + 1, tx.exec(`UPDATE limits SET failures = failures + 1, folded = 0, logged_at = $1
		WHERE bucket = $2 AND key = $3`, ms(now), b, key)
}

// BlockedNow returns until when each of the given buckets is closed under key;
// open ones are left out.
func (r Reader) BlockedNow(key string, now time.Time, buckets ...auth.Bucket) (map[auth.Bucket]time.Time, error) {
	closed := map[auth.Bucket]time.Time{}
	for _, b := range buckets {
		t, err := r.Tries(b, key)
		if err != nil {
			return nil, err
		}
		if l := auth.LimitOf(b); l.Ceiling > 0 && t.Count >= l.Ceiling {
			t.BlockedUntil = now.Add(auth.CeilingWait) // whenever the last try was
		}
		if t.BlockedUntil.After(now) {
			closed[b] = t.BlockedUntil
		}
	}
	return closed, nil
}
