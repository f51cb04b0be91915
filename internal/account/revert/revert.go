// Package revert takes back what the audit log tells with what was before: not by forgetting
// it, but by a new edit under the same rules, with a row of its own.
package revert

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Reversal is what would take one event back.
type Reversal struct {
	Event audit.Entry
	// Kind is the kind of action that takes back a change of a user's state; "" if details
	// of a user or settings go back to what they were.
	Kind string
	// Fields are those details, as the event changed them.
	Fields []audit.Detail
}

// Of returns how to take an event back; ok is false if that kind of event
// cannot be. Whether it still fits what is now, Refusal says.
func Of(e audit.Entry) (r Reversal, ok bool) {
	aside := func(d audit.Detail) bool { return slices.Contains(audit.Asides(), d.Name) }
	r = Reversal{Event: e, Fields: slices.DeleteFunc(slices.Clone(e.Details), aside)}
	if e.Result != audit.ResultOK {
		return r, false
	}
	if e.Event == audit.SettingsChanged {
		return r, r.onlyFields(settingNames()...)
	}
	if e.Event == audit.UserChanged {
		return r, e.SubjectID != "" && r.onlyFields("username", "name", "email", "role", account.MustEnrol)
	}
	r.Kind = undoing(e.Event)
	return r, r.Kind != "" && e.SubjectID != ""
}

// undoing is the kind that takes back what this event did; "" for none.
func undoing(event audit.Event) string {
	for _, k := range account.Kinds() {
		if k.Event == event && k.Event != "" {
			return k.Undo
		}
	}
	return ""
}

// Path is where an event can be taken back; "" if that kind of event cannot be.
func Path(e audit.Entry) string {
	if _, ok := Of(e); !ok {
		return ""
	}
	return fmt.Sprintf("/admin/audit/%d/revert", e.Seq)
}

// onlyFields reports whether the event changed something, and nothing but these.
func (r Reversal) onlyFields(names ...string) bool {
	other := func(d audit.Detail) bool { return !slices.Contains(names, d.Name) }
	return len(r.Fields) > 0 && !slices.ContainsFunc(r.Fields, other)
}

// settingNames are the settings that can be taken back. A long text is in the log only in
// part, and of a logo only its name.
func settingNames() []string {
	names := slices.Concat(auth.GeneralNames(), auth.SignInNames(), auth.BackupNames(), []string{"two_step_deadline", "backups_done", "checklist_done"})
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_text") })
}

// Refusal says why the event cannot be taken back as things are now; "" if it can.
// Nothing is overwritten that somebody has changed since.
func (r Reversal) Refusal(ctx context.Context, reader store.Reader, actorID string) (string, error) {
	if by, err := r.TakenBack(ctx, reader); err != nil || by > 0 {
		return fmt.Sprintf("Reverted by event %d.", by), err
	}
	if r.Kind != "" {
		u, err := reader.User(r.Event.SubjectID)
		if problem.Is(err, problem.NotFound) {
			return account.Gone, nil
		}
		if err != nil {
			return "", err
		}
		k, _ := account.KindOf(r.Kind)
		return k.Refusal(u, actorID), nil
	}
	now, refused, err := r.now(reader)
	if err != nil || refused != "" {
		return refused, err
	}
	for _, d := range r.Fields {
		if now[d.Name] != d.After {
			return fmt.Sprintf("This has been changed again since (%s), so it cannot be reverted.", strings.ReplaceAll(d.Name, "_", " ")), nil
		}
		if cut(d.Before) {
			return "The audit log does not hold all of the earlier values.", nil
		}
	}
	return "", nil
}

// laterEvents is how many events since then are looked at for one that took this back.
const laterEvents = 200

// TakenBack returns the number of the event that took this one back; 0 if none did, or
// none of the first ones on the same user, or on the settings, since then.
func (r Reversal) TakenBack(ctx context.Context, reader store.Reader) (int64, error) {
	f := store.AuditFilter{Subject: r.Event.SubjectID, After: r.Event.Seq, Limit: laterEvents}
	if r.Event.Event == audit.SettingsChanged {
		f.Event = r.Event.Event
	}
	later, err := reader.AuditEntries(ctx, f)
	if err != nil {
		return 0, err
	}
	for _, e := range later {
		if e.Result == audit.ResultOK && slices.Contains(e.Details, r.note()) {
			return e.Seq, nil
		}
	}
	return 0, nil
}

// note is what the event that takes this one back says of it.
func (r Reversal) note() audit.Detail {
	return audit.Detail{Name: "reverts", After: fmt.Sprintf("event %d", r.Event.Seq)}
}

// cut reports whether a text may have lost something when it was written down.
func cut(text string) bool {
	return utf8.RuneCountInString(text) >= 500 || strings.ContainsRune(text, utf8.RuneError)
}

// now returns the values in force of what the event changed.
func (r Reversal) now(reader store.Reader) (values map[string]string, refused string, err error) {
	if r.Event.Event == audit.SettingsChanged {
		settings, err := reader.Settings()
		return settings.Values(), "", err
	}
	u, err := reader.User(r.Event.SubjectID)
	if problem.Is(err, problem.NotFound) {
		return nil, account.Gone, nil
	}
	values = account.Fields(u)
	values[account.MustEnrol] = "no"
	if u.MustEnrol {
		values[account.MustEnrol] = "yes"
	}
	return values, account.Kind{}.Unfit(u), err
}

// Run takes the event back inside the transaction of a, in which it asks again whether it
// fits. After settings were reverted, load them again.
func (r Reversal) Run(ctx context.Context, a account.Action) error {
	refused, err := r.Refusal(context.WithoutCancel(ctx), a.Tx.Reader, a.By.ActorID)
	if err != nil {
		return err
	}
	if refused != "" {
		return problem.New(problem.Conflict, refused)
	}
	a.Also = []audit.Detail{r.note()}
	if r.Event.Event == audit.SettingsChanged {
		return r.settings(a)
	}
	u, err := a.Tx.User(r.Event.SubjectID)
	if err != nil {
		return err
	}
	if r.Kind == "" {
		return r.edit(a, u)
	}
	k, _ := account.KindOf(r.Kind)
	return k.Do(a, u)
}

// edit gives the fields of a user back what they had, by the rules for typing it.
func (r Reversal) edit(a account.Action, u user.User) error {
	form, names := account.Fields(u), false
	form["version"] = fmt.Sprint(u.Version)
	for _, d := range r.Fields {
		form[d.Name] = d.Before
		names = names || d.Name != "role" && d.Name != account.MustEnrol
	}
	e, role, err := account.ReadEdit(u, form)
	if err != nil {
		return err
	}
	if e.Email != u.Email && account.NeedsApproval(a.Alone(u)) {
		return problem.New(problem.Conflict, "Change the email address on the page of this user: another administrator must approve it, because this user is an administrator.")
	}
	return a.Together(u.ID, func(a account.Action) error {
		if names {
			if err := a.Edit(e); err != nil {
				return err
			}
		}
		if role != u.Role {
			if err := a.SetRole(u, role); err != nil {
				return err
			}
		}
		switch form[account.MustEnrol] {
		case "yes":
			return a.RequireEnrolment(u)
		case "no":
			return a.LiftEnrolment(u)
		}
		return nil
	})
}

// settings gives settings back the values they had. Another policy is left to its own
// page, which shows first whom it concerns.
func (r Reversal) settings(a account.Action) error {
	before, err := a.Tx.Settings()
	if err != nil {
		return err
	}
	after, form := before, map[string]string{}
	for _, d := range r.Fields {
		form[d.Name] = d.Before
	}
	if after, err = before.With(settingNames(), form); err != nil {
		return err
	}
	if after.TwoStep != before.TwoStep || after.TwoStep == before.TwoStep && after.TwoStepDeadline != before.TwoStepDeadline {
		return problem.New(problem.Conflict, "Change the policy in the sign-in settings. They show who is affected before anything changes.")
	}
	if a.Reason != "" {
		a.Also = append(a.Also, audit.Detail{Name: "reason", After: a.Reason})
	}
	return instance.ChangeSettings(a.Tx, a.By, before, after, a.Also...)
}
