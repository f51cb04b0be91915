package profile

import (
	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// The mail is often opened on another device, so the link works for anybody who has
// it, signed in or not. It confirms that the address arrives at its user and gives
// nothing else.

func followAddress(v *web.Visitor) error {
	return follow.Link(v, auth.StepLink, "/email", store.PurposeEmail)
}

func showAddress(v *web.Visitor, link store.Link) error {
	return v.Render(addressPage(v, link, nil))
}

func addressPage(v *web.Visitor, link store.Link, err error) templ.Component {
	return views.ConfirmEmail{Frame: v.Frame(err), Username: v.User.Username, Email: link.Subject}
}

func submitAddress(v *web.Visitor, link store.Link, _ forms.Form) error {
	err := v.Tx(func(tx *store.Tx) error { return confirm(v, tx, link) })
	if err != nil {
		return v.Reject(err, addressPage(v, link, err))
	}
	v.DropPendingCookie()
	return v.Redirect("/login?notice=email-confirmed")
}

var (
	// errOver is a link that was used by somebody faster, or whose address no longer waits.
	errOver = problem.New(problem.NotFound, "This link does not work any more.")
	// errTaken is told to the person who reads the address's mail, and to nobody else.
	errTaken = problem.New(problem.Conflict, "Another user has this email address. If that is you, remove it there first.")
)

// confirm uses the link up and puts the address in its place, in one transaction with
// what follows from it.
func confirm(v *web.Visitor, tx *store.Tx, link store.Link) error {
	if taken, err := tx.TakeLink(link.TokenHash, store.PurposeEmail, v.Now); err != nil || !taken {
		return orElse(err, errOver)
	}
	u, err := v.TakePending(tx)
	if err != nil {
		return err
	}
	_, key, err := user.CheckEmail(link.Subject)
	if err != nil {
		return err
	}
	done, err := tx.ConfirmEmail(u.ID, link.Subject, key)
	switch {
	case problem.Is(err, problem.Invalid):
		return errTaken
	case err != nil || !done:
		return orElse(err, errOver)
	}
	e := v.Audit(audit.EmailConfirmed, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "email", Before: u.Email, After: link.Subject}}
	if err := tx.Audit(e); err != nil || u.Email == link.Subject {
		return err
	}
	return replaced(v, tx, u, e, link.Subject)
}
