package login

import (
	"errors"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/password"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// errBoth is a combination that was not right; the person who tried gets second.wrong.
var errBoth = errors.New("password and code do not fit")

// checkBoth looks at the password and at the code, whatever the password was, and only
// then says anything.
func checkBoth(v *web.Visitor, name, typed string, s second) error {
	a := attempt{typed: name, password: typed, begin: time.Now()}
	match, err := a.check(v, func(tx *store.Tx) (err error) {
		if a.login, a.found, err = tx.LoginByName(user.CanonicalName(name)); err != nil {
			return err
		}
		a.try, err = v.CountBoth(tx, v.Caller())
		return err
	})
	if err != nil {
		return err
	}
	v.User = user.User{}
	if match != password.NoMatch {
		v.User = a.login.User
	}
	return secondOfBoth(v, a, match, s)
}

// secondOfBoth goes on with the code. v.User is the user if the password was right, and
// nobody, who has no codes, if it was not.
func secondOfBoth(v *web.Visitor, a attempt, match int, s second) error {
	err := v.Tx(func(tx *store.Tx) (err error) {
		s.try, err = v.CountBothSecond(tx, v.Caller(), s.bucket, v.User)
		return err
	})
	if err != nil {
		return err
	}
	app, fits, err := matchSecond(v, s)
	if err != nil {
		return err
	}
	if !s.try.Refused() && fits && match != password.NoMatch {
		err := enterByBoth(v, a, match, s, app)
		if err != error(errBoth) {
			return err
		}
	}
	if err := v.Tx(func(tx *store.Tx) error { return auditBoth(v, tx, a, s) }); err != nil {
		return err
	}
	v.User = user.User{} // the answer is that of nobody
	if err := a.waitForFloor(v); err != nil {
		return err
	}
	return s.wrong
}

// matchSecond looks whether the code fits; nothing is used up yet.
func matchSecond(v *web.Visitor, s second) (app proof.Match, fits bool, err error) {
	if s.bucket == auth.BucketCode {
		return proof.MatchCode(&v.Holder, v.User.ID, s.code)
	}
	fits, err = proof.TryRecoveryCode(&v.Holder, v.User.ID, s.code)
	return app, fits, err
}

// auditBoth writes a failure down: of the code, if the password was right, which the
// administrators should know; else of the password.
func auditBoth(v *web.Visitor, tx *store.Tx, a attempt, s second) error {
	if v.User.ID != "" {
		reason := audit.ReasonWrong
		if s.bucket == auth.BucketRecovery {
			reason = audit.ReasonWrongOrUsed
		}
		return auditSecond(v, tx, s.try, s.event, audit.ResultFailed, reason)
	}
	e := v.Audit(audit.LoginPassword, audit.ResultFailed)
	e.SubjectID, e.SubjectName = a.login.User.ID, a.login.User.Username
	if e.SubjectID == "" {
		e.SubjectName = audit.HideName(v.Ring, a.typed)
	}
	return a.try.Audit(tx, e)
}

// enterByBoth uses the code up and begins the session, with everything that follows from
// it, in one transaction. It returns errBoth if somebody else was faster with the code, or
// if a credential changed meanwhile.
func enterByBoth(v *web.Visitor, a attempt, match int, s second, app proof.Match) error {
	upgraded, err := upgrade(v, a, match)
	if err != nil {
		return err
	}
	var tokens session.Tokens
	err = v.Tx(func(tx *store.Tx) (err error) {
		tokens, err = bothInTx(v, tx, a, upgraded, s, app)
		return err
	})
	if err != nil {
		return err
	}
	v.SendTokens(tokens)
	return nil
}

func bothInTx(v *web.Visitor, tx *store.Tx, a attempt, upgraded string, s second, app proof.Match) (tokens session.Tokens, err error) {
	u, err := stillRight(tx, a.login)
	if errors.Is(err, errWrong) {
		err = errBoth
	}
	if err != nil {
		return tokens, err
	}
	proofs := auth.Proofs{Password: v.Now, Second: v.Now, SecondKind: s.kind}
	if v.StepFor(u, proofs) != auth.StepDone {
		return tokens, errBoth
	}
	v.User = u
	if upgraded != "" {
		if _, err := tx.UpgradeHash(u.ID, a.login.Hash, upgraded); err != nil {
			return tokens, err
		}
	}
	flash, err := useSecond(v, tx, s, app)
	if err != nil {
		return tokens, err
	}
	if err := bothRight(v, tx, a.try, s.try); err != nil {
		return tokens, err
	}
	if err := found(v, tx); err != nil {
		return tokens, err
	}
	e := v.Audit(s.event, audit.ResultOK)
	if tokens, err = v.StartSession(tx, u, proofs); err != nil {
		return tokens, err
	}
	if flash.Text != "" {
		if err := v.SetFlash(tx, flash); err != nil {
			return tokens, err
		}
	}
	return tokens, tx.Audit(e)
}

// bothRight clears what a password and a code together clear: the tries of the name, so
// that the password alone is let in again, those of the second factor, and this try.
func bothRight(v *web.Visitor, tx *store.Tx, both, code instance.Try) error {
	if err := v.OpenPassword(tx, v.User); err != nil {
		return err
	}
	if err := code.Right(tx); err != nil {
		return err
	}
	return both.Refund(tx)
}

// useSecond uses the code up.
func useSecond(v *web.Visitor, tx *store.Tx, s second, app proof.Match) (views.Flash, error) {
	if s.bucket == auth.BucketCode {
		err := app.Use(&v.Holder, tx)
		if err == error(proof.ErrUsedCode) {
			err = errBoth
		}
		return views.Flash{}, err
	}
	done, err := proof.UseRecoveryCode(&v.Holder, tx, v.User.ID, s.code)
	if err != nil || !done {
		return views.Flash{}, orElse(err, errBoth)
	}
	return recoveryUsed(v, tx, s.try)
}
