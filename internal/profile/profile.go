// Package profile is what people see and change of themselves: name and address.
package profile

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// Mount adds the profile pages.
func Mount(s *web.Site) {
	s.Get("/profile", web.SignedIn, show)
	s.Get("/profile/edit", web.SignedIn, showEdit)
	s.Post("/profile/edit", web.SignedIn, submitEdit)
}

func show(v *web.Visitor) error {
	u := v.User
	return v.Render(views.Profile{
		Frame: v.Frame(nil), Username: u.Username, Name: u.Name, Email: u.Email,
		EmailUnconfirmed: u.Email != "" && !u.EmailConfirmed,
		Role:             string(u.Role), Since: u.Created, TwoStep: u.Authenticators > 0, CodesLeft: u.CodesLeft,
	})
}

func showEdit(v *web.Visitor) error {
	return v.Render(editPage(v, web.Form{"name": v.User.Name, "email": v.User.Email}, nil))
}

func editPage(v *web.Visitor, form web.Form, err error) templ.Component {
	return views.ProfileEdit{Frame: v.Frame(err), Username: v.User.Username, Name: form["name"], Email: form["email"]}
}

func submitEdit(v *web.Visitor) error {
	form, err := v.Form("name", "email")
	if err != nil {
		return err
	}
	if err := edit(v, form["name"], form["email"]); err != nil {
		return v.Reject(err, editPage(v, form, err))
	}
	return v.Redirect("/profile")
}

// edit changes the visitor's own name and address. A new address needs a fresh
// proof: whoever has the mailbox may get links that set the password.
func edit(v *web.Visitor, typedName, typedEmail string) error {
	name, nameErr := user.CheckName(typedName)
	email, key, emailErr := user.CheckEmail(typedEmail)
	if err := errors.Join(nameErr, emailErr); err != nil {
		return err
	}
	if email != v.User.Email {
		if err := v.NeedFresh(); err != nil {
			return err
		}
	}
	details := changes(v.User, name, email)
	if len(details) == 0 {
		return nil
	}
	return v.Tx(func(tx *store.Tx) error {
		done, err := tx.EditUser(store.Edit{
			ID: v.User.ID, Version: v.User.Version, Username: v.User.Username, Name: name, Email: email, EmailKey: key,
			EmailConfirmed: email != "", // without mail there is nobody to ask
		})
		if err != nil {
			return err
		}
		if !done {
			return problem.New(problem.Conflict, "Somebody else changed your profile at the same time. Look at it and try again.")
		}
		if email != v.User.Email {
			if err := tx.DropLinks(v.User.ID); err != nil {
				return err
			}
		}
		e := v.Audit(audit.ProfileChanged, audit.ResultOK)
		e.Details = details
		if err := tx.Audit(e); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "Your profile has been saved."})
	})
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
