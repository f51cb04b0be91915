package account

import (
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// RequestRefusal says why this administrator cannot decide a request about a lost phone;
// "" if they can.
func RequestRefusal(q store.Request, actorID string) string {
	switch actorID {
	case q.UserID:
		return "This is your own request. Another administrator has to decide it."
	case q.FirstID:
		return "You have approved this request. Another administrator has to approve it as well."
	}
	return ""
}

// errDecided is a request that is not open any more.
var errDecided = conflict("This request has already been decided or withdrawn.")

// firstCounts reports whether the first of two approvals was given and is by somebody
// who could still give it. Both are read here, inside the transaction.
func firstCounts(tx *store.Tx, q store.Request) (bool, error) {
	now, _, err := tx.Request(q.ID)
	if err != nil || now.FirstID == "" {
		return false, err
	}
	first, err := tx.User(now.FirstID)
	if err == nil && first.Role == user.RoleAdmin && first.Active() {
		return true, nil
	}
	if err != nil && !problem.Is(err, problem.NotFound) {
		return false, err
	}
	return false, tx.ForgetFirst(q.ID)
}

func orDecided(err error) error {
	if err != nil {
		return err
	}
	return errDecided
}

// RefuseOverdue refuses the requests that nobody decided in time, and tells the
// people who made them.
func RefuseOverdue(i *instance.Instance, tx *store.Tx, now time.Time) error {
	if err := EndOverdueApprovals(tx, now, now); err != nil {
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

// RefuseRequest refuses a request about a lost phone and tells the one who made it. What
// its page showed may be out of date: the request is decided by one statement.
func (a Action) RefuseRequest(q store.Request) error {
	u, err := a.requester(q)
	if err != nil {
		return err
	}
	if done, err := a.Tx.Decide(q.ID, store.RequestRefused, a.decided(q)); err != nil || !done {
		return orDecided(err)
	}
	e := a.requestEntry(audit.RequestRefused, u)
	if err := a.Tx.Audit(e); err != nil {
		return err
	}
	return a.Instance.Notify(a.Tx, u, mail.LostPhoneRefused, e, mail.Facts{Detail: a.Reason})
}

// ApproveRequest makes the link that leads to a new authenticator app, or notes the first
// of two approvals and returns "". It switches nothing off. minute writes a point in time
// for whoever is refused.
func (a Action) ApproveRequest(q store.Request, minute func(time.Time) string) (link string, err error) {
	u, err := a.requester(q)
	if err != nil {
		return "", err
	}
	switch now := a.By.At; {
	case now.Before(q.Opens):
		return "", conflict("This request cannot be approved before " + minute(q.Opens) + ", so that its owner has time to cancel it.")
	case !now.Before(q.Ends):
		return "", errDecided
	case !u.Active():
		return "", conflict("This user is disabled or deleted, so they could not use a link.")
	}
	first, err := a.isFirst(q, u)
	if err != nil {
		return "", err
	}
	if first {
		return "", a.approveFirst(q, u)
	}
	if done, err := a.Tx.Decide(q.ID, store.RequestApproved, a.decided(q)); err != nil || !done {
		return "", orDecided(err)
	}
	e := a.requestEntry(audit.RequestApproved, u)
	if err := a.Tx.Audit(e); err != nil {
		return "", err
	}
	path, err := a.Instance.NewLink(a.Tx, u, "/lost-phone/new", store.Link{
		Purpose: store.PurposePhone, Subject: q.ID, Created: a.By.At, Ends: a.By.At.Add(instance.PhoneFor),
	})
	if err != nil {
		return "", err
	}
	mailed := mail.Facts{Link: mail.Link{Path: path, Lifetime: instance.PhoneFor}}
	return a.Instance.Link(path), a.Instance.Notify(a.Tx, u, mail.LostPhoneApproved, e, mailed)
}

// requester is who made the request, unless the actor cannot decide it.
func (a Action) requester(q store.Request) (user.User, error) {
	u, err := a.Tx.User(q.UserID)
	if err != nil {
		return u, err
	}
	if why := RequestRefusal(q, a.By.ActorID); why != "" {
		return u, conflict(why)
	}
	return u, nil
}

// isFirst reports whether this is only the first of two approvals.
func (a Action) isFirst(q store.Request, u user.User) (bool, error) {
	demands, err := demandsOfAdministrators(a.Tx.Reader)
	if err != nil {
		return false, err
	}
	two, err := needsTwo(a.Tx.Reader, u, demands, a.By.At)
	if err != nil || !two {
		return false, err
	}
	counts, err := firstCounts(a.Tx, q)
	return !counts, err
}

func (a Action) approveFirst(q store.Request, u user.User) error {
	if done, err := a.Tx.ApproveFirst(q.ID, a.By.ActorID, a.By.ActorName); err != nil || !done {
		return orDecided(err)
	}
	e := a.requestEntry(audit.RequestApproved, u)
	e.Details = append(e.Details, audit.Detail{Name: "approval", After: "first of two"})
	return a.Tx.Audit(e)
}

// decided is the request with who decides it, when and why.
func (a Action) decided(q store.Request) store.Request {
	q.DecidedID, q.DecidedName, q.Decided, q.Reason = a.By.ActorID, a.By.ActorName, a.By.At, a.Reason
	return q
}

func (a Action) requestEntry(event audit.Event, u user.User) audit.Entry {
	e := a.By
	e.Event, e.Result, e.SubjectID, e.SubjectName = event, audit.ResultOK, u.ID, u.Username
	e.Details = []audit.Detail{{Name: "reason", After: a.Reason}}
	return e
}
