package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// A change that the audit log tells with what was before can be taken back: not by
// forgetting it, but by a new edit under the same rules, with a row of its own.

// reversal is what would take one event back.
type reversal struct {
	event audit.Entry
	// kind is the act that takes back a change of a user's state; "" if details of a
	// user or settings go back to what they were.
	kind string
	// fields are those details, as the event changed them.
	fields []audit.Detail
}

// reversalOf returns how to take an event back; ok is false if that kind of event
// cannot be. Whether it still fits what is now, refusal says.
func reversalOf(e audit.Entry) (r reversal, ok bool) {
	r = reversal{event: e}
	for _, d := range e.Details {
		if !slices.Contains(audit.Asides(), d.Name) {
			r.fields = append(r.fields, d)
		}
	}
	if e.Result != audit.ResultOK {
		return r, false
	}
	if e.Event == audit.SettingsChanged {
		return r, r.onlyFields(settingNames()...)
	}
	switch e.Event {
	case audit.UserChanged:
		return r, e.SubjectID != "" && r.onlyFields("username", "name", "email", "role", mustEnrol)
	case audit.UserDisabled:
		r.kind = kindEnable
	case audit.UserEnabled:
		r.kind = kindDisable
	case audit.UserDeleted:
		r.kind = kindRestore
	case audit.UserRestored:
		r.kind = kindDelete
	}
	return r, r.kind != "" && e.SubjectID != ""
}

// onlyFields reports whether the event changed something, and nothing but these.
func (r reversal) onlyFields(names ...string) bool {
	for _, d := range r.fields {
		if !slices.Contains(names, d.Name) {
			return false
		}
	}
	return len(r.fields) > 0
}

// settingNames are the settings that can be taken back. A long text is in the log only in
// part, and of a logo only its name.
func settingNames() []string {
	names := slices.Concat(auth.GeneralNames(), auth.SignInNames(), []string{"two_step_deadline", "backups_done", "checklist_done"})
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_text") })
}

// refusal says why the event cannot be taken back as things are now; "" if it can.
// Nothing is overwritten that somebody has changed since.
func (r reversal) refusal(ctx context.Context, reader store.Reader, actor string) (string, error) {
	if by, err := r.takenBack(ctx, reader); err != nil || by > 0 {
		return fmt.Sprintf("Reverted by event %d.", by), err
	}
	if r.kind != "" {
		u, err := reader.User(r.event.SubjectID)
		if problem.Is(err, problem.NotFound) {
			return leftGone, nil
		}
		if u.ID == actor && ownRefusal(r.kind) != "" {
			return ownRefusal(r.kind), err
		}
		return noChange(r.kind, u), err
	}
	now, refused, err := r.now(reader)
	if err != nil || refused != "" {
		return refused, err
	}
	for _, d := range r.fields {
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

// takenBack returns the number of the event that took this one back; 0 if none did, or
// none of the first ones on the same user, or on the settings, since then.
func (r reversal) takenBack(ctx context.Context, reader store.Reader) (int64, error) {
	f := store.AuditFilter{Subject: r.event.SubjectID, After: r.event.Seq, Limit: laterEvents}
	if r.event.Event == audit.SettingsChanged {
		f.Event = r.event.Event
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
func (r reversal) note() audit.Detail {
	return audit.Detail{Name: "reverts", After: fmt.Sprintf("event %d", r.event.Seq)}
}

// cut reports whether a text may have lost something when it was written down.
func cut(text string) bool {
	return utf8.RuneCountInString(text) >= 500 || strings.ContainsRune(text, utf8.RuneError)
}

// now returns the values in force of what the event changed.
func (r reversal) now(reader store.Reader) (values map[string]string, refused string, err error) {
	if r.event.Event == audit.SettingsChanged {
		settings, err := instance.SettingsIn(reader)
		return settings.Values(), "", err
	}
	u, err := reader.User(r.event.SubjectID)
	if problem.Is(err, problem.NotFound) {
		return nil, leftGone, nil
	}
	values = formOf(u)
	values[mustEnrol] = "no"
	if u.MustEnrol {
		values[mustEnrol] = "yes"
	}
	return values, noChange("", u), err
}

// run takes the event back inside the transaction, in which it asks again whether it
// fits.
func (r reversal) run(v *web.Visitor, tx *store.Tx, reason string) error {
	refused, err := r.refusal(context.WithoutCancel(v.Context()), tx.Reader, v.User.ID)
	if err != nil {
		return err
	}
	if refused != "" {
		return conflict(refused)
	}
	a := act(v, tx, reason)
	a.Also = []audit.Detail{r.note()}
	if r.event.Event == audit.SettingsChanged {
		return r.settings(v, a)
	}
	u, err := tx.User(r.event.SubjectID)
	if err != nil {
		return err
	}
	if r.kind == "" {
		return r.edit(a, u)
	}
	b, _ := bulkActOf(r.kind)
	return b.do(a, u)
}

// edit gives the fields of a user back what they had, by the rules for typing it.
func (r reversal) edit(a Act, u user.User) error {
	form, names := formOf(u), false
	form["version"] = fmt.Sprint(u.Version)
	for _, d := range r.fields {
		form[d.Name] = d.Before
		names = names || d.Name != "role" && d.Name != mustEnrol
	}
	e, role, err := readEdit(u, form)
	if err != nil {
		return err
	}
	if e.Email != u.Email && mustAsk(a.alone(u)) {
		return conflict("Change the email address on the page of this user: another administrator must approve it, because this user is an administrator.")
	}
	return a.Together(u.ID, func(a Act) error {
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
		switch form[mustEnrol] {
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
func (r reversal) settings(v *web.Visitor, a Act) error {
	before, err := instance.SettingsIn(a.Tx.Reader)
	if err != nil {
		return err
	}
	after, form := before, web.Form{}
	for _, d := range r.fields {
		form[d.Name] = d.Before
	}
	if after, err = read(before, settingNames(), form); err != nil {
		return err
	}
	if after.TwoStep != before.TwoStep || after.TwoStep == before.TwoStep && after.TwoStepDeadline != before.TwoStepDeadline {
		return conflict("Change the policy in the sign-in settings. They show who is affected before anything changes.")
	}
	if a.Reason != "" {
		a.Also = append(a.Also, audit.Detail{Name: "reason", After: a.Reason})
	}
	return instance.ChangeSettings(a.Tx, a.By, before, after, a.Also...)
}
