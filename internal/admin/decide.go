package admin

import (
	"errors"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
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

// decide approves or refuses, in one transaction. What the page showed may be out
// of date, so the request, the user and the other administrators are read again.
func decide(v *web.Visitor, q store.Request, u user.User, form web.Form) error {
	decision := form["decision"]
	var undecided error
	if decision != "approve" && decision != "refuse" {
		undecided = problem.Field("decision", "Choose whether to approve or refuse the request")
	}
	reason, err := user.CheckReason(form["reason"])
	if err = errors.Join(undecided, err); err != nil {
		return err
	}
	q.DecidedID, q.DecidedName, q.Decided, q.Reason = v.User.ID, v.User.Username, v.Now, reason
	return v.Tx(func(tx *store.Tx) error {
		if u, err = tx.User(u.ID); err != nil {
			return err
		}
		if why := decideRefusal(v, q, u); why != "" {
			return conflict(why)
		}
		if decision == "refuse" {
			return refuseRequest(v, tx, q, u)
		}
		return approve(v, tx, q, u)
	})
}

// errDecided is a request that is not open any more.
var errDecided = conflict("This request has already been decided or withdrawn.")

func refuseRequest(v *web.Visitor, tx *store.Tx, q store.Request, u user.User) error {
	if done, err := tx.Decide(q.ID, store.RequestRefused, q); err != nil || !done {
		return orDecided(err)
	}
	e := requestEntry(v, audit.RequestRefused, q, u)
	if err := tx.Audit(e); err != nil {
		return err
	}
	if err := v.Notify(tx, u, mail.LostPhoneRefused, e, mail.Facts{Detail: q.Reason}); err != nil {
		return err
	}
	return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The request from " + shown(u) + " has been refused."})
}

// approve makes the link that leads to a new authenticator app, or notes the first
// of two approvals. It switches nothing off.
func approve(v *web.Visitor, tx *store.Tx, q store.Request, u user.User) error {
	switch {
	case v.Now.Before(q.Opens):
		return conflict("This request cannot be approved before " + views.Minute(q.Opens, v.Zone()) + ", so that its owner has time to cancel it.")
	case !v.Now.Before(q.Ends):
		return errDecided
	case u.Disabled || !u.DeletedAt.IsZero():
		return conflict("This user is disabled or deleted, so they could not use a link.")
	}
	two, err := needsTwo(tx.Reader, u, adminDemands(v), v.Now)
	if err != nil {
		return err
	}
	if two {
		if first, err := firstCounts(tx, q); err != nil {
			return err
		} else if !first {
			return approveFirst(v, tx, q, u)
		}
	}
	if done, err := tx.Decide(q.ID, store.RequestApproved, q); err != nil || !done {
		return orDecided(err)
	}
	e := requestEntry(v, audit.RequestApproved, q, u)
	if err := tx.Audit(e); err != nil {
		return err
	}
	path, err := v.NewLink(tx, u, "/lost-phone/new", store.Link{
		Purpose: store.PurposePhone, Subject: q.ID, Created: v.Now, Ends: v.Now.Add(instance.PhoneFor),
	})
	if err != nil {
		return err
	}
	link := mail.Facts{Link: mail.Link{Path: path, Lifetime: instance.PhoneFor}}
	if err := v.Notify(tx, u, mail.LostPhoneApproved, e, link); err != nil {
		return err
	}
	return v.SetOnce(tx, q.ID+" "+v.Link(path))
}

// firstCounts reports whether the first of two approvals was given and is by somebody
// who could still give it. Both are read here, inside the transaction.
func firstCounts(tx *store.Tx, q store.Request) (bool, error) {
	now, _, err := tx.Request(q.ID)
	if err != nil || now.FirstID == "" {
		return false, err
	}
	first, err := tx.User(now.FirstID)
	if err == nil && first.Role == user.RoleAdmin && !first.Disabled && first.DeletedAt.IsZero() {
		return true, nil
	}
	if err != nil && !problem.Is(err, problem.NotFound) {
		return false, err
	}
	return false, tx.ForgetFirst(q.ID)
}

func approveFirst(v *web.Visitor, tx *store.Tx, q store.Request, u user.User) error {
	if done, err := tx.ApproveFirst(q.ID, v.User.ID, v.User.Username); err != nil || !done {
		return orDecided(err)
	}
	e := requestEntry(v, audit.RequestApproved, q, u)
	e.Details = append(e.Details, audit.Detail{Name: "approval", After: "first of two"})
	if err := tx.Audit(e); err != nil {
		return err
	}
	return v.SetFlash(tx, views.Flash{Kind: "good", Text: "You have approved the request. A second administrator has to approve it as well."})
}

func orDecided(err error) error {
	if err != nil {
		return err
	}
	return errDecided
}

func requestEntry(v *web.Visitor, event audit.Event, q store.Request, u user.User) audit.Entry {
	e := v.Audit(event, audit.ResultOK)
	e.SubjectID, e.SubjectName = u.ID, u.Username
	e.Details = []audit.Detail{{Name: "reason", After: q.Reason}}
	return e
}

// RefuseOverdue refuses the requests that nobody decided in time, and tells the
// people who made them.
func RefuseOverdue(i *instance.Instance, tx *store.Tx, now time.Time) error {
	if err := EndOverdueApprovals(tx, now); err != nil {
		return err
	}
	users, err := tx.OverdueRequests(now)
	if err != nil {
		return err
	}
	for _, id := range users {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		const why = audit.ReasonOverdue
		e := audit.Entry{
			At: now, Event: audit.RequestRefused, Result: audit.ResultOK, ActorName: "server", SubjectID: u.ID, SubjectName: u.Username,
			Details: []audit.Detail{{Name: "reason", After: why}},
		}
		if err := tx.Audit(e); err != nil {
			return err
		}
		if err := i.Notify(tx, u, mail.LostPhoneRefused, e, mail.Facts{Detail: why}); err != nil {
			return err
		}
	}
	return nil
}
