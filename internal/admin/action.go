package admin

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// userAct is an act on a user with a page of its own: GET asks, POST does.
type userAct struct {
	kind string
	do   func(Act, user.User) error
	// done follows the user's name in the message afterwards.
	done string
	// undo is the kind that takes it back with one click, "" for none.
	undo string
}

// userActs are the acts with pages of their own. The password link is one of them,
// too, but has a result to show.
func userActs() []userAct {
	return []userAct{
		{kindDisable, Act.Disable, " is disabled.", kindEnable},
		{kindEnable, Act.Enable, " can sign in again.", kindDisable},
		{kindDelete, Act.Delete, " is in the recycle bin.", kindRestore},
		{kindRestore, Act.Restore, " is back from the recycle bin.", ""},
		{kindUnlock, Act.Unlock, " can try to sign in again.", ""},
		{kindSignOut, Act.SignOut, " is signed out everywhere.", ""},
		{kindReset, Act.ResetTwoStep, "", ""},
		{kindLink, nil, "", ""},
	}
}

func (d userAct) show(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	if d.kind == kindLink {
		page, ok, err := takeLink(v, u)
		if err != nil {
			return err
		}
		if ok {
			return v.Render(page)
		}
	}
	refused, err := d.refusal(v, u)
	if err != nil {
		return err
	}
	page, err := d.page(v, u, v.Filled(nil, ""), nil, refused)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// refusal says beforehand why the act would not be done; "" if it would.
func (d userAct) refusal(v *web.Visitor, u user.User) (string, error) {
	if reason := noChange(d.kind, u); reason != "" {
		return reason, nil
	}
	if takesAdministrator(d.kind) {
		last, err := v.DB.LastAdministrator(adminDemands(v), u.ID)
		if err != nil || last {
			return lastAdministrator, err
		}
	}
	if u.ID == v.User.ID {
		return ownRefusal(d.kind), nil
	}
	return "", nil
}

// page asks, with what was typed before. A refusal stands in the place of the form.
func (d userAct) page(v *web.Visitor, u user.User, form web.Form, err error, refused string) (templ.Component, error) {
	sessions, readErr := v.DB.Sessions(u.ID, v.Now)
	if readErr != nil {
		return nil, readErr
	}
	approval, readErr := d.approval(v, u)
	if readErr != nil {
		return nil, readErr
	}
	return views.UserAction{
		Approval: approval,
		Frame:    v.Frame(err), ID: u.ID, Username: u.Username, Name: u.Name, Kind: d.kind,
		Reason: form["reason"], ConfirmUsername: form["confirm_username"], Sessions: len(sessions), Refused: refused,
		Invitation: !u.HasPassword, InviteDays: v.Settings().InviteDays, CanMail: d.kind == kindLink && byMail(v.Instance, u) == "",
	}, nil
}

// approval says in advance who must approve the act; "" if nobody must.
func (d userAct) approval(v *web.Visitor, u user.User) (string, error) {
	if d.kind != kindReset && d.kind != kindLink {
		return "", nil
	}
	return approvalWords(v, u)
}

func (d userAct) submit(v *web.Visitor) error {
	fields := []string{"reason"}
	switch d.kind {
	case kindDelete:
		fields = append(fields, "confirm_username")
	case kindLink:
		fields = append(fields, "how")
	}
	form, err := v.Form(fields...)
	if err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	to, err := d.run(v, u, form)
	if err != nil {
		return d.reject(v, u, form, err)
	}
	return v.Redirect(to)
}

// run reads the form and acts, in one transaction with what the next page shows, and
// returns that page. What a second administrator must approve is asked for instead.
func (d userAct) run(v *web.Visitor, u user.User, form web.Form) (to string, err error) {
	reason, err := d.reason(form["reason"])
	if d.kind == kindDelete && user.CanonicalName(form["confirm_username"]) != u.Username {
		err = errors.Join(problem.Field("confirm_username", "Type "+u.Username+" to delete this user"), err)
	}
	if err != nil {
		return "", err
	}
	err = v.Tx(func(tx *store.Tx) (err error) {
		a := act(v, tx, reason)
		if to, err = d.act(v, a, u, form); mustAsk(err) {
			to, err = askApproval(v, a, d.kind, "", u)
		}
		return err
	})
	return to, err
}

func (d userAct) act(v *web.Visitor, a Act, u user.User, form web.Form) (to string, err error) {
	if d.kind == kindLink {
		return makeLink(v, a, u, form["how"])
	}
	if err := d.do(a, u); err != nil {
		return "", err
	}
	to = userPath(u)
	if d.kind == kindReset {
		to += "/" + kindLink
	}
	return to, v.SetFlash(a.Tx, d.flash(u))
}

// makeLink makes a link for the next page to show, or mails one.
func makeLink(v *web.Visitor, a Act, u user.User, how string) (to string, err error) {
	switch how {
	case "", inviteByLink:
		link, err := a.PasswordLink(u)
		if err != nil {
			return "", err
		}
		return userPath(u) + "/" + kindLink, setLink(v, a.Tx, u.ID, link)
	case inviteByMail:
		if err := a.MailLink(u); err != nil {
			return "", err
		}
		return userPath(u), v.SetFlash(a.Tx, views.Flash{Kind: "good", Text: mailed(u)})
	}
	return "", problem.New(problem.BadRequest, "The form does not say how the link is passed on.")
}

// reason is required only where somebody may be talking the administrator into
// something: resetting two-step verification needs one (AC-05).
func (d userAct) reason(typed string) (string, error) {
	if typed == "" && d.kind != kindReset {
		return "", nil
	}
	return user.CheckReason(typed)
}

// flash says what was done. The form behind Undo has no fields, so it leads to
// acts that need none; deleting again asks for the user name and gets a link.
func (d userAct) flash(u user.User) views.Flash {
	m := views.Flash{Kind: "good", Text: shown(u) + d.done}
	switch {
	case d.kind == kindReset:
		m.Text = "Two-step verification for " + shown(u) + " has been reset. Make a password link now: it is the only way they can set up an app again."
	case d.kind == kindRestore:
		m.Link, m.LinkNote = userPath(u)+"/"+kindDelete, "Delete again"
	case d.undo != "":
		m.UndoAction, m.UndoLabel = userPath(u)+"/"+d.undo, "Undo"
	}
	return m
}

// reject shows the page again: the form with its mistakes, or why it is refused.
func (d userAct) reject(v *web.Visitor, u user.User, form web.Form, err error) error {
	shownErr, refused := err, ""
	if problem.Is(err, problem.Conflict) {
		shownErr, refused = nil, problem.As(err).Message
	}
	page, pageErr := d.page(v, u, form, shownErr, refused)
	if pageErr != nil {
		return pageErr
	}
	return v.Reject(err, page)
}
