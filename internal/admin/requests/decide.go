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

// decide approves or refuses a request about a lost phone, in one transaction.
func decide(v *web.Visitor, q store.Request, u user.User, form forms.Form) error {
	reason, err := readDecision(form)
	if err != nil {
		return err
	}
	return v.Tx(func(tx *store.Tx) error {
		a := action(v, tx, reason)
		if form["decision"] == "refuse" {
			if err := a.RefuseRequest(q); err != nil {
				return err
			}
			return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The request from " + account.Shown(u) + " has been refused."})
		}
		link, err := a.ApproveRequest(q, v.Minute)
		if err != nil {
			return err
		}
		if link == "" {
			return v.SetFlash(tx, views.Flash{Kind: "good", Text: "You have approved the request. A second administrator has to approve it as well."})
		}
		return v.SetOnce(tx, q.ID+" "+link)
	})
}

// action is what the visitor does inside this transaction.
func action(v *web.Visitor, tx *store.Tx, reason string) account.Action {
	return account.Action{Instance: v.Instance, Tx: tx, By: v.Audit("", audit.ResultOK), Reason: reason}
}
