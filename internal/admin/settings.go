package admin

import (
	"errors"
	"fmt"
	"math"
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
func generalNames() []string { return []string{"instance_name", "audit_keep_days"} }
func signInNames() []string {
	return []string{"two_step", "password_min", "session_idle", "session_max", "remember_days", "lost_phone_wait", "delete_self"}
}

func showSettings(v *web.Visitor) error { return v.Redirect("/admin/settings/general") }

func showGeneral(v *web.Visitor) error {
	return v.Render(generalPage(v, v.Settings().Values(), nil))
}

func generalPage(v *web.Visitor, form web.Form, err error) templ.Component {
	scheme, host := v.Seen()
	return views.SettingsGeneral{
		Frame: v.Frame(err), InstanceName: form["instance_name"], AuditKeepDays: form["audit_keep_days"],
		URL: v.URL.String(), SeenIP: v.IP(), SeenScheme: scheme, SeenHost: host,
		SeenOK: scheme == v.URL.Scheme && strings.EqualFold(host, v.URL.Host),
	}
}

func submitGeneral(v *web.Visitor) error {
	return submitSettings(v, "/admin/settings/general", generalNames(), generalPage)
}

func showSignIn(v *web.Visitor) error { return v.Render(signInPage(v, v.Settings().Values(), nil)) }

func signInPage(v *web.Visitor, form web.Form, err error) templ.Component {
	return views.SettingsSignIn{
		Frame: v.Frame(err), TwoStep: form["two_step"], PasswordMin: form["password_min"],
		SessionIdle: form["session_idle"], SessionMax: form["session_max"],
		RememberDays: form["remember_days"], LostPhoneWait: form["lost_phone_wait"], DeleteSelf: form["delete_self"],
	}
}

func submitSignIn(v *web.Visitor) error {
	return submitSettings(v, "/admin/settings/sign-in", signInNames(), signInPage)
}

type settingsPage func(v *web.Visitor, form web.Form, err error) templ.Component

// submitSettings saves the settings of one page. Requests read them from memory,
// so they are loaded again after the commit.
func submitSettings(v *web.Visitor, path string, names []string, page settingsPage) error {
	form, err := v.Form(names...)
	if err != nil {
		return err
	}
	if err := v.Tx(func(tx *store.Tx) error { return save(v, tx, names, form) }); err != nil {
		return v.Reject(err, page(v, form, err))
	}
	if err := v.LoadSettings(); err != nil {
		return err
	}
	return v.Redirect(path)
}

// save stores what differs from what is in force inside the transaction, with
// one audit row.
func save(v *web.Visitor, tx *store.Tx, names []string, form web.Form) error {
	stored, err := tx.Settings()
	if err != nil {
		return err
	}
	before, err := auth.ParseSettings(stored)
	if err != nil {
		return err
	}
	after, err := read(before, names, form)
	if err != nil {
		return err
	}
	details, err := storeChanges(tx, names, before, after)
	if err != nil {
		return err
	}
	if after.TwoStep != before.TwoStep || after.RememberDays < before.RememberDays {
		// What was remembered was so under the old rule (SE-14).
		if err := tx.EndRemembered(); err != nil {
			return err
		}
	}
	if err := keepAdministrator(tx, before, after); err != nil {
		return err
	}
	if len(details) > 0 {
		e := v.Audit(audit.SettingsChanged, audit.ResultOK)
		e.SubjectID, e.SubjectName, e.Details = "", "", details
		if err := tx.Audit(e); err != nil {
			return err
		}
	}
	return v.SetFlash(tx, savedSettings(before, after))
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

func storeChanges(tx *store.Tx, names []string, before, after auth.Settings) (details []audit.Detail, err error) {
	was, is := before.Values(), after.Values()
	for _, name := range names {
		if was[name] == is[name] {
			continue
		}
		if err := tx.SetSetting(name, is[name]); err != nil {
			return nil, err
		}
		details = append(details, audit.Detail{Name: name, Before: was[name], After: is[name]})
	}
	return details, nil
}

// keepAdministrator refuses a policy under which no administrator could sign in.
// Acts on users read the policy inside their transactions, too, so neither can
// slip past the other.
func keepAdministrator(tx *store.Tx, before, after auth.Settings) error {
	demands := after.TwoStep.Demands(user.RoleAdmin)
	if demands == before.TwoStep.Demands(user.RoleAdmin) {
		return nil
	}
	n, err := tx.UsableAdministrators(demands)
	if err != nil || n > 0 {
		return err
	}
	return problem.Field("two_step", "No administrator has an authenticator app yet. Set one up first, or nobody could administer.")
}

// savedSettings says that the settings were saved, and what has become weaker.
func savedSettings(before, after auth.Settings) views.Flash {
	m := views.Flash{Kind: "good", Text: "Settings saved."}
	for _, warning := range weaker(before, after) {
		m.Kind, m.Text = "warn", m.Text+" "+warning
	}
	return m
}

func weaker(before, after auth.Settings) (all []string) {
	defaults := auth.DefaultSettings()
	if strength(after.TwoStep) < strength(before.TwoStep) {
		all = append(all, "Two-step verification is required of fewer people now: a stolen password is enough to sign in as the others.")
	}
	if after.MinPassword() < before.MinPassword() {
		all = append(all, "Shorter passwords are easier to guess.")
	}
	if after.RememberDays > before.RememberDays {
		all = append(all, "On a remembered browser a stolen password is enough to sign in.")
	}
	if keptFor(after) < keptFor(before) {
		all = append(all, fmt.Sprintf("Events older than %d days are removed within the hour, for good.", after.AuditKeepDays))
	}
	if longer(before.SessionIdle, after.SessionIdle, defaults.SessionIdle) || longer(before.SessionMax, after.SessionMax, defaults.SessionMax) {
		all = append(all, "Longer sessions leave unattended computers open.")
	}
	return all
}

// keptFor is how many days the audit log is kept, for comparing.
func keptFor(s auth.Settings) int {
	if s.AuditKeepDays == 0 {
		return math.MaxInt
	}
	return s.AuditKeepDays
}

// longer reports whether a time grew and is longer than advised now.
func longer(before, after, advised time.Duration) bool { return after > before && after > advised }

func strength(p auth.TwoStep) int {
	switch p {
	case auth.TwoStepEveryone:
		return 2
	case auth.TwoStepAdministrators:
		return 1
	}
	return 0
}
