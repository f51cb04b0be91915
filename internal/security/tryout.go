package security

import (
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/factor"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

// Somebody who has recovery codes but never tried one finds out whether they can
// read their own hand on the day the phone is gone. Here they find out before.

func showTryOut(v *web.Visitor) error {
	return v.Render(views.TryRecoveryCode{Frame: v.Frame(nil)})
}

func submitTryOut(v *web.Visitor) error {
	form, err := v.Form("recovery_code")
	if err != nil {
		return err
	}
	if err := tryOut(v, form["recovery_code"]); err != nil {
		return v.Reject(err, views.TryRecoveryCode{Frame: v.Frame(err)})
	}
	return v.Redirect("/security")
}

// tryOut tells whether a recovery code would work and leaves it unused. Tries count
// like those of signing in: a stolen session must not be a way to search for codes.
func tryOut(v *web.Visitor, typed string) error {
	if typed == "" {
		return problem.Field("recovery_code", "Enter one of your recovery codes")
	}
	var refused error
	err := v.Tx(func(tx *store.Tx) error {
		wait, err := v.CountSecond(tx, auth.BucketRecovery, v.User.ID)
		if err != nil || wait == 0 {
			return err
		}
		refused = v.TooMany(wait)
		return tx.Audit(v.Audit(audit.LoginBlocked, audit.ResultBlocked))
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	works := false
	if code, readable := factor.CleanRecoveryCode(typed); readable {
		if works, err = v.TryRecoveryCode(v.User.ID, code); err != nil {
			return err
		}
	}
	return tried(v, works)
}

// tried writes down how it went.
func tried(v *web.Visitor, works bool) error {
	if !works {
		return failed(v, audit.RecoveryTried, problem.Field("recovery_code", "That recovery code is not right, or it has been used"))
	}
	return v.Tx(func(tx *store.Tx) error {
		if err := tx.TriedRecoveryCode(v.User.ID, v.Now); err != nil {
			return err
		}
		if err := tx.Clear(auth.BucketRecovery, v.User.ID); err != nil {
			return err
		}
		if err := tx.Audit(v.Audit(audit.RecoveryTried, audit.ResultOK)); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "That recovery code works. It has not been used up."})
	})
}
