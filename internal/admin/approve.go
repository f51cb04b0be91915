package admin

import (
	"errors"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// approvalsPath is where what waits for a second administrator has its pages.
const approvalsPath = "/admin/requests/approvals"

func approvalPath(id string) string { return approvalsPath + "/" + id }

// waiting is what the route is about, and whom it concerns.
func waiting(v *web.Visitor) (store.Approval, user.User, error) {
	q, ok, err := v.DB.Approval(v.Param("id"))
	if err != nil {
		return q, user.User{}, err
	}
	if !ok {
		return q, user.User{}, problem.New(problem.NotFound, "")
	}
	u, err := v.DB.User(q.UserID)
	return q, u, err
}

func showApproval(v *web.Visitor) error {
	q, u, err := waiting(v)
	if err != nil {
		return err
	}
	if link, mine := strings.CutPrefix(v.TakeOnce(), q.ID+" "); mine {
		return showApprovedLink(v, u, link)
	}
	return v.Render(approvalPage(v, q, u, v.Filled(nil, "Decide"), nil))
}

// showApprovedLink shows the link that was just approved to whoever approved it, once.
func showApprovedLink(v *web.Visitor, u user.User, link string) error {
	l, ok, err := v.DB.LinkOf(u.ID, v.Now)
	if err != nil || !ok {
		return errors.Join(err, v.Redirect(userPath(u)))
	}
	page := views.UserLink{
		Frame: v.Frame(nil), ID: u.ID, Username: u.Username, Name: u.Name, Link: link, Expires: l.Ends, Invitation: l.Purpose == store.PurposeInvite,
	}
	v.OnlyNow()
	page.QRSize, page.QRPath, err = factor.QR(link)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func approvalPage(v *web.Visitor, q store.Approval, u user.User, form web.Form, err error) templ.Component {
	return views.ApprovalPage{
		Frame: v.Frame(err), Request: approvalRow(q), UserID: u.ID, What: doneTo(q, shown(u)), Email: q.Detail, Now: u.Email, Kind: q.Kind, Asked: q.AskedName,
		Because: q.Reason, Opens: q.Opens, Ends: q.Ends, Reason: q.DecidedReason, DecidedAt: q.Decided, Typed: form["reason"], Decision: form["decision"],
		Mine: q.AskedID == v.User.ID, Concerned: q.UserID == v.User.ID,
	}
}

// approvalRow is one of them in the list of requests.
func approvalRow(q store.Approval) views.Request {
	return views.Request{
		ID: q.ID, Username: q.Username, Name: q.Name, Status: string(q.Status), Made: q.Made, By: q.DecidedName,
		Approval: views.ApprovalWords(q.Kind), AskedBy: q.AskedName,
	}
}

func submitApproval(v *web.Visitor) error {
	form, err := v.Form("decision", "reason")
	if err != nil {
		return err
	}
	q, u, err := waiting(v)
	if err != nil {
		return err
	}
	if err := decideApproval(v, q, u, form); err != nil {
		if now, ok, _ := v.DB.Approval(q.ID); ok {
			q = now // somebody else may have decided
		}
		return v.Reject(err, approvalPage(v, q, u, form, err))
	}
	return v.Redirect(approvalPath(q.ID))
}

// decideApproval approves and does what was asked for, or refuses, in one transaction.
func decideApproval(v *web.Visitor, q store.Approval, u user.User, form web.Form) error {
	decision := form["decision"]
	var undecided error
	if decision != "approve" && decision != "refuse" {
		undecided = problem.Field("decision", "Choose whether to approve or refuse the request")
	}
	reason, err := user.CheckReason(form["reason"])
	if err = errors.Join(undecided, err); err != nil {
		return err
	}
	switch {
	case decision == "approve" && q.UserID == v.User.ID:
		return conflict("This is about your own account. Another administrator has to approve it.")
	case decision == "approve" && q.AskedID == v.User.ID:
		return conflict("You asked for this. Another administrator has to approve it.")
	}
	by := store.Approval{DecidedID: v.User.ID, DecidedName: v.User.Username, Decided: v.Now, DecidedReason: reason}
	return v.Tx(func(tx *store.Tx) error {
		a := act(v, tx, reason)
		if decision == "refuse" {
			if done, err := tx.RefuseApproval(q.ID, by); err != nil || !done {
				return orDecided(err)
			}
			if err := tx.Audit(a.approvalEntry(audit.ApprovalRefused, q, u, reason)); err != nil {
				return err
			}
			return v.SetFlash(tx, views.Flash{Kind: "good", Text: "Refused. Nothing has changed for " + shown(u) + "."})
		}
		done, err := tx.Approve(q.ID, by)
		if err != nil {
			return err
		}
		if !done {
			return whyNotApproved(tx, q.ID, v.Now, v.Zone())
		}
		return approvedAct(v, a, q, u)
	})
}

// approvedAct does what two administrators agreed on.
func approvedAct(v *web.Visitor, a Act, q store.Approval, u user.User) error {
	given := a.approvalEntry(audit.ApprovalGiven, q, u, a.Reason)
	if err := a.Tx.Audit(given); err != nil {
		return err
	}
	a.Approved, a.Also = true, []audit.Detail{{Name: "asked by", After: q.AskedName}}
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	switch q.Kind {
	case kindReset:
		if err := a.ResetTwoStep(u); err != nil {
			return err
		}
		return v.SetFlash(a.Tx, views.Flash{
			Kind: "good", Text: "Two-step verification for " + shown(u) + " has been reset. They need a password link to set up an app again.",
			Link: userPath(u) + "/" + kindLink, LinkNote: "Make a password link",
		})
	case kindEmail:
		if err := a.setAddress(u, q.Detail); err != nil {
			return err
		}
		return v.SetFlash(a.Tx, views.Flash{Kind: "good", Text: "The email address of " + shown(u) + " has been changed."})
	}
	link, err := a.PasswordLink(u)
	if err != nil {
		return err
	}
	if err := a.Instance.Notify(a.Tx, u, mail.ApprovalGiven, given, mail.Facts{What: doneToYou(q), Detail: q.Reason}); err != nil {
		return err
	}
	return v.SetOnce(a.Tx, q.ID+" "+link)
}

// setAddress is an edit of the address alone.
func (a Act) setAddress(u user.User, typed string) error {
	e := store.Edit{ID: u.ID, Version: u.Version, Username: u.Username, Name: u.Name}
	var err error
	if e.Email, e.EmailKey, err = user.CheckEmail(typed); err != nil {
		return err
	}
	return a.Edit(e)
}
