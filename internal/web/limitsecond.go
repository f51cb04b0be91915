package web

import (
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
)

// CountSecond counts a try of a second factor of a user (BucketCode or
// BucketRecovery) before it is looked at; tx must commit first. The wait is 0 if
// the try may go on.
//
// Codes, recovery codes and proofs inside a session have buckets of their own and
// feed a total of the user (OT-13). A browser that is known for the user is not held
// up by what others tried: it has a few tries of its own, which count in the others
// too. And recovery codes, which nobody can guess, never close for good: once the
// bucket is at its ceiling each network has a few tries a day (EX-04).
func (v *Visitor) CountSecond(tx *store.Tx, b auth.Bucket, userID string) (wait time.Duration, err error) {
	id, known, err := tx.KnowsBrowser(v.BrowserHash(), userID, v.Now)
	if err != nil {
		return 0, err
	}
	if known {
		return v.countSecondKnown(tx, b, userID, id)
	}
	done, err := v.countSecondUser(tx, b, userID)
	if err != nil || done.Wait <= auth.LimitOf(b).MaxWait || b != auth.BucketRecovery {
		return done.Wait, err
	}
	network, wide := userID+" "+auth.Network(v.IP()), userID+" "+auth.WideNetwork(v.IP())
	done, err = tx.CountAll(v.Now,
		store.Counted{Bucket: auth.BucketRecoveryWide, Key: wide, Limit: auth.LimitOf(auth.BucketRecoveryWide)},
		store.Counted{Bucket: auth.BucketRecoveryNetwork, Key: network, Limit: auth.LimitOf(auth.BucketRecoveryNetwork)})
	return done.Wait, err
}

// countSecondUser counts in the bucket of the user and in the total.
func (v *Visitor) countSecondUser(tx *store.Tx, b auth.Bucket, userID string) (store.Verdict, error) {
	done, err := tx.CountAll(v.Now,
		store.Counted{Bucket: b, Key: userID, Limit: auth.LimitOf(b)},
		store.Counted{Bucket: auth.BucketSecond, Key: userID, Limit: auth.LimitOf(auth.BucketSecond)})
	if err == nil && done.Wait == 0 && done.BlockedUntil().After(v.Now) {
		err = tx.SetLockedUntil(userID, done.BlockedUntil())
	}
	return done, err
}

// countSecondKnown counts a try from a known browser. With its last one the browser is
// a stranger's.
func (v *Visitor) countSecondKnown(tx *store.Tx, b auth.Bucket, userID, id string) (wait time.Duration, err error) {
	limit := auth.LimitOf(auth.BucketSecondBrowser)
	tries, wait, err := tx.Count(auth.BucketSecondBrowser, id, limit, v.Now)
	if err != nil || wait > 0 {
		return wait, err
	}
	if _, err := v.countSecondUser(tx, b, userID); err != nil || tries.Count < limit.Ceiling {
		return 0, err
	}
	if err := v.forgetGuessing(tx, v.User, id); err != nil {
		return 0, err
	}
	_, err = tx.DropBrowser(userID, id)
	return 0, err
}

// SecondRight clears what a right code or recovery code clears: its own bucket, the
// total and that of the browser. Other buckets keep what failed (AU-03).
func (v *Visitor) SecondRight(tx *store.Tx, b auth.Bucket, userID string) error {
	for _, b := range []auth.Bucket{b, auth.BucketSecond} {
		if err := tx.Clear(b, userID); err != nil {
			return err
		}
	}
	id, known, err := tx.KnowsBrowser(v.BrowserHash(), userID, v.Now)
	if err != nil || !known {
		return err
	}
	return tx.Clear(auth.BucketSecondBrowser, id)
}

// GiveBackSecond takes the try back that was counted last for the visitor, who gave
// the right password inside a session. What was wrong stays counted.
func (v *Visitor) GiveBackSecond(tx *store.Tx, b auth.Bucket) error {
	for _, b := range []auth.Bucket{b, auth.BucketSecond} {
		if err := tx.Refund(b, v.User.ID, auth.LimitOf(b)); err != nil {
			return err
		}
	}
	id, known, err := tx.KnowsBrowser(v.BrowserHash(), v.User.ID, v.Now)
	if err != nil || !known {
		return err
	}
	return tx.Refund(auth.BucketSecondBrowser, id, auth.LimitOf(auth.BucketSecondBrowser))
}

// TooManySecond is the refusal after CountSecond.
func (v *Visitor) TooManySecond(b auth.Bucket, wait time.Duration) error {
	wait = max(wait, auth.LimitOf(b).Wait)
	if b == auth.BucketRecovery {
		return tooMany(wait, "There were too many wrong recovery codes for your account. A code from the authenticator app may still work.")
	}
	if wait > auth.LimitOf(b).MaxWait {
		return &problem.Problem{Kind: problem.TooMany, RetryAfter: wait, Closed: true, Message: "There were too many wrong codes in a row for your account. Codes from the app do not work here until you sign in with a recovery code or in a browser that you have used before, or an administrator unlocks your account."}
	}
	return tooMany(wait, "There were too many wrong codes for your account. A recovery code may still work, and so may a code in a browser that you have used before.")
}

// TooManyInside is the refusal of a proof inside a session; over says that the session
// ended with it.
func (v *Visitor) TooManyInside(b auth.Bucket, wait time.Duration, over bool) error {
	why := "There were too many wrong passwords or codes for your account."
	if b == auth.BucketRecovery {
		why = "There were too many wrong recovery codes for your account."
	}
	if over {
		why += " You have been signed out for safety."
	}
	return tooMany(max(wait, auth.LimitOf(b).Wait), why)
}

// TooMany is the refusal of something that was done too often; why says what.
func (v *Visitor) TooMany(wait time.Duration, why string) error { return tooMany(wait, why) }
