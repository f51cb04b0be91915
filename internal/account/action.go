// Package account is what is done to a user, from anywhere: pages, commands and jobs do it
// the same way, with the same guards and the same rows in the audit log. What kinds of
// action there are, and what each needs, stands in one table ([Kinds]).
package account

import (
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Action is one thing that is done to a user, from a page or from the command line:
// with the same guards, the same ends and the same audit row. It belongs to one
// transaction. If a method returns an error, return it from the transaction's
// function, so that nothing of the action is kept.
//
// A method reads the user again inside the transaction: what its caller saw may
// be out of date, and only what holds now is written down as "before". It refuses
// with a problem.Conflict whose sentence can be shown as it is.
type Action struct {
	Instance *instance.Instance
	Tx       *store.Tx
	// By holds time, actor, address and request; the action adds event, subject and
	// details. An actor without an id is the command line, which may do to anybody
	// what pages do not let people do to themselves.
	By audit.Entry
	// Reason is kept in the audit row; it may be empty and must have passed
	// user.CheckReason otherwise.
	Reason string
	// Group is the name of the group for actions that put somebody into one or take them out.
	Group string
	// Also stands in the audit row as well: what the action is a part of, or takes back.
	Also []audit.Detail
	// Approved says that a second administrator approved it, or that the account is one
	// which the actor has just made: nobody has been behind it yet.
	Approved bool
	// changed collects the details of actions that are one change together, and so one audit
	// row; nil for an action by itself.
	changed *[]audit.Detail
}

// Disable keeps the user from signing in and ends what is signed in.
func (a Action) Disable(u user.User) error {
	err := a.guarded(Disable, ending.CauseDisabled, u, audit.UserDisabled, change("disabled", "no", "yes"), func(demands bool) (store.Outcome, error) {
		return a.Tx.Disable(demands, u.ID)
	})
	if err != nil {
		return err
	}
	return a.tell(a.Instance.Notify, u, mail.Disabled)
}

// Delete moves the user to the recycle bin and ends what is signed in.
func (a Action) Delete(u user.User) error {
	err := a.guarded(Delete, ending.CauseDeleted, u, audit.UserDeleted, nil, func(demands bool) (store.Outcome, error) {
		return a.Tx.Delete(demands, u.ID, a.By.At)
	})
	if err != nil {
		return err
	}
	return a.tell(a.Instance.NotifyByMail, u, mail.Deleted)
}

// ResetTwoStep takes the user's authenticators and recovery codes away and ends
// what is signed in. Until the user sets a password through a link, the password
// alone does not lead to a new enrolment: otherwise somebody who had only stolen the
// password would enrol their own phone (OT-10).
func (a Action) ResetTwoStep(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	if u.DeletedAt.IsZero() && u.Authenticators == 0 {
		return conflict(unfit(Reset, u))
	}
	if err := a.Alone(u); err != nil {
		return err
	}
	err = a.guarded(Reset, ending.CauseTwoStepReset, u, audit.AuthenticatorReset, number("authenticators", u.Authenticators, 0), func(demands bool) (store.Outcome, error) {
		return a.Tx.ResetTwoStep(demands, u.ID)
	})
	if err != nil {
		return err
	}
	return a.tell(a.Instance.Notify, u, mail.TwoStepReset)
}

// SetRole gives the user another role. Sessions of the old role end (SE-02), and
// so does a link that was not used yet.
func (a Action) SetRole(u user.User, role user.Role) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	return a.guarded(Role, ending.CauseRoleChanged, u, audit.UserChanged, change("role", string(u.Role), string(role)), func(demands bool) (store.Outcome, error) {
		return a.Tx.SetRole(demands, u.ID, role)
	})
}

// Enable lets a disabled user sign in again.
func (a Action) Enable(u user.User) error {
	done, err := a.Tx.Enable(u.ID)
	return a.finish(Enable, u, outcome(done), err, audit.UserEnabled, change("disabled", "yes", "no"))
}

// Restore brings the user back from the recycle bin.
func (a Action) Restore(u user.User) error {
	done, err := a.Tx.Restore(u.ID)
	return a.finish(Restore, u, outcome(done), err, audit.UserRestored, nil)
}

// SignOut ends every session and pending sign-in of the user and forgets the
// browsers known for them. A link that was not used yet keeps working.
func (a Action) SignOut(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	ended, err := a.revoke(ending.CauseSignedOut, u)
	return a.finish(SignOut, u, outcome(u.DeletedAt.IsZero()), err, audit.SessionEnded, number("sessions", int(ended.Sessions), 0))
}

// Add adds a user, whose texts have passed the rules of package user. A user
// name or address that is taken is a problem.Invalid with that field. A time of
// creation that is zero becomes the time of the action.
func (a Action) Add(n store.NewUser) error {
	if n.CreatedAt.IsZero() {
		n.CreatedAt = a.By.At
	}
	if err := a.Tx.AddUser(n); err != nil {
		return InTheBin(err)
	}
	details := []audit.Detail{{Name: "role", After: string(n.Role)}}
	for _, d := range []audit.Detail{{Name: "name", After: n.Name}, {Name: "email", After: n.Email}} {
		if d.After != "" {
			details = append(details, d)
		}
	}
	return a.note(audit.UserCreated, user.User{ID: n.ID, Username: n.Username}, details)
}

// RequireEnrolment demands two-step verification of the user, whatever the policy
// says: without an authenticator, setting one up is all the user can do from the next
// page on, and the last one cannot be removed.
func (a Action) RequireEnrolment(u user.User) error {
	demands, err := demandsOfAdministrators(a.Tx.Reader)
	if err != nil {
		return err
	}
	out, err := a.Tx.RequireEnrolment(demands, u.ID)
	return a.finish(Require, u, out, err, audit.UserChanged, change(MustEnrol, "no", "yes"))
}

// LiftEnrolment leaves it to the policy again whether the user needs two-step
// verification.
func (a Action) LiftEnrolment(u user.User) error {
	done, err := a.Tx.LiftEnrolment(u.ID)
	return a.finish(Lift, u, outcome(done), err, audit.UserChanged, change(MustEnrol, "yes", "no"))
}

// MustEnrol is what the audit rows of the two call what they change.
const MustEnrol = "must enrol"

// Viewed writes down that the actor looks at the user's own pages, and why.
func (a Action) Viewed(u user.User) error { return a.note(audit.UserViewed, u, nil) }

// BinFor is how long deleted users stay in the recycle bin: 30 days.
const BinFor = 30 * 24 * time.Hour

// Path is where the user's page is.
func Path(u user.User) string { return "/admin/users/" + u.ID }

// Shown is what a sentence calls the user.
func Shown(u user.User) string {
	if u.Name != "" {
		return u.Name
	}
	return u.Username
}
