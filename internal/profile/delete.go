package profile

import (
	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// errLast is why the guard of package store refuses.
var errLast = problem.New(problem.Conflict, "You are the only administrator who can sign in. Make someone else an administrator first.")

// allowed is an error unless people may delete themselves: then the page exists.
func allowed(v *web.Visitor) error {
	if !v.Settings().DeleteSelf {
		return problem.New(problem.NotFound, "")
	}
	return nil
}

func showDelete(v *web.Visitor) error {
	if err := allowed(v); err != nil {
		return err
	}
	last, err := v.DB.LastAdministrator(v.Settings().TwoStep.Demands(user.RoleAdmin), v.User.ID)
	if err != nil {
		return err
	}
	typed := v.Filled(nil, "Delete account")["confirm_username"]
	page := views.ProfileDelete{Frame: v.Frame(nil), Username: v.User.Username, Typed: typed}
	if last {
		page.Refused = errLast.Message
	}
	return v.Render(page)
}

func submitDelete(v *web.Visitor) error {
	if err := allowed(v); err != nil {
		return err
	}
	form, err := v.Form("confirm_username")
	if err != nil {
		return err
	}
	if user.CanonicalName(form["confirm_username"]) != v.User.Username {
		err = problem.Field("confirm_username", "Type your username to be sure")
	} else {
		err = v.Tx(func(tx *store.Tx) error { return remove(v, tx) })
	}
	if err != nil {
		return v.Reject(err, deletePage(v, form, err))
	}
	v.ForgetSession()
	return v.Redirect("/login?notice=deleted")
}

func deletePage(v *web.Visitor, form forms.Form, err error) templ.Component {
	page := views.ProfileDelete{Frame: v.Frame(err), Username: v.User.Username, Typed: form["confirm_username"]}
	if problem.Is(err, problem.Conflict) {
		page.Refused = errLast.Message
	}
	return page
}

// remove puts the visitor into the recycle bin and ends everything that is theirs.
func remove(v *web.Visitor, tx *store.Tx) error {
	u, err := tx.User(v.User.ID)
	if err != nil {
		return err
	}
	settings, err := tx.Settings()
	if err != nil {
		return err
	}
	out, err := tx.Delete(settings.TwoStep.Demands(user.RoleAdmin), u.ID, v.Now)
	switch {
	case err != nil:
		return err
	case out == store.LastAdministrator:
		return errLast
	case out != store.Done:
		return v.SignInAgain() // somebody was faster
	}
	if u.Role == user.RoleAdmin { // they count as one for some days more (AC-09)
		if err := tx.WasAdministrator(u.ID, v.Now); err != nil {
			return err
		}
	}
	e := v.Audit(audit.UserDeleted, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "reason", After: audit.ReasonByUser}}
	ended, err := v.Revoke(tx, ending.CauseOwnDeletion, e, "")
	if err != nil {
		return err
	}
	e.Details = append(e.Details, ended.Details()...)
	if err := tx.Audit(e); err != nil {
		return err
	}
	return v.NotifyByMail(tx, u, mail.Deleted, e, mail.Facts{})
}
