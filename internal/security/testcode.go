package security

import (
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/proof"
	"latchkey/views"
)

// Somebody who has recovery codes but never tried one finds out whether they can
// read their own hand on the day the phone is gone. Here they find out before.

func showTestCode(v *web.Visitor) error {
	return v.Render(views.TryRecoveryCode{Frame: v.Frame(nil)})
}

func submitTestCode(v *web.Visitor) error {
	form, err := v.Form("recovery_code")
	if err != nil {
		return err
	}
	if err := testCode(v, form["recovery_code"]); err != nil {
		return v.Reject(err, views.TryRecoveryCode{Frame: v.Frame(err)})
	}
	return v.Redirect("/security")
}

// testCode tells whether a recovery code would work and leaves it unused. Tries count
// like those of signing in, and against the session: a stolen one must not be a way to
// search for codes, nor to close the way by which its owner may need to come back.
func testCode(v *web.Visitor, typed string) error {
	code, err := proof.ReadRecoveryCode(typed)
	if err != nil {
		return err
	}
	try, err := countTry(v, auth.BucketRecovery, audit.ReasonTryingCode)
	if err != nil {
		return err
	}
	works, err := proof.TryRecoveryCode(&v.Holder, v.User.ID, code)
	if err != nil {
		return err
	}
	return tried(v, try, works)
}

// tried writes down how it went.
func tried(v *web.Visitor, try instance.Try, works bool) error {
	if !works {
		return failed(v, try, audit.RecoveryTried, audit.ReasonTryingCode, problem.Field("recovery_code", "That recovery code is not right, or it has been used"))
	}
	return v.Tx(func(tx *store.Tx) error {
		if err := tx.TriedRecoveryCode(v.User.ID, v.Now); err != nil {
			return err
		}
		if err := try.Refund(tx); err != nil {
			return err
		}
		if err := tx.Clear(auth.BucketRecovery, v.User.ID); err != nil {
			return err
		}
		if err := tx.GiveConfirmBack(v.Session.IDHash); err != nil {
			return err // all ten may be tried
		}
		if err := tx.Audit(v.Audit(audit.RecoveryTried, audit.ResultOK)); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "That recovery code works. It has not been used up."})
	})
}
