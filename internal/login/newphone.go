package login

import (
	"errors"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/password"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// The link of an approved request for a lost phone leads here. It is worth nothing
// without the password: who found or read it holds one thing of two. The old app and
// the old recovery codes work until the new app is confirmed (package security).

func followNewPhone(v *web.Visitor) error {
	return follow.Link(v, auth.StepLink, "/lost-phone/new", store.PurposePhone)
}

func showNewPhone(v *web.Visitor, _ store.Link) error {
	return v.Render(views.NewPhone{Frame: v.Frame(nil), Username: v.User.Username})
}

func submitNewPhone(v *web.Visitor, link store.Link, form forms.Form) error {
	if err := passwordForPhone(v, link, form["password"]); err != nil {
		return v.Reject(err, views.NewPhone{Frame: v.Frame(err), Username: v.User.Username})
	}
	return v.Redirect(auth.StepEnrol.Path())
}

// passwordForPhone checks the password like the sign-in page does, with the same
// counting, and goes on to the enrolment. The link is used up by confirming that.
func passwordForPhone(v *web.Visitor, link store.Link, typed string) error {
	if typed == "" {
		return problem.Field("password", "Enter your password")
	}
	a := attempt{typed: v.User.Username, password: typed, begin: time.Now()}
	match, err := a.check(v, func(tx *store.Tx) (err error) {
		if a.login, a.found, err = tx.LoginByID(v.User.ID); err != nil {
			return err
		}
		return a.count(v, tx, v.User.Username)
	})
	if err != nil {
		return err
	}
	if match == password.NoMatch {
		if err := a.refuse(v); !errors.Is(err, errWrong) {
			return err
		}
		return problem.Field("password", "That password is not right")
	}
	return beginNewPhone(v, a, link)
}

func beginNewPhone(v *web.Visitor, a attempt, link store.Link) error {
	var token string
	err := v.Tx(func(tx *store.Tx) error {
		if _, err := stillRight(tx, a.login); err != nil {
			return err
		}
		u, err := v.TakePending(tx)
		if err != nil {
			return err
		}
		if err := a.try.Right(tx); err != nil {
			return err
		}
		e := v.Audit(audit.LoginPassword, audit.ResultOK)
		e.Details = because(audit.ReasonNewPhone)
		if err := tx.Audit(e); err != nil {
			return err
		}
		token, err = v.StartPending(tx, store.Pending{
			UserID: u.ID, CredVersion: u.CredVersion, Stage: auth.StepEnrol, PasswordAt: v.Now, LinkHash: link.TokenHash,
			Counted: a.try.Counted(),
		})
		return err
	})
	if err != nil {
		return err
	}
	v.SendPending(token)
	return nil
}
