package web

import (
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// tooMany is the refusal of a try that has to wait, with the sentence that says what
// there was too much of. It reads the same for names that exist and names that do not.
func tooMany(wait time.Duration, why string) error {
	return &problem.Problem{Kind: problem.TooMany, Message: why, RetryAfter: wait}
}

// What there was too much of.
const (
	manyForName = "There were too many wrong passwords for this username. If you use two-step verification, you need not wait: sign in with your password and a code together."
	// manyInARow is of a name that is closed to browsers that are not known.
	manyInARow     = "There were too many wrong passwords in a row for this username. In a browser that it has not been used in before, the password alone does not work any more. If you use two-step verification, sign in with your password and a code together. If you do not, sign in from a browser that you have used before, or "
	manyForNetwork = "Too many sign-ins from your network did not succeed, for this username or for others. Another network, such as your phone’s, may still work."
)

// PasswordTry is one try of a password that was counted.
type PasswordTry struct {
	slot    string // of the name
	userID  string // "" if there is no such user
	browser string // id of the known browser, or ""
	network string
	wide    string
	lately  int       // tries of the network, this one included; 0 in a known browser
	burst   bucketKey // whose failures share rows of the audit log with this one
	why     string    // it has to wait
	closed  bool      // and waiting does not help
	// canReset says that a new password, by mail, would open sign-in again.
	canReset bool
	// byBoth says that the password is let in together with a code.
	byBoth bool
	found  bool
	// Wait is how long the visitor has to wait; 0 lets the try through.
	Wait time.Duration
}

// Caller returns on whose behalf the password is hashed.
func (t PasswordTry) Caller() password.Caller {
	return password.Caller{Network: t.network, Tries: t.lately}
}

// Refused returns the error for a try that has to wait, or nil.
func (t PasswordTry) Refused() error {
	if t.Wait > 0 {
		p := &problem.Problem{Kind: problem.TooMany, Message: t.why, RetryAfter: t.Wait, Closed: t.closed}
		if t.byBoth {
			p.Ways = append(p.Ways, problem.Way{Link: "/login/with-code", Words: "Sign in with your password and a code"})
		}
		if t.canReset {
			p.Ways = append(p.Ways, problem.Way{Link: "/forgot", Words: "Choose a new password"})
		}
		return p
	}
	return nil
}

// CountPassword counts a try of a password in every bucket it belongs to, before
// anything is checked; tx must commit first. u is the user with that name, if
// found. A browser known for the user has a bucket of its own that no stranger can
// fill, and is not held up by its network.
//
// It asks and writes the same for names of nobody (AU-06): u.ID is "" then, which
// no row has.
func (v *Visitor) CountPassword(tx *store.Tx, name string, u user.User, found bool) (PasswordTry, error) {
	t := PasswordTry{network: auth.Network(v.IP()), wide: auth.WideNetwork(v.IP()), found: found}
	if found {
		name, t.userID = u.Username, u.ID
	}
	t.slot = v.NameSlot(name)
	t.burst = bucketKey{auth.BucketName, t.slot}
	browser := v.BrowserHash() // read for every name, so that a doubled cookie tells nothing (AU-06)
	if v.doubled && !v.noted {
		if err := v.auditDoubled(tx); err != nil {
			return t, err
		}
	}
	id, known, err := tx.KnowsBrowser(browser, u.ID, v.Now)
	if err != nil {
		return t, err
	}
	if known && found {
		t.browser, t.burst = id, bucketKey{auth.BucketBrowser, id}
		return t, v.countBrowser(tx, u, &t)
	}
	return t, v.countStranger(tx, u, &t)
}

// countStranger counts a try from a browser that is not known, in the buckets of its
// networks and in that of the name, or in none of them.
func (v *Visitor) countStranger(tx *store.Tx, u user.User, t *PasswordTry) error {
	all, storm, err := v.passwordBuckets(tx, *t)
	if err != nil {
		return err
	}
	done, err := tx.CountAll(v.Now, all...)
	if err != nil {
		return err
	}
	t.Wait, t.canReset = done.Wait, v.HasMail()
	if done.Wait > 0 && done.At < len(all)-1 {
		t.burst, t.why = bucketKey{all[done.At].Bucket, all[done.At].Key}, manyForNetwork
		t.canReset = false
		return nil
	}
	for i, c := range all {
		if c.Bucket == auth.BucketNetwork && i < len(done.Tries) {
			t.lately = done.Tries[i].Count
		}
	}
	name := done.Tries[len(all)-1]
	if t.why, t.byBoth = manyForName, true; name.Count >= auth.LimitOf(auth.BucketName).Ceiling {
		t.why, t.closed = manyInARow+v.newPasswordWays(), true
	}
	if t.Wait > 0 {
		return v.stillLocked(tx, u, name.BlockedUntil)
	}
	if storm && !t.found {
		// A flood of invented names would else bring rows of its own for each (LO-08).
		t.burst = bucketKey{auth.BucketAll, ""}
	}
	if err := v.countCrowd(tx); err != nil {
		return err
	}
	if name.BlockedUntil.After(v.Now) {
		if err := tx.SetLockedUntil(u.ID, name.BlockedUntil); err != nil {
			return err
		}
	}
	if !t.found {
		return nil
	}
	return v.tellOwner(tx, u, name.Count)
}

// lockedEvery is how far behind the list of users may be with the end of a ceiling,
// which moves with every try that is refused.
const lockedEvery = time.Hour

// stillLocked keeps the list of users right about a name that is closed until somebody
// opens it. It writes once an hour at most: a try that is refused else writes nothing.
func (v *Visitor) stillLocked(tx *store.Tx, u user.User, until time.Time) error {
	if u.ID == "" || until.Sub(u.LockedUntil) < lockedEvery {
		return nil
	}
	return tx.SetLockedUntil(u.ID, until)
}

// tellAt is how many tries in a row the owner of a name is told of (AU-13).
const tellAt = 20

// tellOwner tells a user of many tries in a row from browsers that are not known for
// them: once, and again when the ceiling closes sign-in.
//
// It is work that a name of nobody does not cause (AU-06): a few rows, about a
// thousandth of the hash that follows. Nobody can measure that. It happens at two
// tries in a hundred, the first after more than an hour of waiting, and not again
// until the user signs in: an attacker has one sample of each, where telling the two
// kinds of names apart would take thousands.
func (v *Visitor) tellOwner(tx *store.Tx, u user.User, tries int) error {
	if tries != tellAt && tries != auth.LimitOf(auth.BucketName).Ceiling || !u.Active() {
		return nil
	}
	e := v.Audit(audit.LoginPassword, audit.ResultFailed)
	e.ActorID, e.ActorName = "", "" // nobody has shown who they are
	return v.Notify(tx, u, mail.TooManyFailures, e, mail.Facts{})
}

// countBrowser counts in the bucket of a known browser, which loses its
// privilege with the last free try.
func (v *Visitor) countBrowser(tx *store.Tx, u user.User, t *PasswordTry) error {
	limit := auth.LimitOf(auth.BucketBrowser)
	tries, wait, err := tx.Count(auth.BucketBrowser, t.browser, limit, v.Now)
	t.Wait, t.why, t.canReset = wait, manyForName, v.HasMail()
	if err != nil || tries.Count < limit.Free {
		return err
	}
	if err := v.forgetGuessing(tx, u, t.browser); err != nil {
		return err
	}
	_, err = tx.DropBrowser(t.userID, t.browser)
	return err
}

// PasswordRight clears what a right password clears: the tries in a row of its
// name, so that a known browser opens it again for every other, and its own. The
// networks go on counting it until a session starts: somebody who has nothing but the
// password is a guesser still.
func (v *Visitor) PasswordRight(tx *store.Tx, t PasswordTry) error {
	if err := tx.Clear(auth.BucketName, t.slot); err != nil {
		return err
	}
	if t.browser != "" {
		return tx.Clear(auth.BucketBrowser, t.browser)
	}
	v.Pending.Counted = t.network
	return nil
}

// Refund takes the try of the password back that this sign-in began with, from the
// networks that it is counted for. They keep what failed. It is for the last step.
func (v *Visitor) Refund(tx *store.Tx) error {
	if v.Pending.Counted == "" {
		return nil
	}
	address, _, _ := strings.Cut(v.Pending.Counted, "/")
	t := PasswordTry{network: v.Pending.Counted, wide: auth.WideNetwork(address)}
	for _, b := range append(t.networks(), bucketKey{auth.BucketAll, ""}) {
		if err := tx.Refund(b.bucket, b.key, auth.LimitOf(b.bucket)); err != nil {
			return err
		}
	}
	return nil
}

// CoalescePassword says for how many failures an audit row about this try stands; 0
// means that no row is due. What a closed network sends is one storm, however many
// names it tries: else each new name would bring rows of its own (LO-08).
func (v *Visitor) CoalescePassword(tx *store.Tx, t PasswordTry) (int, error) {
	return tx.Coalesce(t.burst.bucket, t.burst.key, v.Now)
}

// newPasswordWays ends a sentence with how else a closed password is opened.
func (v *Visitor) newPasswordWays() string {
	if v.HasMail() {
		return "choose a new password with a link in your mailbox."
	}
	return "ask your administrator for a password link."
}
