package login

import (
	"fmt"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/factor"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/session"
	"latchkey/views"
)

func showCode(v *web.Visitor) error { return v.Render(codePage(v, nil, false)) }

func codePage(v *web.Visitor, err error, remember bool) templ.Component {
	return views.LoginCode{Frame: v.Frame(err), Username: v.User.Username, Issuer: factor.Issuer(v.Settings().InstanceName), RememberDays: v.RememberDays(v.User.Role), Remember: remember}
}

func submitCode(v *web.Visitor) error {
	form, err := v.Form("code", "remember")
	if err != nil {
		return err
	}
	remember := form["remember"] == "1"
	code, err := proof.ReadCode(form["code"])
	if err == nil {
		if err = checkCode(v, code, remember); err == nil {
			return v.Redirect(target(v.Pending.Next))
		}
	}
	return v.Reject(err, codePage(v, err, remember))
}

// checkCode is the second step with a code from an authenticator app. remember asks
// that this browser skip it from now on.
func checkCode(v *web.Visitor, code string, remember bool) error {
	try, err := countSecond(v, auth.BucketCode, audit.LoginCode)
	if err != nil {
		return err
	}
	match, ok, err := proof.MatchCode(&v.Holder, v.User.ID, code)
	if err != nil {
		return err
	}
	if !ok {
		return failCode(v, try, code)
	}
	err = finish(v, auth.SecondCode, remember, audit.LoginCode, func(tx *store.Tx) (views.Flash, error) {
		if err := match.Use(&v.Holder, tx); err != nil {
			return views.Flash{}, err
		}
		return views.Flash{}, try.Right(tx)
	})
	if err == error(proof.ErrUsedCode) {
		return failSecond(v, try, audit.LoginCode, err, audit.ReasonUsed)
	}
	return err
}

func showRecovery(v *web.Visitor) error { return v.Render(recoveryPage(v, nil)) }

func recoveryPage(v *web.Visitor, err error) templ.Component {
	return views.LoginRecovery{Frame: v.Frame(err), Username: v.User.Username}
}

func submitRecovery(v *web.Visitor) error {
	form, err := v.Form("recovery_code")
	if err != nil {
		return err
	}
	code, err := proof.ReadRecoveryCode(form["recovery_code"])
	if err == nil {
		if err = checkRecovery(v, code); err == nil {
			return v.Redirect(target(v.Pending.Next))
		}
	}
	return v.Reject(err, recoveryPage(v, err))
}

// errRecovery is the same for a code that never was and one that was used.
var errRecovery = problem.Field("recovery_code", "That recovery code is not right, or it has been used")

// checkRecovery is the second step with a recovery code.
func checkRecovery(v *web.Visitor, code string) error {
	try, err := countSecond(v, auth.BucketRecovery, audit.LoginRecovery)
	if err != nil {
		return err
	}
	err = finish(v, auth.SecondRecovery, false, audit.LoginRecovery, func(tx *store.Tx) (views.Flash, error) {
		done, err := proof.UseRecoveryCode(&v.Holder, tx, v.User.ID, code)
		if err != nil || !done {
			return views.Flash{}, orElse(err, errRecovery)
		}
		return recoveryUsed(v, tx, try)
	})
	if err == error(errRecovery) {
		return failSecond(v, try, audit.LoginRecovery, err, audit.ReasonWrongOrUsed)
	}
	return err
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// recoveryUsed writes down that a code was spent and says how many are left.
func recoveryUsed(v *web.Visitor, tx *store.Tx, try instance.Try) (views.Flash, error) {
	if err := try.Right(tx); err != nil {
		return views.Flash{}, err
	}
	total, left, err := tx.RecoveryCodes(v.User.ID)
	if err != nil {
		return views.Flash{}, err
	}
	e := v.Audit(audit.RecoveryUsed, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "left", After: fmt.Sprint(left)}}
	f := views.Flash{Kind: "good", Text: fmt.Sprintf("You used a recovery code. %d of %d left.", left, total)}
	if left <= views.FewCodes {
		f.Kind, f.Link, f.LinkNote = "warn", "/security/recovery-codes/new", "Make new codes"
	}
	if left == 0 {
		f = views.Flash{Kind: "warn", Text: "You have no recovery codes left."}
		v.Pending.Next = "/security/recovery-codes/new"
	}
	if err := tx.Audit(e); err != nil {
		return f, err
	}
	return f, v.Notify(tx, v.User, mail.RecoveryUsed, e, mail.Facts{Left: left})
}

// countSecond counts a try of a second factor against the pending sign-in and
// against the user, and commits, before anything is compared (AU-01).
func countSecond(v *web.Visitor, b auth.Bucket, event audit.Event) (try instance.Try, err error) {
	var refused error
	err = v.Tx(func(tx *store.Tx) (err error) {
		if try, err = v.CountSecond(tx, v.Caller(), b, v.User); err != nil {
			return err
		}
		counted, err := tx.CountPending(v.Pending.IDHash)
		if err != nil || counted && !try.Refused() {
			return err
		}
		refused = proof.Refusal(v.Instance, try)
		if err := tx.ShutPending(v.Pending.IDHash); err != nil {
			return err
		}
		return auditSecond(v, tx, try, audit.LoginBlocked, audit.ResultBlocked, string(event))
	})
	return try, orElse(err, refused)
}

// failSecond writes down a try that was not right and returns why.
func failSecond(v *web.Visitor, try instance.Try, event audit.Event, why error, reason string) error {
	err := v.Tx(func(tx *store.Tx) error { return auditSecond(v, tx, try, event, audit.ResultFailed, reason) })
	return orElse(err, why)
}

// failCode writes down a wrong code, and if a wrong clock explains it, which one. The
// visitor is told nothing of that: a guesser would learn which codes come close.
func failCode(v *web.Visitor, try instance.Try, code string) error {
	clock, found, err := proof.FindWrongClock(&v.Holder, v.User.ID, code)
	if err != nil {
		return err
	}
	reason := audit.ReasonWrong
	if found {
		reason = clock.Words()
	}
	err = v.Tx(func(tx *store.Tx) error {
		if found {
			if err := clock.Note(tx); err != nil {
				return err
			}
		}
		return auditSecond(v, tx, try, audit.LoginCode, audit.ResultFailed, reason)
	})
	return orElse(err, proof.WrongCode(&v.Holder))
}

func auditSecond(v *web.Visitor, tx *store.Tx, try instance.Try, event audit.Event, result audit.Result, reason string) error {
	e := v.Audit(event, result)
	e.Details = []audit.Detail{{Name: "reason", After: reason}}
	return try.Audit(tx, e)
}

// finish turns the pending sign-in into a session: use takes the second factor,
// and everything else stands in the same transaction; with remember, this browser
// may skip the step next time. The cookies follow the commit.
func finish(v *web.Visitor, kind string, remember bool, event audit.Event, use func(*store.Tx) (views.Flash, error)) error {
	var tokens session.Tokens
	err := v.Tx(func(tx *store.Tx) error {
		flash, err := use(tx)
		if err != nil {
			return err
		}
		u, err := v.TakePending(tx)
		if err != nil {
			return err
		}
		if err := found(v, tx); err != nil {
			return err
		}
		tokens, err = v.StartSession(tx, u, auth.Proofs{Password: v.Pending.PasswordAt, Second: v.Now, SecondKind: kind})
		if err != nil {
			return err
		}
		if flash.Text != "" {
			if err := v.SetFlash(tx, flash); err != nil {
				return err
			}
		}
		e := v.Audit(event, audit.ResultOK)
		if remember {
			if tokens, e.Details, err = v.Remember(tx, tokens); err != nil {
				return err
			}
		}
		return tx.Audit(e)
	})
	if err != nil {
		return err
	}
	v.SendTokens(tokens)
	return nil
}
