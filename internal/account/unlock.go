package account

import (
	"fmt"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// Unlock forgets the failed tries of the user, so that the next one is looked at
// at once.
func (a Action) Unlock(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err == nil && u.DeletedAt.IsZero() {
		if err = a.countUnlock(u); err == nil {
			err = a.Instance.Unlock(a.Tx, u)
		}
	}
	return a.finish(Unlock, u, outcome(u.DeletedAt.IsZero()), err, audit.UserUnlocked, nil)
}

// countUnlock refuses to unlock an administrator again and again: whoever also knows the
// password could guess codes without end, and get into the other's account alone (AC-09). For
// users no bound is needed, since a reset of theirs is open to every administrator; nor for
// the command line, which has the database.
func (a Action) countUnlock(u user.User) error {
	if a.By.ActorID == "" || !guardedNow(u, a.By.At) {
		return nil
	}
	_, wait, err := a.Tx.Count(auth.BucketUnlock, u.ID, auth.LimitOf(auth.BucketUnlock), a.By.At)
	if err != nil || wait == 0 {
		return err
	}
	return &problem.Problem{
		Kind: problem.TooMany, RetryAfter: wait, Link: Path(u), LinkWords: "Go back to " + Shown(u),
		Message: fmt.Sprintf("%s has been unlocked %d times within a day, and an administrator cannot be unlocked more often. Meanwhile "+
			"they can sign in with a recovery code or in a browser that they have used before, or be unlocked by a command on the server.",
			Shown(u), auth.UnlocksPerDay),
	}
}

// EndSession signs the user out of one browser and returns what it is called. A session
// of somebody else does not exist here (AC-04).
func (a Action) EndSession(u user.User, id string) (browser string, err error) {
	if k, _ := KindOf(SignOut); a.By.ActorID == u.ID {
		return "", conflict(k.NotOneself)
	}
	sessions, err := a.Tx.Sessions(u.ID, a.By.At)
	if err != nil {
		return "", err
	}
	for _, s := range sessions {
		if s.ID == id {
			browser = instance.BrowserName(s.UserAgent)
		}
	}
	done, err := a.Tx.EndSession(u.ID, id)
	if err != nil {
		return "", err
	}
	if !done || browser == "" {
		return "", problem.New(problem.NotFound, "")
	}
	return browser, a.note(audit.SessionEnded, u, change("browser", browser, ""))
}
