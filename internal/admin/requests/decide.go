package requests

import (
	"errors"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

func submitRequest(v *web.Visitor) error {
	form, err := v.Form("decision", "reason")
	if err != nil {
		return err
	}
	q, u, err := asked(v)
	if err != nil {
		return err
	}
	if err := decide(v, q, u, form); err != nil {
		page, pageErr := requestFacts(v, q, u, form, err)
		if pageErr != nil {
			return pageErr
		}
		return v.Reject(err, page)
	}
	return v.Redirect("/admin/requests/" + q.ID)
}

// readDecision reads a decision and returns its reason; every mistake is told at once.
func readDecision(form forms.Form) (reason string, err error) {
	var undecided error
	if d := form["decision"]; d != "approve" && d != "refuse" {
		undecided = problem.Field("decision", "Choose whether to approve or refuse the request")
	}
	reason, err = user.CheckReason(form["reason"])
	return reason, errors.Join(undecided, err)
}

// decision is what becomes of a request or an approval.
type decision struct {
	approve, refuse func(account.Action) error
	refused         string // what the next page says of a refusal
}

// settle reads which way it was decided and does that, in one transaction.
func settle(v *web.Visitor, form forms.Form, d decision) error {
	reason, err := readDecision(form)
	if err != nil {
		return err
	}
	return v.Tx(func(tx *store.Tx) error {
		a := action(v, tx, reason)
		if form["decision"] != "refuse" {
			return d.approve(a)
		}
		if err := d.refuse(a); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: d.refused})
	})
}

// decide approves or refuses a request about a lost phone.
func decide(v *web.Visitor, q store.Request, u user.User, form forms.Form) error {
	return settle(v, form, decision{
		refuse:  func(a account.Action) error { return a.RefuseRequest(q) },
		refused: "The request from " + account.Shown(u) + " has been refused.",
		approve: func(a account.Action) error {
			link, err := a.ApproveRequest(q, v.Minute)
			if err != nil {
				return err
			}
			if link == "" {
				return v.SetFlash(a.Tx, views.Flash{Kind: "good", Text: "You have approved the request. A second administrator has to approve it as well."})
			}
			return v.SetOnce(a.Tx, q.ID+" "+link)
		},
	})
}

// action is what the visitor does inside this transaction.
func action(v *web.Visitor, tx *store.Tx, reason string) account.Action {
	return account.Action{Instance: v.Instance, Tx: tx, By: v.Audit("", audit.ResultOK), Reason: reason}
}
