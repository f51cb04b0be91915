package security

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/ending"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/session"
	"latchkey/views"
)

func showPassword(v *web.Visitor) error {
	v.Filled(nil, "Change password")
	return v.Render(passwordPage(v, nil))
}

func passwordPage(v *web.Visitor, err error) templ.Component {
	return views.PasswordChange{Frame: v.Frame(err), Username: v.User.Username, MinLength: v.Settings().MinPassword(v.Now)}
}

func submitPassword(v *web.Visitor) error {
	form, err := v.Form("current_password", "new_password")
	if err != nil {
		return err
	}
	if err := changePassword(v, form["current_password"], form["new_password"]); err != nil {
		return v.Reject(err, passwordPage(v, err))
	}
	return v.Redirect("/security")
}

// changePassword needs the current password although the session is fresh, so
// that an unlocked screen is not enough (PW-12). It ends every other session.
func changePassword(v *web.Visitor, current, wanted string) error {
	clean, err := proof.CheckNewPassword(&v.Holder, v.User, wanted)
	if current == "" {
		err = errors.Join(problem.Field("current_password", "Enter your current password"), err)
	}
	if err != nil {
		return err
	}
	try, err := countTry(v, auth.BucketCode, audit.ReasonChangingPassword)
	if err != nil {
		return err
	}
	if err := rightPassword(v, try, current, "current_password", audit.PasswordChanged, audit.ReasonChangingPassword); err != nil {
		return err
	}
	hash, err := proof.HashPassword(&v.Holder, clean)
	if err != nil {
		return unseen(v, try, err) // the current one was right, and sending it again costs nothing
	}
	var tokens session.Tokens
	err = v.Tx(func(tx *store.Tx) (err error) {
		tokens, err = storePassword(v, tx, try, hash, proof.EasyPassword(&v.Holder, v.User, clean))
		return err
	})
	if err != nil {
		return err
	}
	v.SendTokens(tokens)
	return nil
}

// storePassword replaces the password and renews this session alone. easy is told:
// the password is allowed and could be better.
func storePassword(v *web.Visitor, tx *store.Tx, try instance.Try, hash string, easy bool) (session.Tokens, error) {
	if done, err := tx.SetPassword(v.User.ID, hash, v.Now); err != nil || !done {
		return session.Tokens{}, orNotFound(err)
	}
	// This try was right; those of codes that were not stay counted (AU-03).
	if err := try.Refund(tx); err != nil {
		return session.Tokens{}, err
	}
	proofs := v.Session.Proofs
	proofs.Password = v.Now
	tokens, err := renewAlone(v, tx, proofs, ending.CauseOwnPassword)
	if err != nil {
		return tokens, err
	}
	e := v.Audit(audit.PasswordChanged, audit.ResultOK)
	if err := tx.Audit(e); err != nil {
		return tokens, err
	}
	if err := v.Notify(tx, v.User, mail.PasswordChanged, e, mail.Facts{}); err != nil {
		return tokens, err
	}
	told := views.Flash{Kind: "good", Text: "Your password has been changed. Other browsers have been signed out."}
	if easy {
		told = views.Flash{Kind: "warn", Text: told.Text + " It is easy to guess: a longer one would be safer."}
	}
	return tokens, v.SetFlash(tx, told)
}
