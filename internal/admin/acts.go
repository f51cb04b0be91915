package admin

import (
	"time"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// LinkFor is how long a password link works that an administrator passes on: 24
// hours (MA-03). How long an invitation does is a setting.
const LinkFor = 24 * time.Hour

// Act is one thing that is done to a user, from a page or from the command line:
// with the same guards, the same ends and the same audit row. It belongs to one
// transaction. If a method returns an error, return it from the transaction's
// function, so that nothing of the act is kept.
//
// A method reads the user again inside the transaction: what its caller saw may
// be out of date, and only what holds now is written down as "before". It refuses
// with a problem.Conflict whose sentence can be shown as it is.
type Act struct {
	Instance *instance.Instance
	Tx       *store.Tx
	// By holds time, actor, address and request; the act adds event, subject and
	// details. An actor without an id is the command line, which may do to anybody
	// what pages do not let people do to themselves.
	By audit.Entry
	// Reason is kept in the audit row; it may be empty and must have passed
	// user.CheckReason otherwise.
	Reason string
	// Also stands in the audit row as well: what the act is a part of, or takes back.
	Also []audit.Detail
	// Approved says that a second administrator approved it, or that the account is one
	// which the actor has just made: nobody has been behind it yet.
	Approved bool
	// changed collects the details of acts that are one change together, and so one audit
	// row; nil for an act by itself.
	changed *[]audit.Detail
}

// Disable keeps the user from signing in and ends what is signed in.
func (a Act) Disable(u user.User) error {
	err := a.guarded(kindDisable, instance.CauseDisabled, u, audit.UserDisabled, change("disabled", "no", "yes"), func(demands bool) (store.Outcome, error) {
		return a.Tx.Disable(demands, u.ID)
	})
	if err != nil {
		return err
	}
	return a.tell(a.Instance.Notify, u, mail.Disabled)
}

// Delete moves the user to the recycle bin and ends what is signed in.
func (a Act) Delete(u user.User) error {
	err := a.guarded(kindDelete, instance.CauseDeleted, u, audit.UserDeleted, nil, func(demands bool) (store.Outcome, error) {
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
func (a Act) ResetTwoStep(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	if u.DeletedAt.IsZero() && u.Authenticators == 0 {
		return conflict(noChange(kindReset, u))
	}
	if err := a.alone(u); err != nil {
		return err
	}
	err = a.guarded(kindReset, instance.CauseTwoStepReset, u, audit.AuthenticatorReset, number("authenticators", u.Authenticators, 0), func(demands bool) (store.Outcome, error) {
		return a.Tx.ResetTwoStep(demands, u.ID)
	})
	if err != nil {
		return err
	}
	return a.tell(a.Instance.Notify, u, mail.TwoStepReset)
}

// SetRole gives the user another role. Sessions of the old role end (SE-02), and
// so does a link that was not used yet.
func (a Act) SetRole(u user.User, role user.Role) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	return a.guarded(kindRole, instance.CauseRoleChanged, u, audit.UserChanged, change("role", string(u.Role), string(role)), func(demands bool) (store.Outcome, error) {
		return a.Tx.SetRole(demands, u.ID, role)
	})
}

// Enable lets a disabled user sign in again.
func (a Act) Enable(u user.User) error {
	done, err := a.Tx.Enable(u.ID)
	return a.finish(kindEnable, u, outcome(done), err, audit.UserEnabled, change("disabled", "yes", "no"))
}

// Restore brings the user back from the recycle bin.
func (a Act) Restore(u user.User) error {
	done, err := a.Tx.Restore(u.ID)
	return a.finish(kindRestore, u, outcome(done), err, audit.UserRestored, nil)
}

// SignOut ends every session and pending sign-in of the user and forgets the
// browsers known for them. A link that was not used yet keeps working.
func (a Act) SignOut(u user.User) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	ended, err := a.revoke(instance.CauseSignedOut, u)
	return a.finish(kindSignOut, u, outcome(u.DeletedAt.IsZero()), err, audit.SessionEnded, number("sessions", int(ended.Sessions), 0))
}

// Add adds a user, whose texts have passed the rules of package user. A user
// name or address that is taken is a problem.Invalid with that field. A time of
// creation that is zero becomes the time of the act.
func (a Act) Add(n store.NewUser) error {
	if n.CreatedAt.IsZero() {
		n.CreatedAt = a.By.At
	}
	if err := a.Tx.AddUser(n); err != nil {
		return account.InTheBin(err)
	}
	details := []audit.Detail{{Name: "role", After: string(n.Role)}}
	for _, d := range []audit.Detail{{Name: "name", After: n.Name}, {Name: "email", After: n.Email}} {
		if d.After != "" {
			details = append(details, d)
		}
	}
	return a.note(audit.UserCreated, user.User{ID: n.ID, Username: n.Username}, details)
}

// Invite makes the link by which a user without a password chooses one, and
// returns its whole address. Earlier links of the user stop working.
func (a Act) Invite(u user.User) (link string, err error) {
	u, err = a.Tx.User(u.ID)
	if err != nil {
		return "", err
	}
	if u.HasPassword {
		return "", conflict("This user already has a password. Make a password link instead.")
	}
	if err := a.alone(u); err != nil {
		return "", err
	}
	return a.link(u, store.Link{Purpose: store.PurposeInvite}, "/invite", audit.UserInvited)
}

// PasswordLink makes the link by which a user chooses a new password, and
// returns its whole address; for a user who never had one it is an invitation. The
// password in use stays until the link is used. Earlier links stop working.
func (a Act) PasswordLink(u user.User) (link string, err error) {
	u, err = a.Tx.User(u.ID)
	if err != nil {
		return "", err
	}
	if !u.HasPassword {
		return a.Invite(u)
	}
	if err := a.alone(u); err != nil {
		return "", err
	}
	return a.link(u, store.Link{Purpose: store.PurposePassword}, "/reset", audit.PasswordResetRequested)
}

// link stores the hash of a new token and returns the address with the token,
// which exists nowhere else.
func (a Act) link(u user.User, l store.Link, path string, event audit.Event) (string, error) {
	able := u.DeletedAt.IsZero() && !u.Disabled
	if _, err := a.revoke(instance.CauseLinkMade, u); err != nil {
		return "", err
	}
	l.Created, l.Ends = a.By.At, a.By.At.Add(LinkFor)
	if l.Purpose == store.PurposeInvite {
		l.Ends = a.By.At.Add(a.Instance.Settings().InviteFor())
	}
	path, err := a.Instance.NewLink(a.Tx, u, path, l)
	if err := a.finish(kindLink, u, outcome(able), err, event, nil); err != nil {
		return "", err
	}
	return a.Instance.Link(path), nil
}

// guarded runs a statement that may not take the last usable administrator away
// and, when it did something, ends what the user had.
//
// The policy is read inside the transaction: taken from memory, it could be the
// one from before a change that commits at the same moment.
func (a Act) guarded(kind string, cause instance.Cause, u user.User, event audit.Event, details []audit.Detail, run func(demands bool) (store.Outcome, error)) error {
	demands, err := demandsOfAdministrators(a.Tx.Reader)
	if err != nil {
		return err
	}
	before, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	out, err := run(demands)
	now, err := a.check(kind, u, out, err)
	if err != nil {
		return err
	}
	if before.Role == user.RoleAdmin && kind != kindReset && (now.Role != before.Role || !before.Disabled && before.DeletedAt.IsZero()) {
		if err := a.Tx.WasAdministrator(u.ID, a.By.At); err != nil {
			return err
		}
	}
	ended, err := a.revoke(cause, now)
	if err != nil {
		return err
	}
	return a.note(event, now, append(details, ended.Details()...))
}

// revoke ends what the cause ends for the user.
func (a Act) revoke(cause instance.Cause, u user.User) (instance.Revoked, error) {
	e := a.By
	e.SubjectID, e.SubjectName, e.Details = u.ID, u.Username, []audit.Detail{{Name: "reason", After: string(cause)}}
	return a.Instance.Revoke(a.Tx, cause, e, "")
}

// finish turns what a statement did into the refusal or the audit row.
func (a Act) finish(kind string, u user.User, out store.Outcome, err error, event audit.Event, details []audit.Detail) error {
	now, err := a.check(kind, u, out, err)
	if err != nil {
		return err
	}
	return a.note(event, now, details)
}

// check turns what a statement did into the refusal, or returns the user as it left
// them. Nobody does to themselves what they could not take back; the refusal undoes the
// statement.
func (a Act) check(kind string, u user.User, out store.Outcome, err error) (user.User, error) {
	if err != nil {
		return u, err
	}
	now, err := a.Tx.User(u.ID)
	switch {
	case err != nil:
		return now, err
	case out == store.LastAdministrator:
		return now, conflict(lastAdministrator)
	case out == store.NoChange:
		return now, conflict(noChange(kind, now))
	case a.By.ActorID == u.ID && ownRefusal(kind) != "":
		return now, conflict(ownRefusal(kind))
	}
	return now, nil
}

// note writes the audit row of the act.
func (a Act) note(event audit.Event, u user.User, details []audit.Detail) error {
	if a.changed != nil {
		*a.changed = append(*a.changed, details...)
		return nil
	}
	e := a.By
	e.Event, e.Result, e.SubjectID, e.SubjectName, e.Details = event, audit.ResultOK, u.ID, u.Username, details
	if a.Reason != "" {
		e.Details = append(e.Details, audit.Detail{Name: "reason", After: a.Reason})
	}
	e.Details = append(e.Details, a.Also...)
	return a.Tx.Audit(e)
}

// notifier is web.Site.Notify or web.Site.NotifyByMail.
type notifier func(*store.Tx, user.User, mail.Kind, audit.Entry, mail.Facts) error

// tell tells the user what was done to them, and why (AU-13).
func (a Act) tell(notify notifier, u user.User, k mail.Kind) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	return notify(a.Tx, u, k, a.By, mail.Facts{Detail: a.Reason})
}

// demandsOfAdministrators reports whether the policy, as it stands in the
// database, wants an authenticator from administrators.
func demandsOfAdministrators(r store.Reader) (bool, error) {
	stored, err := r.Settings()
	if err != nil {
		return false, err
	}
	settings, err := auth.ParseSettings(stored)
	return settings.TwoStep.Demands(user.RoleAdmin), err
}
