package web

import (
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// Where a stranger's wrong passwords have closed a name to browsers that are not known,
// the password is still let in together with a code (EX-04). Nobody learns there whether
// the password alone was right: both are looked at before anything is said, and the same
// is counted and written whatever was wrong. A code counts in the buckets of its user
// once the password was right, so that this is no second road for guessing codes; and a
// stranger who does not know the password cannot use the user's codes up.

// nobody is the key under which the codes are counted that came with a wrong password.
// It holds nobody up.
const nobody = "-"

// CountBoth counts a try of a password and a code together, before either is looked at;
// tx must commit first. It counts for the network of the person who tries alone. A wait of 0
// lets the try through.
func (v *Visitor) CountBoth(tx *store.Tx) (wait time.Duration, err error) {
	done, err := tx.CountAll(v.Now, v.bothBuckets()...)
	return done.Wait, err
}

func (v *Visitor) bothBuckets() (all []store.Counted) {
	if auth.IsSite(v.IP()) {
		all = append(all, store.Counted{Bucket: auth.BucketBothSite, Key: auth.WideNetwork(v.IP()), Limit: auth.LimitOf(auth.BucketBothSite)})
	}
	return append(all, store.Counted{Bucket: auth.BucketBoth, Key: auth.Network(v.IP()), Limit: auth.LimitOf(auth.BucketBoth)})
}

// CountBothSecond counts the code of such a try; userID is "" if the password was not
// right. It reports whether the code may be looked at.
func (v *Visitor) CountBothSecond(tx *store.Tx, b auth.Bucket, userID string) (may bool, err error) {
	// This row is written in every case, so that each of them commits something.
	if _, _, err := tx.Count(auth.BucketBothAll, nobody, auth.LimitOf(auth.BucketBothAll), v.Now); err != nil {
		return false, err
	}
	if userID == "" {
		_, err := v.countSecondUser(tx, b, nobody)
		return false, err
	}
	wait, err := v.CountSecond(tx, b, userID)
	return wait == 0, err
}

// BothRight clears what a password and a code together clear: the tries of the name, so
// that the password alone is let in again, those of the second factor, and this try.
func (v *Visitor) BothRight(tx *store.Tx, b auth.Bucket) error {
	if err := v.OpenPassword(tx, v.User); err != nil {
		return err
	}
	if err := v.SecondRight(tx, b, v.User.ID); err != nil {
		return err
	}
	for _, c := range v.bothBuckets() {
		if err := tx.Refund(c.Bucket, c.Key, c.Limit); err != nil {
			return err
		}
	}
	return nil
}

// CoalesceBoth says for how many failures an audit row about such a try stands, for each
// network; 0 means that none is due.
func (v *Visitor) CoalesceBoth(tx *store.Tx) (int, error) {
	return tx.Coalesce(auth.BucketBoth, auth.Network(v.IP()), v.Now)
}
