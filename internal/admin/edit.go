package admin

import (
	"errors"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// errEdited is an edit of a version that is no longer the newest (AC-08).
var errEdited = problem.New(problem.Conflict, "Somebody else has changed this user since you opened this page. The form shows the current values. Make your changes again.")

// Edit changes what people see of a user if it is still the version that was
// edited; otherwise it is a problem.Conflict. Names that are taken are a
// problem.Invalid. A link that was not used yet dies with a changed address, since
// it may have gone to the old one (MA-03).
func (a Act) Edit(e store.Edit) error {
	u, err := a.Tx.User(e.ID)
	if err != nil {
		return err
	}
	if !u.DeletedAt.IsZero() {
		return conflict(noChange("", u))
	}
	if e.Email == u.Email {
		e.EmailPending = u.EmailPending // it waits on
	}
	if e.Email != u.Email {
		if err := a.alone(u); err != nil {
			return err
		}
	}
	details := differences(u, e)
	done, err := a.Tx.EditUser(e)
	switch {
	case err != nil:
		return account.InTheBin(err)
	case !done:
		return errEdited
	case len(details) == 0:
		return nil
	}
	if u.Email != e.Email {
		if _, err := a.revoke(instance.CauseAddress, u); err != nil {
			return err
		}
		if err := a.Instance.Notify(a.Tx, u, mail.AddressChanged, a.By, mail.Facts{Detail: e.Email}); err != nil {
			return err
		}
	}
	u.Username = e.Username
	return a.note(audit.UserChanged, u, details)
}

// Together runs acts that change one user, which are told in one audit row: what was one
// press of a button is one event.
func (a Act) Together(id string, acts func(Act) error) error {
	var changed []audit.Detail
	part := a
	part.changed = &changed
	if err := acts(part); err != nil || len(changed) == 0 {
		return err
	}
	if i := slices.IndexFunc(changed, func(d audit.Detail) bool { return d.Name == "role" }); i > 0 { // it weighs most
		role := changed[i]
		changed = slices.Insert(slices.Delete(changed, i, i+1), 0, role)
	}
	u, err := a.Tx.User(id)
	if err != nil {
		return err
	}
	return a.note(audit.UserChanged, u, changed)
}

// save is an edit and the role, as the form has both.
func (a Act) save(e store.Edit, role user.Role) error {
	return a.Together(e.ID, func(a Act) error {
		if err := a.Edit(e); err != nil {
			return err
		}
		now, err := a.Tx.User(e.ID)
		if err != nil || role == now.Role {
			return err
		}
		return a.SetRole(now, role)
	})
}

func differences(u user.User, e store.Edit) (all []audit.Detail) {
	for _, d := range []audit.Detail{
		{Name: "username", Before: u.Username, After: e.Username},
		{Name: "name", Before: u.Name, After: e.Name},
		{Name: "email", Before: u.Email, After: e.Email},
	} {
		if d.Before != d.After {
			all = append(all, d)
		}
	}
	return all
}

func showEdit(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	if !u.DeletedAt.IsZero() {
		return conflict(noChange("", u))
	}
	form := v.Filled(formOf(u), "Save changes")
	u.Version = versionIn(form, u)
	return v.Render(editPage(v, u, form, nil))
}

// versionIn is the version that a form edits, which guards against overwriting what
// somebody else did while it was filled in.
func versionIn(form web.Form, u user.User) int64 {
	if version, err := strconv.ParseInt(form["version"], 10, 64); err == nil {
		return version
	}
	return u.Version
}

func formOf(u user.User) web.Form {
	return web.Form{"username": u.Username, "name": u.Name, "email": u.Email, "role": string(u.Role)}
}

func editPage(v *web.Visitor, u user.User, form web.Form, err error) templ.Component {
	return views.UserEdit{
		Frame: v.Frame(err), ID: u.ID, Stored: u.Username, Username: form["username"], Name: form["name"], Email: form["email"],
		Role: form["role"], Approval: addressApproval(v, u), Version: u.Version, OwnRole: u.ID == v.User.ID,
	}
}

// addressApproval says in advance who must approve another address; "" if nobody must.
func addressApproval(v *web.Visitor, u user.User) string {
	words, err := approvalWords(v, u)
	if err != nil || words == "" {
		return "" // the act itself asks again
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
	if err = edit(v, u, form); err != nil {
		return rejectEdit(v, u, form, err)
	}
	return v.Redirect(userPath(u))
}

// rejectEdit shows the form again: with what was typed after a mistake, with the
// values of now after somebody else's change, which must be seen before it is
// overwritten.
func rejectEdit(v *web.Visitor, u user.User, form web.Form, err error) error {
	if errors.Is(err, errEdited) {
		now, findErr := chosen(v)
		if findErr != nil {
			return findErr
		}
		return v.Reject(err, editPage(v, now, formOf(now), err))
	}
	u.Version = versionIn(form, u) // or the guard would be lost over a mistake
	return v.Reject(err, editPage(v, u, form, err))
}

func edit(v *web.Visitor, u user.User, form web.Form) error {
	e, role, err := readEdit(u, form)
	if err != nil {
		return errors.Join(err, problem.Only(account.InTheBin(v.DB.NamesTaken(e.Username, e.EmailKey, e.ID))))
	}
	return v.Tx(func(tx *store.Tx) error {
		was, err := tx.User(u.ID)
		if err != nil {
			return err
		}
		a, asked := act(v, tx, ""), ""
		if e.Email != was.Email && mustAsk(a.alone(was)) {
			if err := tx.NamesTaken("", e.EmailKey, e.ID); err != nil {
				return account.InTheBin(err)
			}
			if _, err := a.AskApproval(kindEmail, e.Email, was); err != nil {
				return err
			}
			asked = e.Email
			if e, err = keepAddress(e, was); err != nil {
				return err
			}
		}
		if err := a.save(e, role); err != nil {
			return err
		}
		now, err := tx.User(u.ID)
		if err != nil {
			return err
		}
		m := saved(now, role != was.Role || e.Email != was.Email)
		if asked != "" {
			m.Text = "The change of the email address waits for another administrator. " + shown(now) + " has been told."
			m.Link, m.LinkNote = "/admin/requests", "Requests"
		}
		return v.SetFlash(tx, m)
	})
}

// keepAddress leaves the address out of an edit: it waits for a second administrator.
func keepAddress(e store.Edit, u user.User) (store.Edit, error) {
	var err error
	e.EmailConfirmed = u.EmailConfirmed
	e.Email, e.EmailKey, err = user.CheckEmail(u.Email)
	return e, err
}

// readEdit checks every field, so that all mistakes are told at once. An address
// that somebody typed is not confirmed: only a link that was mailed to it shows whose it is.
func readEdit(u user.User, form web.Form) (e store.Edit, role user.Role, err error) {
	e.ID = u.ID
	var username, name, email, roleErr, version error
	e.Username, username = user.CheckUsername(form["username"])
	if form["username"] == u.Username {
		e.Username, username = u.Username, nil // an imported name may be one that is reserved today
	}
	e.Name, name = user.CheckName(form["name"])
	e.Email, e.EmailKey, email = user.CheckEmail(form["email"])
	if e.Email == u.Email {
		e.EmailConfirmed = u.EmailConfirmed
	}
	role, roleErr = user.ParseRole(form["role"])
	if e.Version, err = strconv.ParseInt(form["version"], 10, 64); err != nil {
		version = problem.New(problem.BadRequest, "The form does not say which version of the user was edited.")
	}
	return e, role, errors.Join(version, username, name, email, roleErr)
}

// saved is the message after an edit. A user who was invited and not there yet
// may have lost the link.
func saved(u user.User, linkDied bool) views.Flash {
	m := views.Flash{Kind: "good", Text: shown(u) + " has been saved."}
	if linkDied && !u.HasPassword {
		m.Text += " The earlier invitation no longer works."
		m.Link, m.LinkNote = userPath(u)+"/"+kindLink, "Make a new one"
	}
	return m
}
