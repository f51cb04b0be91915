package admin

import (
	"fmt"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// Unlock forgets the failed tries of the user, so that the next one is looked at
// at once.
func (a Act) Unlock(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err == nil && u.DeletedAt.IsZero() {
		if err = a.countUnlock(u); err == nil {
			err = a.Instance.Unlock(a.Tx, u)
		}
	}
	return a.finish(kindUnlock, u, outcome(u.DeletedAt.IsZero()), err, audit.UserUnlocked, nil)
}

// countUnlock refuses to unlock an administrator again and again: whoever also knows the
// password would have as many codes as they like, and be in as the other alone (AC-09). For
// users no bound is needed, since a reset of theirs is open to every administrator; nor for
// the command line, which has the database.
func (a Act) countUnlock(u user.User) error {
	if a.By.ActorID == "" || !guardedNow(u, a.By.At) {
		return nil
	}
	_, wait, err := a.Tx.Count(auth.BucketUnlock, u.ID, auth.LimitOf(auth.BucketUnlock), a.By.At)
	if err != nil || wait == 0 {
		return err
	}
	return &problem.Problem{
		Kind: problem.TooMany, RetryAfter: wait, Link: userPath(u), LinkWords: "Go back to " + shown(u),
		Message: fmt.Sprintf("%s has been unlocked %d times within a day, and an administrator cannot be unlocked more often. Meanwhile "+
			"they can sign in with a recovery code or in a browser that they have used before, or be unlocked by a command on the server.",
			shown(u), auth.UnlocksPerDay),
	}
}
