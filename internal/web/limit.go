package web

import (
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
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
	manyForName = "There were too many wrong passwords for this username."
	// manyInARow is of a name whose road is closed to browsers that are not known.
	manyInARow     = "There were too many wrong passwords in a row for this username. From a browser that it has not been used in before, the password does not work any more. Sign in from a browser that you have used before, or "
	manyForNetwork = "Too many sign-ins from your network did not succeed, for this username or for others. Another network, such as your phone’s, may still work."
)

// PasswordTry is one try of a password that was counted.
type PasswordTry struct {
	slot    string // of the name
	userID  string // "" if there is no such user
	browser string // id of the known browser, or ""
	network string
	wide    string
	storm   bucketKey // whose failures this one is folded with in the audit log
	why     string    // it has to wait
	closed  bool      // and waiting does not help
	// canReset says that a new password, by mail, would open the road again.
	canReset bool
	// Wait is how long the visitor has to wait; 0 lets the try through.
	Wait time.Duration
}

// Refused returns the error for a try that has to wait, or nil.
func (t PasswordTry) Refused() error {
	if t.Wait > 0 {
		p := &problem.Problem{Kind: problem.TooMany, Message: t.why, RetryAfter: t.Wait, Closed: t.closed}
		if t.canReset {
			p.Link, p.LinkWords = "/forgot", "Choose a new password"
		}
		return p
	}
	return nil
}

// nameSlot is the key of a name's bucket: one of 2^18 places, the same for names
// that exist and names that do not, so that neither the answers nor the size of
// the table tell which is which. The place cannot be computed without the key.
func (s *Site) nameSlot(name string) string {
	mac := s.Ring.MAC(secret.PurposeLimit, "name", name)
	return mac[len(mac)-4 : len(mac)-1]
}

// CountPassword counts a try of a password in every bucket it belongs to, before
// anything is checked; tx must commit first. u is the user with that name, if
// found. A browser known for the user has a bucket of its own that no stranger can
// fill, and is not held up by its network.
func (v *Visitor) CountPassword(tx *store.Tx, name string, u user.User, found bool) (PasswordTry, error) {
	t := PasswordTry{network: Network(v.IP()), wide: WideNetwork(v.IP())}
	if found {
		name, t.userID = u.Username, u.ID
	}
	t.slot = v.nameSlot(name)
	t.storm = bucketKey{auth.BucketName, t.slot}
	browser := v.BrowserHash() // read for every name, so that a doubled cookie tells nothing (AU-06)
	if v.doubled && !v.noted {
		if err := v.auditDoubled(tx); err != nil {
			return t, err
		}
	}
	if found {
		id, known, err := tx.KnowsBrowser(browser, u.ID, v.Now)
		if err != nil {
			return t, err
		}
		if known {
			t.browser, t.storm = id, bucketKey{auth.BucketBrowser, id}
			return t, v.countBrowser(tx, u, &t)
		}
	}
	if err := v.countNetworks(tx, &t); err != nil || t.Wait > 0 {
		return t, err
	}
	tries, wait, err := tx.Count(auth.BucketName, t.slot, auth.LimitOf(auth.BucketName), v.Now)
	t.Wait, t.why, t.canReset = wait, manyForName, v.HasMail()
	if t.closed = tries.Count >= auth.LimitOf(auth.BucketName).Ceiling; t.closed {
		t.why = manyInARow + v.newPasswordWays()
	}
	if err == nil && found && tries.BlockedUntil.After(v.Now) {
		err = tx.SetLockedUntil(u.ID, tries.BlockedUntil)
	}
	if err == nil && found && wait == 0 {
		err = v.tellOwner(tx, u, tries.Count)
	}
	return t, err
}

// tellAt is how many tries in a row the owner of a name is told of (SECURITY 3.5).
const tellAt = 20

// tellOwner tells a user of many tries in a row from browsers that are not known for
// him: once, and again when the ceiling closes the road.
//
// It is work that a name of nobody does not cause (AU-06): a few rows, about a
// thousandth of the hash that follows. Nobody can measure that. It happens at two
// tries in a hundred, the first after more than an hour of waiting, and not again
// until the user signs in: an attacker has one sample of each, where telling the two
// kinds of names apart would take thousands.
func (v *Visitor) tellOwner(tx *store.Tx, u user.User, tries int) error {
	if tries != tellAt && tries != auth.LimitOf(auth.BucketName).Ceiling || u.Disabled || !u.DeletedAt.IsZero() {
		return nil
	}
	e := v.Audit(audit.LoginPassword, audit.ResultFailed)
	e.ActorID, e.ActorName = "", "" // nobody has shown who he is
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

// countNetworks counts in the windowed buckets, from the narrow to the wide, and
// stops at the first that has to wait: what one network sends beyond its own limit
// must not use up the tries of its neighbours. While very many tries fail everywhere,
// each network has fewer; nobody is shut out for what others do.
func (v *Visitor) countNetworks(tx *store.Tx, t *PasswordTry) error {
	all, err := tx.Tries(auth.BucketAll, "")
	if err != nil {
		return err
	}
	storm := all.Count >= auth.LimitOf(auth.BucketAll).Free && all.WindowEnds.After(v.Now)
	for _, b := range t.networks() {
		limit := auth.LimitOf(b.bucket)
		if storm && b.bucket == auth.BucketNetwork {
			limit.Free = auth.StormNetworkFree
		}
		_, wait, err := tx.Count(b.bucket, b.key, limit, v.Now)
		if err != nil {
			return err
		}
		if wait > 0 {
			t.Wait, t.storm, t.why = wait, b, manyForNetwork
			return nil
		}
	}
	_, _, err = tx.Count(auth.BucketAll, "", auth.LimitOf(auth.BucketAll), v.Now)
	return err
}

type bucketKey struct {
	bucket auth.Bucket
	key    string
}

func (t PasswordTry) networks() []bucketKey {
	return []bucketKey{
		{auth.BucketNetwork, t.network}, {auth.BucketDay, t.network}, {auth.BucketWide, t.wide},
	}
}

// PasswordRight clears what a right password clears: the tries in a row of its
// name, which a known browser so opens again for every other, and its own. The
// networks go on counting it until a session starts: whoever has nothing but the
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

// GiveBack takes the try of the password back that this sign-in began with, from the
// networks that it is counted for. They keep what failed. It is for the last step.
func (v *Visitor) GiveBack(tx *store.Tx) error {
	if v.Pending.Counted == "" {
		return nil
	}
	address, _, _ := strings.Cut(v.Pending.Counted, "/")
	t := PasswordTry{network: v.Pending.Counted, wide: WideNetwork(address)}
	for _, b := range append(t.networks(), bucketKey{auth.BucketAll, ""}) {
		if err := tx.GiveBack(b.bucket, b.key, auth.LimitOf(b.bucket)); err != nil {
			return err
		}
	}
	return nil
}

// FoldPassword says for how many failures an audit row about this try stands; 0
// means that no row is due. What a closed network sends is one storm, however many
// names it tries: else each new name would bring rows of its own (LO-08).
func (v *Visitor) FoldPassword(tx *store.Tx, t PasswordTry) (int, error) {
	return tx.Fold(t.storm.bucket, t.storm.key, v.Now)
}

// CountSecond counts a try of a second factor of a user (BucketCode or
// BucketRecovery) before it is looked at; tx must commit first. The wait is 0 if
// the try may go on.
func (v *Visitor) CountSecond(tx *store.Tx, b auth.Bucket, userID string) (wait time.Duration, err error) {
	tries, wait, err := tx.Count(b, userID, auth.LimitOf(b), v.Now)
	if err == nil && tries.BlockedUntil.After(v.Now) {
		err = tx.SetLockedUntil(userID, tries.BlockedUntil)
	}
	return wait, err
}

// newPasswordWays ends a sentence with how else the road of a password is opened.
func (v *Visitor) newPasswordWays() string {
	if v.HasMail() {
		return "choose a new password with a link in your mailbox."
	}
	return "ask your administrator for a password link."
}

// TooManySecond is the refusal after CountSecond.
func (v *Visitor) TooManySecond(b auth.Bucket, wait time.Duration) error {
	wait = max(wait, auth.LimitOf(b).Wait)
	switch closed := wait > auth.LimitOf(b).MaxWait; {
	case b == auth.BucketRecovery && closed:
		return &problem.Problem{Kind: problem.TooMany, RetryAfter: wait, Closed: true, Message: "There were too many wrong recovery codes in a row for your account. Recovery codes do not work until an administrator unlocks it. A code from the authenticator app may still work."}
	case b == auth.BucketRecovery:
		return tooMany(wait, "There were too many wrong recovery codes for your account. A code from the authenticator app may still work.")
	case closed:
		return &problem.Problem{Kind: problem.TooMany, RetryAfter: wait, Closed: true, Message: "There were too many wrong codes in a row for your account. Codes from the app do not work until you sign in with a recovery code, or an administrator unlocks your account."}
	}
	return tooMany(wait, "There were too many wrong codes for your account. A recovery code may still work.")
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

// CountForgotten counts that somebody forgot the password of a name. It says
// whether anything may come of it; whoever asks is not told (SECURITY 3.5). It does
// the same for names that exist and names that do not. What one network sends beyond
// its limit does not use up what the others have, nor one name what all have.
func (v *Visitor) CountForgotten(tx *store.Tx, name string) (allowed bool, err error) {
	for _, b := range []bucketKey{
		{auth.BucketForgotNetwork, Network(v.IP())}, {auth.BucketForgotWide, WideNetwork(v.IP())},
		{auth.BucketForgot, v.nameSlot(name)}, {auth.BucketForgotAll, ""},
	} {
		if _, wait, err := tx.Count(b.bucket, b.key, auth.LimitOf(b.bucket), v.Now); err != nil || wait > 0 {
			return false, err
		}
	}
	return true, nil
}
