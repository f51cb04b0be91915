package admin

import (
	"errors"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// Nobody becomes another administrator alone (AC-09). What gives an administrator a way
// into another's account waits for a second one, as the request about a lost phone does:
// a reset of two-step verification, a link to choose a password that is shown, another
// email address. The rule is asked in Act, so that no page and no background job can go
// around it; a command can, since whoever runs it has the database.

const (
	// ApprovalFor is how long something waits for a second administrator: 7 days, after
	// which it has to be asked again, because what was true then may be no more.
	ApprovalFor = 7 * 24 * time.Hour
	// OnceFor is for how long somebody counts as an administrator who is none any more, or
	// was disabled or deleted as one: 7 days. Taking the role away, or the third
	// administrator, would else be the way around the second approval.
	OnceFor = 7 * 24 * time.Hour
	// approvalsShown is how many of each kind stand on a page: 50.
	approvalsShown = 50
)

// kindEmail is the change of an address, which is a part of an edit.
const kindEmail = "email"

// errApproval is an act that a second administrator must approve.
var errApproval = conflict("Another administrator must approve this, because this user is an administrator.")

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

// alone refuses what the actor may not do alone.
func (a Act) alone(u user.User) error {
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

// AskApproval asks a second administrator to approve an act on the user: detail is the
// new address where it is about that. The one concerned and the others are told.
func (a Act) AskApproval(kind, detail string, u user.User) (id string, err error) {
	u, err = a.Tx.User(u.ID)
	if err != nil {
		return "", err
	}
	if reason := noChange(kind, u); reason != "" {
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
	facts = mail.Facts{Username: u.Username, What: doneTo(q, u.Username), At: a.By.At, Link: mail.Link{Path: approvalPath(q.ID)}}
	return q.ID, a.Instance.NotifyAdministrators(a.Tx, mail.AdminApproval, facts, a.By.At, u.ID, a.By.ActorID)
}

func (a Act) approvalEntry(event audit.Event, q store.Approval, u user.User, reason string) audit.Entry {
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

// doneToYou is what is asked for, in words to the one concerned.
func doneToYou(q store.Approval) string {
	switch q.Kind {
	case kindReset:
		return "reset your two-step verification"
	case kindEmail:
		return "change your email address"
	}
	return "make a link to choose a new password for you"
}

// doneTo is the same to everybody else.
func doneTo(q store.Approval, name string) string {
	switch q.Kind {
	case kindReset:
		return "reset the two-step verification of " + name
	case kindEmail:
		return "change the email address of " + name
	}
	return "make a link to choose a new password for " + name
}

// approvalWords say in advance who must approve what the visitor is about to do to a
// user; "" if nobody must.
func approvalWords(v *web.Visitor, u user.User) (string, error) {
	if u.ID == v.User.ID || !guardedNow(u, v.Now) {
		return "", nil
	}
	demands := adminDemands(v)
	o, err := otherAdministrators(v.DB.Reader, u, demands, v.Now)
	if err != nil || !o.two() {
		return "", err
	}
	because := ", because " + shown(u) + " is an administrator."
	if u.Role != user.RoleAdmin {
		because = ", because " + shown(u) + " was an administrator until " + views.Minute(u.AdminUntil, v.Zone()) + "."
	}
	can := o.without(v.User.ID)
	switch {
	case len(can) == 0:
		return "Another administrator must approve too" + because + " " + nobodyElse(o.cannot, demands, v.Zone()), nil
	case len(can) == 1:
		return shown(can[0]) + " must approve too" + because, nil
	}
	return "Another administrator must approve too" + because, nil
}

// askApproval is AskApproval from a page; it returns where to go.
func askApproval(v *web.Visitor, a Act, kind, detail string, u user.User) (path string, err error) {
	id, err := a.AskApproval(kind, detail, u)
	if err != nil {
		return "", err
	}
	return approvalPath(id), v.SetFlash(a.Tx, views.Flash{Kind: "good", Text: "The other administrators have been asked, and " + shown(u) + " has been told. Nothing has changed yet."})
}

// EndOverdueApprovals ends what nobody approved in time.
func EndOverdueApprovals(tx *store.Tx, now time.Time) error {
	ended, err := tx.EndApprovals(now)
	if err != nil {
		return err
	}
	for _, q := range ended {
		a := Act{Tx: tx, By: audit.Entry{At: now, ActorName: "server"}}
		if err := tx.Audit(a.approvalEntry(audit.ApprovalRefused, q, user.User{ID: q.UserID, Username: q.Username}, audit.ReasonOverdue)); err != nil {
			return err
		}
	}
	return nil
}

// whyNotApproved finds out why the one statement that approves did nothing.
func whyNotApproved(tx *store.Tx, id string, now time.Time, zone *time.Location) error {
	q, ok, err := tx.Approval(id)
	switch {
	case err != nil:
		return err
	case !ok || q.Status != store.ApprovalOpen || !now.Before(q.Ends):
		return errDecided
	case now.Before(q.Opens):
		return conflict("This cannot be approved before " + views.Minute(q.Opens, zone) + ", so that the person concerned has time to object.")
	}
	asker, err := tx.User(q.AskedID)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return err
	}
	if err != nil || asker.Role != user.RoleAdmin || asker.Disabled || !asker.DeletedAt.IsZero() {
		return conflict(q.AskedName + " is no longer an administrator, so this has to be asked for again.")
	}
	return errDecided
}

// mustAsk reports whether an error is that of an act that a second administrator must
// approve.
func mustAsk(err error) bool { return errors.Is(err, errApproval) }
