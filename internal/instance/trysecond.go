package instance

import (
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// CountSecond counts a try of a second factor of a user, or of a password inside a session
// (BucketCode or BucketRecovery), before it is looked at.
//
// Codes, recovery codes and proofs inside a session have buckets of their own and
// feed a total of the user (OT-13). A browser that is known for the user is not held
// up by what others tried: it has a few tries of its own, which count in the others
// too. And recovery codes, which nobody can guess, never close for good: once the
// bucket is at its ceiling each network has a few tries a day (EX-04).
func (i *Instance) CountSecond(tx *store.Tx, c Caller, b auth.Bucket, u user.User) (t Try, err error) {
	defer t.unlessCounted(&err)
	t = secondTry(c, b, u.ID)
	t.slot = i.NameSlot(u.Username)
	id, known, err := i.knownBrowser(tx, c, u, auth.BucketSecondBrowser, auth.SecondBrowserCeiling)
	if err != nil {
		return t, err
	}
	if known {
		err = i.countSecondKnown(tx, c, b, u, id, &t)
		return t, err
	}
	done, err := t.countUser(tx, b, u.ID)
	t.Wait = done.Wait
	if err != nil || done.Wait <= auth.LimitOf(b).MaxWait || b != auth.BucketRecovery {
		return t, err
	}
	done, err = t.count(tx, counting(auth.BucketRecoveryWide, u.ID+" "+c.wide()), counting(auth.BucketRecoveryNetwork, u.ID+" "+c.network()))
	t.Wait = done.Wait
	return t, err
}

// secondTry is a try of a second factor that no browser's bucket counts. A right code
// clears its own bucket and the total. A right recovery code opens sign-in with a code
// again too: somebody who has the recovery codes is not kept waiting for a guesser.
func secondTry(c Caller, b auth.Bucket, userID string) Try {
	own := []bucketKey{{b, userID}, {auth.BucketSecond, userID}}
	t := Try{Of: b, HeldBy: b, now: c.now(), network: c.network(), user: userID, burst: own[0], clears: own, refunds: own[:2:2]}
	if b == auth.BucketRecovery {
		t.clears = append(own[:2:2], bucketKey{auth.BucketCode, userID})
	}
	return t
}

// countUser counts in the bucket of the user and in the total.
func (t *Try) countUser(tx *store.Tx, b auth.Bucket, userID string) (store.Verdict, error) {
	done, err := t.count(tx, counting(b, userID), counting(auth.BucketSecond, userID))
	if err == nil && done.Wait == 0 && done.BlockedUntil().After(t.now) {
		err = tx.SetLockedUntil(userID, done.BlockedUntil())
	}
	return done, err
}

// countSecondKnown counts a try from a known browser. Once its last one stands the browser is
// a stranger's.
func (i *Instance) countSecondKnown(tx *store.Tx, c Caller, b auth.Bucket, u user.User, id string, t *Try) error {
	own := bucketKey{auth.BucketSecondBrowser, id}
	done, err := t.count(tx, counting(own.bucket, own.key))
	if t.Wait = done.Wait; err != nil || t.Refused() {
		return err
	}
	if _, err := t.countUser(tx, b, u.ID); err != nil {
		return err
	}
	t.clears, t.refunds = append(t.clears, own), append(t.refunds, own)
	if done.Tries[0].Count >= auth.SecondBrowserCeiling {
		t.stands = func(tx *store.Tx) error { return i.dropGuessing(tx, c, u, id) }
	}
	return nil
}

// Where a stranger's wrong passwords have closed a name to browsers that are not known,
// the password is still let in together with a code (EX-04). Nobody learns there whether
// the password alone was right: both are looked at before anything is said, and the same
// is counted and written whatever was wrong. A code counts in the buckets of its user
// once the password was right, so that this is no second way of guessing codes; and a
// stranger who does not know the password cannot use the user's codes up.

// nobody is the key under which the codes are counted that came with a wrong password.
// It holds nobody up.
const nobody = "-"

// CountBothSecond counts the code that came with a password; u is the zero user if the
// password was not right, and the try is refused then.
func (i *Instance) CountBothSecond(tx *store.Tx, c Caller, b auth.Bucket, u user.User) (t Try, err error) {
	defer t.unlessCounted(&err)
	t = Try{Of: b, HeldBy: b, Wait: auth.LimitOf(b).MaxWait, now: c.now()}
	// This row is written in every case, so that each of them commits something.
	if _, _, err := tx.Count(auth.BucketBothAll, nobody, auth.LimitOf(auth.BucketBothAll), c.now()); err != nil {
		return t, err
	}
	if u.ID != "" {
		return i.CountSecond(tx, c, b, u)
	}
	_, err = t.countUser(tx, b, nobody)
	return t, err
}
