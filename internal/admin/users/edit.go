package users

import (
	"errors"
	"strconv"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

func showEdit(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	if !u.DeletedAt.IsZero() {
		return problem.New(problem.Conflict, account.Kind{}.Unfit(u))
	}
	form := v.Filled(account.Fields(u), "Save changes")
	u.Version = versionIn(form, u)
	return v.Render(editPage(v, u, form, nil))
}

// versionIn is the version that a form edits, which guards against overwriting what
// somebody else did while it was filled in.
func versionIn(form forms.Form, u user.User) int64 {
	if version, err := strconv.ParseInt(form["version"], 10, 64); err == nil {
		return version
	}
	return u.Version
}

func editPage(v *web.Visitor, u user.User, form forms.Form, err error) templ.Component {
	return views.UserEdit{
		Frame: v.Frame(err), ID: u.ID, Stored: u.Username, Username: form["username"], Name: form["name"], Email: form["email"],
		Role: form["role"], Approval: addressApproval(v, u), Version: u.Version, OwnRole: u.ID == v.User.ID,
	}
}

// addressApproval says in advance who must approve another address; "" if nobody must.
func addressApproval(v *web.Visitor, u user.User) string {
	words, err := approver(v).Words(u)
	if err != nil || words == "" {
		return "" // the action itself asks again
	}
	return "If you change the address: " + words
}

func submitEdit(v *web.Visitor) error {
	form, err := v.Form("username", "name", "email", "role", "version")
	if err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	form = form.Else(account.Fields(u), "username", "name", "email", "role")
	if err = edit(v, u, form); err != nil {
		return rejectEdit(v, u, form, err)
	}
	return v.Redirect(account.Path(u))
}

// rejectEdit shows the form again: with what was typed after a mistake, with the
// values of now after somebody else's change, which must be seen before it is
// overwritten.
func rejectEdit(v *web.Visitor, u user.User, form forms.Form, err error) error {
	if errors.Is(err, account.ErrEdited) {
		now, findErr := chosen(v)
		if findErr != nil {
			return findErr
		}
		return v.Reject(err, editPage(v, now, account.Fields(now), err))
	}
	u.Version = versionIn(form, u) // or the guard would be lost over a mistake
	return v.Reject(err, editPage(v, u, form, err))
}

// saved is the message after an edit. A user who was invited and not there yet
// may have lost the link.
func saved(u user.User, linkDied bool) views.Flash {
	m := views.Flash{Kind: "good", Text: account.Shown(u) + " has been saved."}
	if linkDied && !u.HasPassword {
		m.Text += " The earlier invitation no longer works."
		m.Link, m.LinkNote = account.Path(u)+"/"+account.Link, "Make a new one"
	}
	return m
}

func edit(v *web.Visitor, u user.User, form forms.Form) error {
	e, role, err := account.ReadEdit(u, form)
	if err != nil {
		return errors.Join(err, problem.Only(account.InTheBin(v.DB.NamesTaken(e.Username, e.EmailKey, e.ID))))
	}
	return v.Tx(func(tx *store.Tx) error {
		s, err := action(v, tx, "").Save(e, role)
		if err != nil {
			return err
		}
		m := saved(s.User, s.LinkEnded)
		if s.Asked {
			m.Text = "The change of the email address waits for another administrator. " + account.Shown(s.User) + " has been told."
			m.Link, m.LinkNote = "/admin/requests", "Requests"
		}
		return v.SetFlash(tx, m)
	})
}
