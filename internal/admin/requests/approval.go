package requests

import (
	"errors"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/factor"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// waiting is what the route is about, and whom it concerns.
func waiting(v *web.Visitor) (store.Approval, user.User, error) {
	return ofRoute(v, v.DB.Approval, func(q store.Approval) string { return q.UserID })
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
		return errors.Join(err, v.Redirect(account.Path(u)))
	}
	page := views.UserLink{
		Frame: v.Frame(nil), ID: u.ID, Username: u.Username, Name: u.Name, Link: link, Expires: l.Ends, Invitation: l.Purpose == store.PurposeInvite,
	}
	v.PreventBackCache()
	page.QRSize, page.QRPath, err = factor.QR(link)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func approvalPage(v *web.Visitor, q store.Approval, u user.User, form forms.Form, err error) templ.Component {
	return views.ApprovalPage{
		Frame: v.Frame(err), Request: approvalRow(q), UserID: u.ID, What: account.DoneTo(q, account.Shown(u)), Email: q.Detail, Now: u.Email, Kind: q.Kind, Asked: q.AskedName,
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
	return v.Redirect(account.ApprovalPath(q.ID))
}

// decideApproval approves and does what was asked for, or refuses, in one transaction.
func decideApproval(v *web.Visitor, q store.Approval, u user.User, form forms.Form) error {
	return settle(v, form, decision{
		refuse:  func(a account.Action) error { return a.RefuseApproval(q) },
		refused: "Refused. Nothing has changed for " + account.Shown(u) + ".",
		approve: func(a account.Action) error {
			link, err := a.Approve(q, v.Minute)
			if err != nil {
				return err
			}
			return showApproved(v, a.Tx, q, u, link)
		},
	})
}

// showApproved says on the next page what two administrators agreed on and was done.
func showApproved(v *web.Visitor, tx *store.Tx, q store.Approval, u user.User, link string) error {
	switch q.Kind {
	case account.Reset:
		return v.SetFlash(tx, views.Flash{
			Kind: "good", Text: "Two-step verification for " + account.Shown(u) + " has been reset. They need a password link to set up an app again.",
			Link: account.Path(u) + "/" + account.Link, LinkNote: "Make a password link",
		})
	case account.Email:
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The email address of " + account.Shown(u) + " has been changed."})
	}
	return v.SetOnce(tx, q.ID+" "+link)
}
