package login

import (
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// found withdraws the request of somebody who has just shown a second factor: the
// phone is there after all, or the recovery codes are.
func found(v *web.Visitor, tx *store.Tx) error {
	q, waiting, err := tx.LivingRequest(v.User.ID)
	if err != nil || !waiting {
		return err
	}
	return withdraw(v, tx, q.ID, audit.ReasonFound)
}

// withdraw cancels a request, and with it the link of one that was approved.
func withdraw(v *web.Visitor, tx *store.Tx, id, why string) error {
	e := v.Audit(audit.RequestCancelled, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "reason", After: why}}
	return instance.EndRequest(tx, id, e)
}

func followWithdraw(v *web.Visitor) error {
	return follow.Link(v, auth.StepLink, "/lost-phone/cancel", store.PurposeCancel)
}

func showWithdraw(v *web.Visitor, _ store.Link) error {
	return v.Render(views.CancelRequest{Frame: v.Frame(nil), Username: v.User.Username})
}

// submitWithdraw withdraws the request. The person who made it knows the password, so the
// page says what to do about that.
func submitWithdraw(v *web.Visitor, link store.Link, _ forms.Form) error {
	path := "/lost-phone/withdrawn?request=none"
	err := v.Tx(func(tx *store.Tx) error {
		if taken, err := tx.TakeLink(link.TokenHash, store.PurposeCancel, v.Now); err != nil || !taken {
			return orElse(err, errUsedLink)
		}
		if _, err := v.TakePending(tx); err != nil {
			return err
		}
		// Whichever request it is by now: the link was sent to take one back.
		q, living, err := tx.LivingRequest(v.User.ID)
		if err != nil || !living {
			return err
		}
		path = "/lost-phone/withdrawn"
		return withdraw(v, tx, q.ID, audit.ReasonByLink)
	})
	if err != nil {
		return err
	}
	v.DropPendingCookie()
	return v.Redirect(path)
}

func showWithdrawn(v *web.Visitor) error {
	return v.Render(views.CancelRequest{Frame: v.Frame(nil), Done: true, None: v.Query("request") == "none"})
}
