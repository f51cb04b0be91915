package users

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// userAction is a kind of action with a page of its own for one user: GET asks, POST does.
type userAction struct{ account.Kind }

// userActions are the kinds with pages of their own.
func userActions() (all []userAction) {
	for _, k := range account.Kinds() {
		if k.Page {
			all = append(all, userAction{k})
		}
	}
	return all
}

func (d userAction) show(v *web.Visitor) error {
	u, err := chosen(v)
	if err != nil {
		return err
	}
	if d.Name == account.Link {
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

// refusal says beforehand why it would not be done; "" if it would.
func (d userAction) refusal(v *web.Visitor, u user.User) (string, error) {
	if reason := d.Unfit(u); reason != "" {
		return reason, nil
	}
	if d.TakesAdministrator(u) {
		last, err := v.DB.LastAdministrator(adminDemands(v), u.ID)
		if err != nil || last {
			return account.LastAdministrator, err
		}
	}
	return d.Refusal(u, v.User.ID), nil
}

// page asks, with what was typed before. A refusal replaces the form.
func (d userAction) page(v *web.Visitor, u user.User, form forms.Form, err error, refused string) (templ.Component, error) {
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
		Frame:    v.Frame(err), ID: u.ID, Username: u.Username, Name: u.Name, Kind: d.Name, NeedsReason: d.NeedsReason, NeedsName: d.NeedsName,
		Reason: form["reason"], ConfirmUsername: form["confirm_username"], Sessions: len(sessions), Refused: refused,
		Invitation: !u.HasPassword, InviteDays: v.Settings().InviteDays, CanMail: d.Name == account.Link && account.NoMail(v.Instance, u) == "",
	}, nil
}

// approval says in advance who must approve it; "" if nobody must.
func (d userAction) approval(v *web.Visitor, u user.User) (string, error) {
	if !d.NeedsApproval {
		return "", nil
	}
	return approver(v).Words(u)
}

func (d userAction) submit(v *web.Visitor) error {
	fields := []string{"reason"}
	if d.NeedsName {
		fields = append(fields, "confirm_username")
	}
	if d.Name == account.Link {
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
func (d userAction) run(v *web.Visitor, u user.User, form forms.Form) (to string, err error) {
	reason, err := d.reason(form["reason"])
	if d.NeedsName && user.CanonicalName(form["confirm_username"]) != u.Username {
		err = errors.Join(problem.Field("confirm_username", "Type "+u.Username+" to delete this user"), err)
	}
	if err != nil {
		return "", err
	}
	err = v.Tx(func(tx *store.Tx) (err error) {
		a := action(v, tx, reason)
		if to, err = d.act(v, a, u, form); account.NeedsApproval(err) {
			to, err = askApproval(v, a, d.Name, u)
		}
		return err
	})
	return to, err
}

func (d userAction) act(v *web.Visitor, a account.Action, u user.User, form forms.Form) (to string, err error) {
	if d.Name == account.Link {
		return makeLink(v, a, u, form["how"])
	}
	if err := d.Do(a, u); err != nil {
		return "", err
	}
	to = account.Path(u)
	if d.Name == account.Reset {
		to += "/" + account.Link
	}
	return to, v.SetFlash(a.Tx, d.flash(u))
}

// makeLink makes a link for the next page to show, or mails one.
func makeLink(v *web.Visitor, a account.Action, u user.User, how string) (to string, err error) {
	switch how {
	case "", inviteByLink:
		link, err := a.PasswordLink(u)
		if err != nil {
			return "", err
		}
		return account.Path(u) + "/" + account.Link, setLink(v, a.Tx, u.ID, link)
	case inviteByMail:
		if err := a.MailLink(u); err != nil {
			return "", err
		}
		return account.Path(u), v.SetFlash(a.Tx, views.Flash{Kind: "good", Text: account.Mailed(u)})
	}
	return "", problem.New(problem.BadRequest, "The form does not say how the link is passed on.")
}

// reason is required only where somebody may be talking the administrator into
// something: resetting two-step verification needs one (AC-05).
func (d userAction) reason(typed string) (string, error) {
	if typed == "" && !d.NeedsReason {
		return "", nil
	}
	return user.CheckReason(typed)
}

// flash says what was done. The form behind Undo has no fields, so it leads to kinds that
// need none; deleting again asks for the username and gets a link.
func (d userAction) flash(u user.User) views.Flash {
	m := views.Flash{Kind: "good", Text: views.ActionDone(d.Name, account.Shown(u))}
	undo, known := account.KindOf(d.Undo)
	switch path := account.Path(u) + "/" + undo.Name; {
	case !known:
	case undo.NeedsName:
		m.Link, m.LinkNote = path, "Delete again"
	default:
		m.UndoAction, m.UndoLabel = path, "Undo"
	}
	return m
}

// askApproval asks a second administrator from a page; it returns where to go.
func askApproval(v *web.Visitor, a account.Action, kind string, u user.User) (path string, err error) {
	id, err := a.AskApproval(kind, "", u)
	if err != nil {
		return "", err
	}
	return account.ApprovalPath(id), v.SetFlash(a.Tx, views.Flash{
		Kind: "good", Text: "The other administrators have been asked, and " + account.Shown(u) + " has been told. Nothing has changed yet.",
	})
}

// reject shows the page again: the form with its mistakes, or why it is refused.
func (d userAction) reject(v *web.Visitor, u user.User, form forms.Form, err error) error {
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
