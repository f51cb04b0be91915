// Package profile is what people see and change of themselves: name and address, and
// everything that is kept about them, to take along or to be rid of.
//
// Where there is mail, a new address waits until the link that is sent to it was
// opened, and the old one counts until then (MA-08).
package profile

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/internal/web/route"
	"latchkey/views"
)

// Mount adds the profile pages.
func Mount(s *web.Site) {
	s.Get("/profile", route.SignedIn, show)
	s.Get("/profile/edit", route.SignedIn, showEdit)
	s.Post("/profile/edit", route.SignedIn, submitEdit)
	s.Post("/profile/email/send-again", route.SignedIn, submitSendAgain)
	s.Post("/profile/email/cancel", route.SignedIn, submitCancel)
	s.Get("/profile/data.json", route.SignedIn, showData)
	s.Get("/profile/delete", route.Fresh, showDelete)
	s.Post("/profile/delete", route.Fresh, submitDelete)
	s.Get("/email/:token", route.Anyone, followAddress)
	s.Post("/email/:token", route.Anyone, followAddress)
	s.Get("/email", route.LinkStage, follow.Page(showAddress, store.PurposeEmail))
	s.Post("/email", route.LinkStage, follow.Form(submitAddress, nil, store.PurposeEmail))
}

func show(v *web.Visitor) error {
	notices, err := v.Notices()
	if err != nil {
		return err
	}
	old, err := v.OldCodes(v.User.ID)
	if err != nil {
		return err
	}
	page := Page(v, v.User, notices)
	page.Frame, page.CanSend, page.CanDelete, page.CodesOld = v.Frame(nil), v.HasMail(), v.Settings().DeleteSelf, old
	return v.Render(page)
}

// Page is the profile of u without its frame and without what only u can do: for u, and
// for an administrator who views it as u.
func Page(v *web.Visitor, u user.User, notices views.Notices) views.Profile {
	return views.Profile{
		Username: u.Username, Name: u.Name, Email: u.Email, EmailPending: u.EmailPending,
		EmailUnconfirmed: u.Email != "" && !u.EmailConfirmed && v.HasMail(), Role: string(u.Role), Since: u.Created,
		TwoStep: u.Authenticators > 0, CodesLeft: u.CodesLeft, Ready: present.RecoveryWords(u, v.HasMail()), Notices: notices,
	}
}

// fields are those of the form.
var fields = []string{"name", "email", "theme", "time_zone"}

func showEdit(v *web.Visitor) error {
	return v.Render(editPage(v, v.Filled(values(v.User), "Save changes"), nil))
}

// values are those of the form for a user as they are.
func values(u user.User) forms.Form {
	return forms.Form{"name": u.Name, "email": u.Email, "theme": string(u.Theme), "time_zone": u.TimeZone}
}

func editPage(v *web.Visitor, form forms.Form, err error) templ.Component {
	return views.ProfileEdit{
		Frame: v.Frame(err), Username: v.User.Username, Name: form["name"], Email: form["email"], EmailNeedsConfirm: v.HasMail(),
		ThemeChoice: form["theme"], TimeZone: form["time_zone"], Zones: user.Zones(),
	}
}

func submitEdit(v *web.Visitor) error {
	form, err := v.Form(fields...)
	if err != nil {
		return err
	}
	form = form.Else(values(v.User), fields...)
	theme, err := edit(v, form)
	if err != nil {
		return v.Reject(err, editPage(v, form, err))
	}
	v.SendTheme(theme)
	return v.Redirect("/profile")
}

// edit changes what the form has of the visitor's own name, address, theme and time
// zone, and returns the theme. A new address needs a fresh proof: somebody who has the mailbox
// may get links that set the password.
func edit(v *web.Visitor, form forms.Form) (user.Theme, error) {
	name, nameErr := user.CheckName(form["name"])
	email, key, emailErr := user.CheckEmail(form["email"])
	look, lookErr := readAppearance(v.User, form)
	if err := errors.Join(nameErr, emailErr, lookErr); err != nil {
		return "", err
	}
	if email != v.User.Email {
		if err := v.NeedFresh(); err != nil {
			return "", err
		}
	}
	return look.theme, v.Tx(func(tx *store.Tx) error {
		u, err := tx.User(v.User.ID)
		if err != nil {
			return err
		}
		also, err := look.save(tx, u)
		if err != nil {
			return err
		}
		// Whether the address waits is the same for one that another user has: what is
		// told here must not say who is known (MA-08).
		if email != u.Email && email != "" && v.HasMail() {
			return askAddress(v, tx, u, name, email, also)
		}
		return save(v, tx, u, store.Edit{Name: name, Email: email, EmailKey: key}, also)
	})
}

// errChanged is an edit of a profile that is no longer as it was shown.
var errChanged = problem.New(problem.Conflict, "Somebody else changed your profile at the same time. Look at it and try again.")

// save stores name and address at once, and writes down what else was saved. Without mail
// nobody can find out whose an address is, so it is not confirmed; once there is mail, its
// owner is asked to confirm it.
func save(v *web.Visitor, tx *store.Tx, u user.User, e store.Edit, also []audit.Detail) error {
	details := append(changes(u, e.Name, e.Email), also...)
	if len(details) == 0 {
		return nil
	}
	e.ID, e.Version, e.Username = u.ID, v.User.Version, u.Username
	if e.Email == u.Email {
		e.EmailConfirmed, e.EmailPending = u.EmailConfirmed, u.EmailPending
	}
	if len(details) > len(also) {
		if done, err := tx.EditUser(e); err != nil || !done {
			return orElse(err, errChanged)
		}
	}
	entry := v.Audit(audit.ProfileChanged, audit.ResultOK)
	entry.Details = details
	if err := tx.Audit(entry); err != nil {
		return err
	}
	if e.Email != u.Email {
		if err := replaced(v, tx, u, entry, e.Email); err != nil {
			return err
		}
	}
	return v.SetFlash(tx, views.Flash{Kind: "good", Text: "Your profile has been saved."})
}

// replaced ends what may have gone to the old address, and tells its owner. u is the
// user as they were before.
func replaced(v *web.Visitor, tx *store.Tx, u user.User, e audit.Entry, email string) error {
	gone := e
	gone.Details = []audit.Detail{{Name: "reason", After: string(ending.CauseAddress)}}
	if _, err := v.Revoke(tx, ending.CauseAddress, gone, v.Session.ID); err != nil {
		return err
	}
	return v.Notify(tx, u, mail.AddressChanged, e, mail.Facts{Detail: email})
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func changes(u user.User, name, email string) (all []audit.Detail) {
	if name != u.Name {
		all = append(all, audit.Detail{Name: "name", Before: u.Name, After: name})
	}
	if email != u.Email {
		all = append(all, audit.Detail{Name: "email", Before: u.Email, After: email})
	}
	return all
}
