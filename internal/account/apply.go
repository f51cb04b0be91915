package account

import (
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/ending"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// guarded runs a statement that may not take the last usable administrator away
// and, when it did something, ends what the user had.
//
// The policy is read inside the transaction: taken from memory, it could be the
// one from before a change that commits at the same moment.
func (a Action) guarded(kind string, cause ending.Cause, u user.User, event audit.Event, details []audit.Detail, run func(demands bool) (store.Outcome, error)) error {
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
	if before.Role == user.RoleAdmin && kind != Reset && (now.Role != before.Role || before.Active()) {
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
func (a Action) revoke(cause ending.Cause, u user.User) (instance.Revoked, error) {
	e := a.By
	e.SubjectID, e.SubjectName, e.Details = u.ID, u.Username, []audit.Detail{{Name: "reason", After: string(cause)}}
	return a.Instance.Revoke(a.Tx, cause, e, "")
}

// finish turns what a statement did into the refusal or the audit row.
func (a Action) finish(kind string, u user.User, out store.Outcome, err error, event audit.Event, details []audit.Detail) error {
	now, err := a.check(kind, u, out, err)
	if err != nil {
		return err
	}
	return a.note(event, now, details)
}

// check turns what a statement did into the refusal, or returns the user as it left
// them. Nobody does to themselves what they could not take back; the refusal undoes the
// statement.
func (a Action) check(kind string, u user.User, out store.Outcome, err error) (user.User, error) {
	if err != nil {
		return u, err
	}
	now, err := a.Tx.User(u.ID)
	switch {
	case err != nil:
		return now, err
	case out == store.LastAdministrator:
		return now, conflict(LastAdministrator)
	case out == store.NoChange:
		return now, conflict(unfit(kind, now))
	}
	if k, _ := KindOf(kind); a.By.ActorID == u.ID && k.NotOneself != "" {
		return now, conflict(k.NotOneself)
	}
	return now, nil
}

// note writes the audit row of the action.
func (a Action) note(event audit.Event, u user.User, details []audit.Detail) error {
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

// notifier is Instance.Notify or Instance.NotifyByMail.
type notifier func(*store.Tx, user.User, mail.Kind, audit.Entry, mail.Facts) error

// tell tells the user what was done to them, and why (AU-13).
func (a Action) tell(notify notifier, u user.User, k mail.Kind) error {
	u, err := a.Tx.User(u.ID)
	if err != nil {
		return err
	}
	return notify(a.Tx, u, k, a.By, mail.Facts{Detail: a.Reason})
}

// demandsOfAdministrators reports whether the policy, as it stands in the
// database, wants an authenticator from administrators.
func demandsOfAdministrators(r store.Reader) (bool, error) {
	settings, err := r.Settings()
	return settings.TwoStep.Demands(user.RoleAdmin), err
}

// outcome is what an unguarded statement did.
func outcome(done bool) store.Outcome {
	if done {
		return store.Done
	}
	return store.NoChange
}

func change(name, before, after string) []audit.Detail {
	return []audit.Detail{{Name: name, Before: before, After: after}}
}

func number(name string, before, after int) []audit.Detail {
	return change(name, strconv.Itoa(before), strconv.Itoa(after))
}
