package admin

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// The settings of each page, by their names in package auth.
func generalNames() []string {
	return []string{"instance_name", "audit_keep_days", "contact_name", "contact_phone", "contact_link", "help_text", "privacy_text", "accent"}
}
func signInNames() []string {
	return []string{"two_step", "password_min", "session_idle", "session_max", "remember_days", "lost_phone_wait", "invite_days", "delete_self"}
}

func showSettings(v *web.Visitor) error { return v.Redirect("/admin/settings/general") }

func showGeneral(v *web.Visitor) error {
	return v.Render(generalPage(v, v.Filled(v.Settings().Values(), "Save changes"), nil))
}

func generalPage(v *web.Visitor, form web.Form, err error) templ.Component {
	return views.SettingsGeneral{
		Frame: v.Frame(err), InstanceName: form["instance_name"], AuditKeepDays: form["audit_keep_days"],
		ContactName: form["contact_name"], ContactPhone: form["contact_phone"], ContactLink: strings.TrimPrefix(form["contact_link"], "mailto:"),
		HelpText: form["help_text"], PrivacyText: form["privacy_text"], Accent: form["accent"], Stale: !v.IsFresh(),
		Reach: v.Reach(), Fixed: v.Fixed,
	}
}

func submitGeneral(v *web.Visitor) error {
	form, looked, err := settingsForm(v, generalNames())
	if err != nil {
		return err
	}
	if page, weaker := weakerPage(v, generalPath, generalNames(), form, form); weaker && !looked {
		return v.Render(page)
	}
	if err := saveForm(v, generalNames(), form, allSaved); err != nil {
		return v.Reject(err, generalPage(v, form, err))
	}
	return v.Redirect("/admin/settings/general")
}

func showSignIn(v *web.Visitor) error {
	return v.Render(signInPage(v, v.Filled(v.Settings().Values(), "Save changes"), nil))
}

func signInPage(v *web.Visitor, form web.Form, err error) templ.Component {
	page := views.SettingsSignIn{
		Frame: v.Frame(err), TwoStep: form["two_step"], PasswordMin: form["password_min"],
		SessionIdle: form["session_idle"], SessionMax: form["session_max"],
		RememberDays: form["remember_days"], LostPhoneWait: form["lost_phone_wait"], InviteDays: form["invite_days"], DeleteSelf: form["delete_self"],
	}
	if s := v.Settings(); s.InGrace(v.Now) {
		page.Deadline = s.TwoStepDeadline
	}
	return page
}

// submitSignIn saves the page, once what it weakens was looked at. Another policy that
// concerns people is held back and shown on a page of its own; what else was changed is
// saved meanwhile.
func submitSignIn(v *web.Visitor) error {
	form, looked, err := settingsForm(v, signInNames())
	if err != nil {
		return err
	}
	rest, next, err := holdBack(v, form)
	if err == nil && !looked {
		if page, weaker := weakerPage(v, signInPath, signInNames(), form, rest); weaker {
			return v.Render(page)
		}
	}
	if err == nil && (len(rest) > 0 || len(form) == 0) {
		said := allSaved
		if next != signInPath {
			said = restSaved
		}
		err = saveForm(v, signInNames(), rest, said)
	}
	if err != nil {
		return v.Reject(err, signInPage(v, form, err))
	}
	return v.Redirect(next)
}

// What is said once settings are saved: all that were sent, or all but a policy that is
// shown first.
const (
	allSaved  = "Settings saved."
	restSaved = "The other settings have been saved."
)

// saveForm saves the settings with these names as a form has them.
func saveForm(v *web.Visitor, names []string, form web.Form, said string) error {
	return saveSettings(v, said, func(before auth.Settings) (auth.Settings, error) {
		return read(before, names, form)
	})
}

// saveSettings stores what change makes of the settings and says so on the next page;
// of the rest it says nothing where nothing of it differs. Requests read settings from
// memory, so they are loaded again after the commit.
func saveSettings(v *web.Visitor, said string, change func(before auth.Settings) (auth.Settings, error)) error {
	return saveSettingsIn(v, said, func(_ *store.Tx, before auth.Settings) (auth.Settings, error) { return change(before) })
}

// saveSettingsIn is saveSettings for a change that stores something besides.
func saveSettingsIn(v *web.Visitor, said string, change func(tx *store.Tx, before auth.Settings) (auth.Settings, error)) error {
	err := v.Tx(func(tx *store.Tx) error {
		before, err := settingsNow(tx.Reader)
		if err != nil {
			return err
		}
		after, err := change(tx, before)
		if err != nil {
			return err
		}
		if err := apply(v, tx, before, after); err != nil || said == restSaved && before == after {
			return err
		}
		return v.SetFlash(tx, savedSettings(said, before, after, v.Now))
	})
	if err != nil {
		return err
	}
	return v.LoadSettings()
}

// apply stores what differs inside the transaction, with one audit row, in which also
// stands why.
func apply(v *web.Visitor, tx *store.Tx, before, after auth.Settings, also ...audit.Detail) error {
	if after.TwoStep != before.TwoStep {
		after.TwoStepSince = v.Now
	}
	if after.TwoStep != auth.TwoStepEveryone {
		after.TwoStepDeadline = time.Time{} // administrators never have one
	}
	details, err := storeChanges(tx, before, after)
	if err != nil {
		return err
	}
	if after.TwoStep != before.TwoStep || after.RememberDays < before.RememberDays {
		// What was remembered was so under the old rule (SE-14).
		if err := tx.EndRemembered(); err != nil {
			return err
		}
	}
	if err := keepAdministrator(tx.Reader, before.TwoStep, after.TwoStep); err != nil {
		return err
	}
	if len(details) > 0 {
		e := v.Audit(audit.SettingsChanged, audit.ResultOK)
		e.SubjectID, e.SubjectName, e.Details = "", "", append(details, also...)
		return tx.Audit(e)
	}
	return nil
}

// read applies the form to the settings and returns all mistakes at once. A setting
// that was not sent keeps its value.
func read(s auth.Settings, names []string, form web.Form) (auth.Settings, error) {
	if len(form) == 0 {
		return s, problem.New(problem.BadRequest, "The form is empty.")
	}
	var all []error
	for _, name := range names {
		if value, sent := form[name]; sent {
			all = append(all, s.Set(name, value))
		}
	}
	if slices.Contains(names, "session_max") && errors.Join(all...) == nil && s.SessionMax < s.SessionIdle {
		all = append(all, problem.Field("session_max", "The longest session must not be shorter than the idle time"))
	}
	return s, errors.Join(all...)
}

// storeChanges stores every setting that differs and says which, in the order of the
// pages. When the policy was set is not told: that is the time of the row.
func storeChanges(tx *store.Tx, before, after auth.Settings) (details []audit.Detail, err error) {
	was, is := before.Values(), after.Values()
	for _, name := range slices.Concat(generalNames(), signInNames(), []string{"logo", "backups_done", "checklist_done", "two_step_deadline", "two_step_since"}) {
		if was[name] == is[name] {
			continue
		}
		if err := tx.SetSetting(name, is[name]); err != nil {
			return nil, err
		}
		if name != "two_step_since" {
			details = append(details, audit.Detail{Name: name, Before: told(was[name]), After: told(is[name])})
		}
	}
	return details, nil
}

// told is a value as the audit log has it: on one line.
func told(value string) string {
	return strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == '\n' }), " / ")
}

// keepAdministrator refuses a policy under which no administrator could sign in.
// Acts on users read the policy inside their transactions, too, so neither can
// slip past the other.
func keepAdministrator(r store.Reader, before, after auth.TwoStep) error {
	demands := after.Demands(user.RoleAdmin)
	if demands == before.Demands(user.RoleAdmin) {
		return nil
	}
	n, err := r.UsableAdministrators(demands)
	if err != nil || n > 0 {
		return err
	}
	return problem.Field("two_step", "No administrator has an authenticator app yet. Set one up first, or nobody will be able to manage this site.")
}
