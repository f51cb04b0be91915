package instance

import (
	"maps"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Uncount takes the try back from everywhere it was counted, as if it had never come. It is for
// one of which nothing was looked at for our own reasons; what somebody can bring about, such
// as hanging up, stays counted. It does the same for names of nobody (AU-06).
func (t Try) Uncount(tx *store.Tx) error {
	opened := false
	for _, c := range t.counted {
		ended, err := tx.Uncount(c.Counted, c.tries, t.now)
		if err != nil {
			return err
		}
		opened = opened || ended
	}
	if !opened || t.slot == "" {
		return nil
	}
	return t.setLocked(tx)
}

// setLocked writes down for the list of users until when the user of a try is locked out by
// what is counted now.
func (t Try) setLocked(tx *store.Tx) error {
	closed, err := tx.BlockedNow(t.slot, t.now, auth.BucketName)
	if err != nil {
		return err
	}
	second, err := tx.BlockedNow(t.user, t.now, auth.BucketCode, auth.BucketRecovery, auth.BucketSecond)
	if err != nil {
		return err
	}
	maps.Copy(closed, second)
	var until time.Time
	for _, end := range closed {
		if end.After(until) {
			until = end
		}
	}
	return tx.SetLockedUntil(t.user, until)
}

// OpenPassword opens sign-in with the password alone: a user who proved to have the mailbox
// has proved nothing about the second factor, and clearing its tries with every reset
// would take its ceiling away (AU-03).
func (i *Instance) OpenPassword(tx *store.Tx, u user.User) error {
	return tx.Clear(auth.BucketName, i.NameSlot(u.Username))
}

// MoveTries lets the wrong passwords of a user count on under another username, or every
// new name would give a guesser a hundred more (AU-02).
func (i *Instance) MoveTries(tx *store.Tx, from, to string) error {
	return tx.MoveTries(auth.BucketName, i.NameSlot(from), i.NameSlot(to))
}

// Unlock opens everything of a user that too many tries closed.
func (i *Instance) Unlock(tx *store.Tx, u user.User) error {
	if err := tx.Clear(auth.BucketName, i.NameSlot(u.Username)); err != nil {
		return err
	}
	for _, b := range []auth.Bucket{auth.BucketCode, auth.BucketRecovery, auth.BucketSecond} {
		if err := tx.Clear(b, u.ID); err != nil {
			return err
		}
	}
	return tx.SetLockedUntil(u.ID, time.Time{})
}

// Closed returns until when sign-in as a user is closed by too many tries;
// open ones are left out.
func (i *Instance) Closed(u user.User, now time.Time) (map[auth.Bucket]time.Time, error) {
	closed, err := i.DB.BlockedNow(i.NameSlot(u.Username), now, auth.BucketName)
	if err != nil {
		return nil, err
	}
	second, err := i.DB.BlockedNow(u.ID, now, auth.BucketCode, auth.BucketRecovery, auth.BucketSecond)
	maps.Copy(closed, second)
	if all := closed[auth.BucketSecond]; all.After(closed[auth.BucketCode]) {
		closed[auth.BucketCode] = all // the total holds up codes
	}
	delete(closed, auth.BucketSecond)
	return closed, err
}

// NameSlot is the key of a name's bucket: one of 2^18 places, the same for names
// that exist and names that do not, so that neither the answers nor the size of
// the table tell which is which. The place cannot be computed without the key, and stays
// the same when a key is added: a rotation gives nobody new tries.
func (i *Instance) NameSlot(name string) string {
	mac := i.Ring.FirstMAC(secret.PurposeLimit, "name", name)
	return mac[len(mac)-4 : len(mac)-1]
}

// isFull reports whether a bucket that refuses nobody by itself is over its limit, or cannot
// be read.
func (i *Instance) isFull(tx *store.Tx, b auth.Bucket, key string) (bool, error) {
	t, err := tx.Tries(b, key)
	return err != nil || t.Count >= auth.LimitOf(b).Free && t.WindowEnds.After(i.Now()), err
}

// mayMailReset counts a reset that is asked for a user who exists. While very many are
// mailed each user gets one an hour: a user who was not asked about lately is never left
// out for what is done to others.
func (i *Instance) mayMailReset(tx *store.Tx, u user.User) (bool, error) {
	limit := auth.LimitOf(auth.BucketForgot)
	burst, err := i.isFull(tx, auth.BucketForgotAll, "")
	if err != nil {
		return false, err
	}
	if burst {
		t, err := tx.Tries(auth.BucketForgot, u.ID)
		if err != nil || t.Count >= auth.BurstForgotFree && t.WindowEnds.After(i.Now()) {
			return false, err
		}
	}
	_, wait, err := tx.Count(auth.BucketForgot, u.ID, limit, i.Now())
	return err == nil && wait == 0, err
}

// countMailed counts a reset that was mailed for everybody.
func (i *Instance) countMailed(tx *store.Tx) error {
	_, _, err := tx.Count(auth.BucketForgotAll, "", auth.LimitOf(auth.BucketForgotAll), i.Now())
	return err
}
