package login

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
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
// The order is the protection: the try is counted and committed, then one hash is
// computed whoever the user is, then the user is read again in the transaction
// that issues the pending sign-in, so that a password changed meanwhile does not
// count.
func checkPassword(v *web.Visitor, typed, password, next string) (path string, err error) {
	begin := time.Now()
	name := user.CanonicalName(typed)
	var login store.Login
	var found bool
	var try web.PasswordTry
	err = v.Tx(func(tx *store.Tx) (err error) {
		if login, found, err = tx.LoginByName(name); err != nil {
			return err
		}
		if try, err = v.CountPassword(tx, name, login.User, found); err != nil || try.Wait == 0 {
			return err
		}
		return auditTry(v, tx, try, refusal{result: audit.ResultBlocked}, login.User, typed)
	})
	if err != nil {
		return "", err
	}
	if err := try.Refused(); err != nil {
		return "", err
	}
	right, err := verify(v, login, found, password)
	if err != nil {
		return "", err
	}
	if !right {
		return "", refuse(v, try, login.User, typed, whyNot(login, found, password), begin)
	}
	return accept(v, try, login, password, next)
}

// verify computes one hash: the user's, or a dummy of the same cost for everybody
// who cannot sign in whatever the password is.
func verify(v *web.Visitor, login store.Login, found bool, password string) (bool, error) {
	hash := login.Hash
	if !found || login.User.Disabled || !login.User.DeletedAt.IsZero() {
		hash = ""
	}
	password, err := user.CleanPassword(password)
	if err != nil {
		return false, nil // refused at once, for names that exist and names that do not
	}
	right, err := v.Hasher.Verify(v.Context(), web.Network(v.IP()), hash, password)
	if errors.Is(err, user.ErrCorrupt) {
		v.Log.Error("a stored password hash is corrupt", "id", v.RequestID, "user", login.User.ID)
		return false, nil // refuse writes it down
	}
	return right && hash != "", err
}

// refusal is how the audit log tells of a password that was refused.
type refusal struct {
	result audit.Result
	reason string // "" where there is none but the password, or the limit
}

// refuse writes the failure down and answers no sooner than the slowest kind of
// hash would have been verified.
func refuse(v *web.Visitor, try web.PasswordTry, u user.User, typed string, why refusal, begin time.Time) error {
	err := v.Tx(func(tx *store.Tx) error {
		return auditTry(v, tx, try, why, u, typed)
	})
	if err != nil {
		return err
	}
	if err := waitForFloor(v, begin); err != nil {
		return err
	}
	return errWrong
}

// waitForFloor waits, without work, until the slowest kind of hash in use would
// have been verified. While all hashes are of the current cost, the dummy takes as
// long as any of them and nobody waits.
func waitForFloor(v *web.Visitor, begin time.Time) error {
	samples, err := v.DB.HashSamples()
	if err != nil {
		return err
	}
	current := v.Hasher.Cost().String()
	if !slices.ContainsFunc(samples, func(hash string) bool { return user.Profile(hash) != current }) {
		return nil
	}
	wait := time.NewTimer(v.Hasher.FloorFor(samples...) - time.Since(begin))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-v.Context().Done():
	}
	return nil
}

// auditTry writes down a try that failed or was held back. In a storm most are
// only counted. The name of nobody is hidden: people type passwords there.
func auditTry(v *web.Visitor, tx *store.Tx, try web.PasswordTry, why refusal, u user.User, typed string) error {
	count, err := v.FoldPassword(tx, try)
	if err != nil || count == 0 {
		return err
	}
	e := v.Audit(audit.LoginPassword, why.result)
	if try.Wait > 0 {
		e.Event = audit.LoginBlocked
	}
	e.ActorID, e.ActorName = "", ""
	e.SubjectID, e.SubjectName = u.ID, u.Username
	if u.ID == "" {
		e.SubjectName = audit.HideName(v.Ring, typed)
	}
	if why.reason != "" {
		e.Details = append(e.Details, audit.Detail{Name: "reason", After: why.reason})
	}
	if count > 1 {
		e.Details = append(e.Details, audit.Detail{Name: "tries", After: strconv.Itoa(count)})
	}
	return tx.Audit(e)
}

// accept takes a right password. It returns the path of the next step after the
// commit, with the cookie of a pending sign-in or a session.
func accept(v *web.Visitor, try web.PasswordTry, login store.Login, password, next string) (path string, err error) {
	upgraded, err := upgrade(v, login.Hash, password)
	if err != nil {
		return "", err
	}
	var step auth.Step
	var send func()
	err = v.Tx(func(tx *store.Tx) error {
		u, err := stillRight(tx, login)
		if err != nil {
			return err
		}
		if err := v.PasswordRight(tx, try); err != nil {
			return err
		}
		if upgraded != "" {
			if _, err := tx.UpgradeHash(u.ID, login.Hash, upgraded); err != nil {
				return err
			}
		}
		step, send, err = issue(v, tx, u, next)
		return err
	})
	if err != nil {
		return "", err
	}
	if step == auth.StepSignIn {
		return "", errReset
	}
	send()
	if step == auth.StepDone {
		return target(next), nil
	}
	return step.Path(), nil
}

// upgrade returns a hash of today's kind and cost if the stored one is not, else "".
func upgrade(v *web.Visitor, stored, password string) (string, error) {
	if !user.NeedsUpgrade(stored, v.Hasher.Cost()) {
		return "", nil
	}
	clean, err := user.CleanPassword(password)
	if err != nil {
		return "", err
	}
	return v.Hasher.Hash(v.Context(), web.Network(v.IP()), clean)
}

// stillRight reads the user again and refuses if a credential was changed, or the
// user disabled or deleted, while the hash was computed: each raises cred_version. A
// hash that another sign-in upgraded meanwhile is of the same password.
func stillRight(tx *store.Tx, login store.Login) (user.User, error) {
	again, found, err := tx.LoginByID(login.User.ID)
	if err == nil && (!found || again.User.CredVersion != login.User.CredVersion) {
		err = errWrong
	}
	return again.User, err
}

// issue stores what a right password is worth: a pending sign-in of the next
// step, or a session if nothing else is asked for. send gives it to the browser
// and must run after the commit. A remembered browser stands in for the code. The
// step is StepSignIn if the password is worth nothing because two-step verification
// was reset.
func issue(v *web.Visitor, tx *store.Tx, u user.User, next string) (step auth.Step, send func(), err error) {
	proofs := auth.Proofs{Password: v.Now}
	step = v.StepFor(u, proofs)
	e := v.Audit(audit.LoginPassword, audit.ResultOK)
	if step == auth.StepCode {
		if proofs.Remembered, err = v.Remembered(tx, u); err != nil {
			return step, nil, err
		}
		if proofs.Remembered {
			step = v.StepFor(u, proofs)
			e.Details = because(audit.ReasonRemembered)
		}
	}
	e.ActorID, e.ActorName, e.SubjectID, e.SubjectName = u.ID, u.Username, u.ID, u.Username
	if step == auth.StepDone && !proofs.Remembered {
		e.Details = because(audit.ReasonNoSecondStep)
	}
	if step == auth.StepSignIn {
		e.Result = audit.ResultBlocked
		e.Details = because(audit.ReasonResetFirst)
	}
	if err := tx.Audit(e); err != nil {
		return step, nil, err
	}
	switch step {
	case auth.StepSignIn:
		return step, nil, nil
	case auth.StepDone:
		tokens, err := v.StartSession(tx, u, proofs)
		return step, func() { v.SendTokens(tokens) }, err
	}
	p := store.Pending{UserID: u.ID, CredVersion: u.CredVersion, Stage: step, PasswordAt: v.Now, Next: next}
	if step == auth.StepCode {
		p.Counted = v.Pending.Counted
	} else if err := v.GiveBack(tx); err != nil { // the password is all that there is to show yet
		return step, nil, err
	}
	token, err := v.StartPending(tx, p)
	return step, func() { v.SendPending(token) }, err
}
