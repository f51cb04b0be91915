package login

import (
	"errors"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/password"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// accept takes a right password. It returns the path of the next step after the
// commit, with the cookie of a pending sign-in or a session.
func accept(v *web.Visitor, a attempt, match int, next string) (path string, err error) {
	upgraded, err := upgrade(v, a, match)
	if err != nil {
		return "", err
	}
	var step auth.Step
	var send func()
	err = v.Tx(func(tx *store.Tx) error {
		u, err := stillRight(tx, a.login)
		if err != nil {
			return err
		}
		if err := a.try.Right(tx); err != nil {
			return err
		}
		if upgraded != "" {
			if _, err := tx.UpgradeHash(u.ID, a.login.Hash, upgraded); err != nil {
				return err
			}
		}
		step, send, err = issue(v, tx, u, a.try, next)
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

// upgrade returns a hash of today's kind and cost, of the password's NFC form, if the
// stored one is not that, else "". Where there is no room to compute it the password was
// right all the same, and the next sign-in replaces the hash.
func upgrade(v *web.Visitor, a attempt, match int) (string, error) {
	if match == 0 && !password.NeedsUpgrade(a.login.Hash, v.Hasher.Cost()) {
		return "", nil
	}
	clean, err := password.Clean(a.password)
	if err != nil {
		return "", err
	}
	hash, err := v.Hasher.Hash(v.Context(), a.try.Hashing(), clean)
	if errors.Is(err, password.ErrBusy) {
		return "", nil
	}
	return hash, err
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
func issue(v *web.Visitor, tx *store.Tx, u user.User, try instance.Try, next string) (step auth.Step, send func(), err error) {
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
	if err := tx.Audit(e); err != nil || step == auth.StepSignIn {
		return step, nil, err
	}
	if step != auth.StepCode { // the password is all that there is to show yet
		if err := try.Refund(tx); err != nil {
			return step, nil, err
		}
	}
	if step == auth.StepDone {
		tokens, err := v.StartSession(tx, u, proofs)
		return step, func() { v.SendTokens(tokens) }, err
	}
	p := store.Pending{UserID: u.ID, CredVersion: u.CredVersion, Stage: step, PasswordAt: v.Now, Next: next}
	if step == auth.StepCode {
		p.Counted = try.Counted()
	}
	token, err := v.StartPending(tx, p)
	return step, func() { v.SendPending(token) }, err
}
