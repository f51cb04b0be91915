package account

import (
	"errors"
	"slices"
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// ErrEdited is an edit of a version that is no longer the newest (AC-08).
var ErrEdited = problem.New(problem.Conflict, "Somebody else has changed this user since you opened this page. The form shows the current values. Make your changes again.")

// Edit changes what people see of a user if it is still the version that was
// edited; otherwise it is a problem.Conflict. Names that are taken are a
// problem.Invalid. A link that was not used yet dies with a changed address, since
// it may have gone to the old one (MA-03).
func (a Action) Edit(e store.Edit) error {
	u, err := a.Tx.User(e.ID)
	if err != nil {
		return err
	}
	if !u.DeletedAt.IsZero() {
		return conflict(unfit("", u))
	}
	if e.Email == u.Email {
		e.EmailPending = u.EmailPending // it waits on
	} else if err := a.Alone(u); err != nil {
		return err
	}
	details := differences(u, e)
	done, err := a.Tx.EditUser(e)
	switch {
	case err != nil:
		return InTheBin(err)
	case !done:
		return ErrEdited
	case len(details) == 0:
		return nil
	}
	if u.Email != e.Email {
		if _, err := a.revoke(ending.CauseAddress, u); err != nil {
			return err
		}
		if err := a.Instance.Notify(a.Tx, u, mail.AddressChanged, a.By, mail.Facts{Detail: e.Email}); err != nil {
			return err
		}
	}
	if u.Username != e.Username {
		if err := a.Instance.MoveTries(a.Tx, u.Username, e.Username); err != nil {
			return err
		}
	}
	u.Username = e.Username
	return a.note(audit.UserChanged, u, details)
}

// setAddress is an edit of the address alone.
func (a Action) setAddress(u user.User, typed string) error {
	e := store.Edit{ID: u.ID, Version: u.Version, Username: u.Username, Name: u.Name}
	var err error
	if e.Email, e.EmailKey, err = user.CheckEmail(typed); err != nil {
		return err
	}
	return a.Edit(e)
}

// Together runs actions that change one user, which are told in one audit row: what was one
// press of a button is one event.
func (a Action) Together(id string, actions func(Action) error) error {
	var changed []audit.Detail
	part := a
	part.changed = &changed
	if err := actions(part); err != nil || len(changed) == 0 {
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

// Saved is what became of an edit.
type Saved struct {
	// User is as the edit left them.
	User user.User
	// LinkEnded says that a link that was not used yet does not work any more.
	LinkEnded bool
	// Asked says that another address waits for a second administrator.
	Asked bool
}

// Save is an edit and the role, as the form has both. An address that a second
// administrator must approve is asked for, and the rest saved.
func (a Action) Save(e store.Edit, role user.Role) (s Saved, err error) {
	was, err := a.Tx.User(e.ID)
	if err != nil {
		return s, err
	}
	if e.Email != was.Email && NeedsApproval(a.Alone(was)) {
		if err := a.Tx.NamesTaken("", e.EmailKey, e.ID); err != nil {
			return s, InTheBin(err)
		}
		if _, err := a.AskApproval(Email, e.Email, was); err != nil {
			return s, err
		}
		s.Asked = true
		if e, err = keepAddress(e, was); err != nil {
			return s, err
		}
	}
	err = a.Together(e.ID, func(a Action) error { return a.edit(e, role) })
	if err != nil {
		return s, err
	}
	s.LinkEnded = role != was.Role || e.Email != was.Email
	s.User, err = a.Tx.User(e.ID)
	return s, err
}

func (a Action) edit(e store.Edit, role user.Role) error {
	if err := a.Edit(e); err != nil {
		return err
	}
	now, err := a.Tx.User(e.ID)
	if err != nil || role == now.Role {
		return err
	}
	return a.SetRole(now, role)
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

// keepAddress leaves the address out of an edit: it waits for a second administrator.
func keepAddress(e store.Edit, u user.User) (store.Edit, error) {
	var err error
	e.EmailConfirmed = u.EmailConfirmed
	e.Email, e.EmailKey, err = user.CheckEmail(u.Email)
	return e, err
}

// ReadEdit reads the fields of an edit. It checks every field, so that all mistakes are told at once. An address
// that somebody typed is not confirmed: only a link that was mailed to it shows whose it is.
func ReadEdit(u user.User, form map[string]string) (e store.Edit, role user.Role, err error) {
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

// Fields are what an edit can change, as its form has them.
func Fields(u user.User) map[string]string {
	return map[string]string{"username": u.Username, "name": u.Name, "email": u.Email, "role": string(u.Role)}
}

// InTheBin says of names that are taken by somebody in the recycle bin that it is so, and
// where to find them: an administrator would look for them on the list in vain. Errors
// of other kinds come back as they are.
func InTheBin(err error) error {
	if !problem.Is(err, problem.Invalid) {
		return err
	}
	var all []error
	for _, p := range problem.All(err) {
		if holder, ok := errors.AsType[*store.Holder](p.Err); ok {
			p = held(p, holder)
		}
		all = append(all, p)
	}
	return errors.Join(all...)
}

// held is the problem without its cause, which a command would print.
func held(p *problem.Problem, holder *store.Holder) *problem.Problem {
	now := *p
	now.Err = nil
	if !holder.Deleted {
		return &now
	}
	name := holder.Name
	if name == "" {
		name = holder.Username
	}
	now.Message = "Somebody in the recycle bin has that username: " + name
	if p.Field == "email" {
		now.Message = "Somebody in the recycle bin has this email address: " + name
	}
	now.Link, now.LinkWords = Path(user.User{ID: holder.ID}), "Show "+name
	return &now
}
