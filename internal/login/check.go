package login

import (
	"errors"
	"slices"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/proof"
)

// errWrong is the one answer to every wrong combination: no such user, wrong or
// no password, disabled. Nothing in it tells which (AU-05).
var errWrong = errors.Join(
	problem.Field("username", "Check your username and password"),
	problem.Field("password", "Check your username and password"),
)

// errReset is told after a right password only.
var errReset = problem.Field("username", "Your two-step verification was reset. Ask your administrator for a password link to set it up again.")

// checkPassword is the first step. It returns the path of the next one, or
// errWrong, or another problem.
//
// The order is the protection: the try is counted and committed, then the password is
// hashed, no matter who the user is, then the user is read again in the transaction
// that issues the pending sign-in, so that a password changed meanwhile does not
// count.
func checkPassword(v *web.Visitor, username, typed, next string) (path string, err error) {
	name := user.CanonicalName(username)
	a := attempt{typed: username, password: typed, begin: time.Now()}
	match, err := a.check(v, func(tx *store.Tx) (err error) {
		if a.login, a.found, err = tx.LoginByName(name); err != nil {
			return err
		}
		return a.count(v, tx, name)
	})
	if err != nil {
		return "", err
	}
	if match == password.NoMatch {
		return "", a.refuse(v)
	}
	return accept(v, a, match, next)
}

// attempt is a password on its way through the check.
type attempt struct {
	typed, password string // the name and the password, as they came
	begin           time.Time
	login           store.Login
	found           bool
	try             instance.Try
}

// check finds the user and counts the try, in one transaction, and verifies the password
// once that is committed, unless the try has to wait. It returns what verify returns. A try
// that found no room to be looked at is taken back.
func (a *attempt) check(v *web.Visitor, count func(*store.Tx) error) (match int, err error) {
	if err := v.Tx(count); err != nil {
		return password.NoMatch, err
	}
	if a.try.Refused() {
		return password.NoMatch, proof.Refusal(v.Instance, a.try)
	}
	match, err = a.verify(v)
	return match, v.Unseen(a.try, err)
}

// count counts the try, and writes it down if it has to wait.
func (a *attempt) count(v *web.Visitor, tx *store.Tx, name string) (err error) {
	if a.try, err = v.CountPassword(tx, name, a.login.User, a.found); err != nil || !a.try.Refused() {
		return err
	}
	return a.audit(v, tx, refusal{result: audit.ResultBlocked})
}

// verify computes one hash for each spelling of what was typed: the user's, or a dummy
// of the same cost for everybody who cannot sign in whatever the password is. It returns
// which spelling is right, or password.NoMatch.
func (a *attempt) verify(v *web.Visitor) (match int, err error) {
	hash := a.login.Hash
	if !a.found || !a.login.User.Active() {
		hash = ""
	}
	spellings, err := password.Spellings(a.password)
	if err != nil {
		return password.NoMatch, nil // refused at once, for names that exist and names that do not
	}
	match, err = v.Hasher.Verify(v.Context(), a.try.Hashing(), hash, spellings)
	if errors.Is(err, password.ErrCorrupt) {
		v.Log.Error("a stored password hash cannot be verified", "id", v.RequestID, "user", a.login.User.ID, "error", err)
		return password.NoMatch, nil // refuse writes it down
	}
	return match, err
}

// refusal is how the audit log tells of a password that was refused.
type refusal struct {
	result audit.Result
	reason string // "" where there is none but the password, or the limit
}

// refuse writes the failure down and answers no sooner than the slowest kind of
// hash would have been verified.
func (a *attempt) refuse(v *web.Visitor) error {
	err := v.Tx(func(tx *store.Tx) error { return a.audit(v, tx, whyNot(v.Hasher, a.login, a.found, a.password)) })
	if err != nil {
		return err
	}
	if err := a.waitForFloor(v); err != nil {
		return err
	}
	return errWrong
}

// waitForFloor waits, without work, until the slowest kind of hash in use would
// have been verified for each spelling of the password. While all hashes are of the current cost, the dummy takes as
// long as any of them and nobody waits.
func (a *attempt) waitForFloor(v *web.Visitor) error {
	samples, err := v.DB.HashSamples()
	if err != nil {
		return err
	}
	current := v.Hasher.Cost().String()
	if !slices.ContainsFunc(samples, func(hash string) bool { return password.Profile(hash) != current }) {
		return nil
	}
	spellings, _ := password.Spellings(a.password) // one of what is refused unseen
	floor := v.Hasher.Floor(v.Context(), samples...) * time.Duration(len(spellings))
	wait := time.NewTimer(floor - time.Since(a.begin))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-v.Context().Done():
	}
	return nil
}

// audit writes down a try that failed or was held back. In a burst most are
// only counted. A name that no user has is written as a hash: people type passwords
// into that field.
func (a *attempt) audit(v *web.Visitor, tx *store.Tx, why refusal) error {
	e := v.Audit(audit.LoginPassword, why.result)
	if a.try.Refused() {
		e.Event = audit.LoginBlocked
	}
	e.ActorID, e.ActorName = "", ""
	e.SubjectID, e.SubjectName = a.login.User.ID, a.login.User.Username
	if e.SubjectID == "" {
		e.SubjectName = audit.HideName(v.Ring, a.typed)
	}
	if why.reason != "" {
		e.Details = append(e.Details, audit.Detail{Name: "reason", After: why.reason})
	}
	return a.try.Audit(tx, e)
}
