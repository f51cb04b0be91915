package account

import (
	"errors"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Nobody becomes another administrator alone (AC-09). What gives an administrator a way
// into another's account waits for a second one, as the request about a lost phone does:
// a reset of two-step verification, a link to choose a password that is shown, another
// email address. The rule is asked in Action, so that no page and no background job can go
// around it; a command can, since whoever runs it has the database.

const (
	// ApprovalFor is how long something waits for a second administrator: 7 days, after
	// which it has to be asked again, because what was true then may be no more.
	ApprovalFor = 7 * 24 * time.Hour
	// OnceFor is for how long somebody counts as an administrator who is none any more, or
	// was disabled or deleted as one: 7 days. Taking the role away, or the third
	// administrator, would else be the way around the second approval.
	OnceFor = 7 * 24 * time.Hour
)

// errApproval is an action that a second administrator must approve.
var errApproval = conflict("Another administrator must approve this, because this user is an administrator.")

// ApprovalPath is where something that waits for a second administrator has its page.
func ApprovalPath(id string) string { return "/admin/requests/approvals/" + id }

// NeedsApproval reports whether an error is that of an action that a second
// administrator must approve.
func NeedsApproval(err error) bool { return errors.Is(err, errApproval) }

// guardedNow reports whether two administrators have to agree to give somebody a way into
// this account, where there are two others.
func guardedNow(u user.User, now time.Time) bool {
	return u.Role == user.RoleAdmin || !u.AdminUntil.IsZero() && now.Before(u.AdminUntil.Add(OnceFor))
}

// needsTwo reports whether two administrators have to approve: for an administrator,
// whose rights somebody else would get, wherever there are two others who count.
func needsTwo(r store.Reader, u user.User, demands bool, now time.Time) (bool, error) {
	if !guardedNow(u, now) {
		return false, nil
	}
	o, err := otherAdministrators(r, u, demands, now)
	return o.two(), err
}

// NeedsTwo is needsTwo for those who want to say so before the action.
func NeedsTwo(i *instance.Instance, u user.User) (bool, error) {
	return needsTwo(i.DB.Reader, u, i.Settings().TwoStep.Demands(user.RoleAdmin), i.Now())
}

// Alone refuses what the actor may not do alone.
func (a Action) Alone(u user.User) error {
	if a.Approved || a.By.ActorID == "" || a.By.ActorID == u.ID {
		return nil
	}
	demands, err := demandsOfAdministrators(a.Tx.Reader)
	if err != nil {
		return err
	}
	two, err := needsTwo(a.Tx.Reader, u, demands, a.By.At)
	if err == nil && two {
		err = errApproval
	}
	return err
}

// AskApproval asks a second administrator to approve an action on the user: detail is the
// new address where it is about that. The one concerned and the others are told.
func (a Action) AskApproval(kind, detail string, u user.User) (id string, err error) {
	u, err = a.Tx.User(u.ID)
	if err != nil {
		return "", err
	}
	if reason := unfit(kind, u); reason != "" {
		return "", conflict(reason)
	}
	q := store.Approval{
		ID: secret.ID(), UserID: u.ID, Kind: kind, Detail: detail, Reason: a.Reason, AskedID: a.By.ActorID, AskedName: a.By.ActorName,
		Made: a.By.At, Opens: a.By.At.Add(a.Instance.Settings().LostPhoneWait), Ends: a.By.At.Add(ApprovalFor + a.Instance.Settings().LostPhoneWait),
	}
	added, err := a.Tx.AddApproval(q)
	if err != nil {
		return "", err
	}
	if !added {
		return "", conflict("This has already been asked for. It is waiting under Requests for another administrator.")
	}
	e := a.approvalEntry(audit.ApprovalAsked, q, u, a.Reason)
	if err := a.Tx.Audit(e); err != nil {
		return "", err
	}
	facts := mail.Facts{What: doneToYou(q), Detail: a.Reason}
	if err := a.Instance.Notify(a.Tx, u, mail.ApprovalAsked, e, facts); err != nil {
		return "", err
	}
	facts = mail.Facts{Username: u.Username, What: DoneTo(q, u.Username), At: a.By.At, Link: mail.Link{Path: ApprovalPath(q.ID)}}
	return q.ID, a.Instance.NotifyAdministrators(a.Tx, mail.AdminApproval, facts, a.By.At, u.ID, a.By.ActorID)
}

func (a Action) approvalEntry(event audit.Event, q store.Approval, u user.User, reason string) audit.Entry {
	e := a.By
	e.Event, e.Result, e.SubjectID, e.SubjectName = event, audit.ResultOK, u.ID, u.Username
	e.Details = []audit.Detail{{Name: "act", After: q.Kind}}
	for _, d := range []audit.Detail{{Name: "email", After: q.Detail}, {Name: "reason", After: reason}} {
		if d.After != "" {
			e.Details = append(e.Details, d)
		}
	}
	return e
}

// EndOverdueApprovals ends what nobody had approved by the time at; now is when that is written down.
func EndOverdueApprovals(tx *store.Tx, at, now time.Time) error {
	ended, err := tx.EndApprovals(at)
	if err != nil {
		return err
	}
	for _, q := range ended {
		a := Action{Tx: tx, By: audit.Entry{At: now, ActorName: "server"}}
		if err := tx.Audit(a.approvalEntry(audit.ApprovalRefused, q, user.User{ID: q.UserID, Username: q.Username}, audit.ReasonOverdue)); err != nil {
			return err
		}
	}
	return nil
}

// doneToYou is what is asked for, in words to the one concerned.
func doneToYou(q store.Approval) string {
	k, _ := KindOf(q.Kind)
	return k.CalledYou
}

// DoneTo is what is asked for, in words to everybody else.
func DoneTo(q store.Approval, name string) string {
	k, _ := KindOf(q.Kind)
	return k.Called + " " + name
}

// Approve approves what another administrator asked for and does it, in one transaction.
// link is the address of a link that this makes; "" if it was about something else.
// minute writes a point in time for whoever is refused.
func (a Action) Approve(q store.Approval, minute func(time.Time) string) (link string, err error) {
	switch a.By.ActorID {
	case q.UserID:
		return "", conflict("This is about your own account. Another administrator has to approve it.")
	case q.AskedID:
		return "", conflict("You asked for this. Another administrator has to approve it.")
	}
	done, err := a.Tx.Approve(q.ID, a.decision())
	if err != nil {
		return "", err
	}
	if !done {
		return "", whyNotApproved(a.Tx, q.ID, a.By.At, minute)
	}
	u, err := a.Tx.User(q.UserID)
	if err != nil {
		return "", err
	}
	given := a.approvalEntry(audit.ApprovalGiven, q, u, a.Reason)
	if err := a.Tx.Audit(given); err != nil {
		return "", err
	}
	a.Approved, a.Also = true, []audit.Detail{{Name: "asked by", After: q.AskedName}}
	switch q.Kind {
	case Reset:
		return "", a.ResetTwoStep(u)
	case Email:
		return "", a.setAddress(u, q.Detail)
	}
	if link, err = a.PasswordLink(u); err != nil {
		return "", err
	}
	return link, a.Instance.Notify(a.Tx, u, mail.ApprovalGiven, given, mail.Facts{What: doneToYou(q), Detail: q.Reason})
}

// RefuseApproval refuses it. Whoever asked, or is concerned, can do that too.
func (a Action) RefuseApproval(q store.Approval) error {
	if done, err := a.Tx.RefuseApproval(q.ID, a.decision()); err != nil || !done {
		return orDecided(err)
	}
	u, err := a.Tx.User(q.UserID)
	if err != nil {
		return err
	}
	return a.Tx.Audit(a.approvalEntry(audit.ApprovalRefused, q, u, a.Reason))
}

// decision is who decides, when and why.
func (a Action) decision() store.Approval {
	return store.Approval{DecidedID: a.By.ActorID, DecidedName: a.By.ActorName, Decided: a.By.At, DecidedReason: a.Reason}
}

// whyNotApproved finds out why the one statement that approves did nothing.
func whyNotApproved(tx *store.Tx, id string, now time.Time, minute func(time.Time) string) error {
	q, ok, err := tx.Approval(id)
	switch {
	case err != nil:
		return err
	case !ok || q.Status != store.ApprovalOpen || !now.Before(q.Ends):
		return errDecided
	case now.Before(q.Opens):
		return conflict("This cannot be approved before " + minute(q.Opens) + ", so that the person concerned has time to object.")
	}
	asker, err := tx.User(q.AskedID)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return err
	}
	if err != nil || asker.Role != user.RoleAdmin || !asker.Active() {
		return conflict(q.AskedName + " is no longer an administrator, so this has to be asked for again.")
	}
	return errDecided
}
