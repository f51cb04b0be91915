// Package settings is the pages on which administrators decide how this Latchkey works.
// What a setting may be is decided in package auth, and how settings are stored in
// package instance. What protects less than before is shown before it is saved.
package settings

import (
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/views"
)

const (
	generalPath = views.SettingsGeneralPath
	signInPath  = views.SettingsSignInPath
	mailPath    = "/admin/settings/mail"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin/settings", route.Administrator, showSettings)
	s.Get(generalPath, route.Administrator, showGeneral)
	s.PostLong(generalPath, route.Administrator, submitGeneral)
	s.PostFile(logoPath, route.Administrator, submitLogo)
	s.Post(logoPath+"/remove", route.Administrator, submitRemoveLogo)
	s.Get(signInPath, route.Administrator, showSignIn)
	s.Post(signInPath, route.Administrator, submitSignIn)
	for _, p := range policyReviews() {
		s.Get(p.path(), route.Administrator, p.show)
		s.Post(p.path(), route.Administrator, p.submit)
	}
	s.Get(mailPath, route.Administrator, showMail)
	s.Post(mailPath, route.Administrator, submitTest)
	s.Post(mailPath+"/:id/retry", route.Administrator, submitRetry)
	s.Post(mailPath+"/:id/forget", route.Administrator, submitForget)
}

func showSettings(v *web.Visitor) error { return v.Redirect(generalPath) }

func showGeneral(v *web.Visitor) error {
	return v.Render(generalPage(v, v.Filled(v.Settings().Values(), "Save changes"), nil))
}

func generalPage(v *web.Visitor, form forms.Form, err error) templ.Component {
	return views.SettingsGeneral{
		Frame: v.Frame(err), InstanceName: form["instance_name"], AuditKeepDays: form["audit_keep_days"],
		ContactName: form["contact_name"], ContactPhone: form["contact_phone"], ContactLink: strings.TrimPrefix(form["contact_link"], "mailto:"),
		HelpText: form["help_text"], PrivacyText: form["privacy_text"], Accent: form["accent"], Stale: !v.IsFresh(),
		Reach: v.Reach(), FlagValues: v.FlagValues,
	}
}

func submitGeneral(v *web.Visitor) error {
	form, looked, err := settingsForm(v, auth.GeneralNames())
	if err != nil {
		return err
	}
	if page, weaker := weakerPage(v, generalPath, auth.GeneralNames(), form, form); weaker && !looked {
		return v.Render(page)
	}
	if err := saveForm(v, auth.GeneralNames(), form, allSaved); err != nil {
		return v.Reject(err, generalPage(v, form, err))
	}
	return v.Redirect(generalPath)
}

func showSignIn(v *web.Visitor) error {
	return v.Render(signInPage(v, v.Filled(v.Settings().Values(), "Save changes"), nil))
}

func signInPage(v *web.Visitor, form forms.Form, err error) templ.Component {
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
	form, looked, err := settingsForm(v, auth.SignInNames())
	if err != nil {
		return err
	}
	rest, next, err := deferPolicy(v, form)
	if err == nil && !looked {
		if page, weaker := weakerPage(v, signInPath, auth.SignInNames(), form, rest); weaker {
			return v.Render(page)
		}
	}
	if err == nil && (len(rest) > 0 || len(form) == 0) {
		said := allSaved
		if next != signInPath {
			said = restSaved
		}
		err = saveForm(v, auth.SignInNames(), rest, said)
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
func saveForm(v *web.Visitor, names []string, form forms.Form, said string) error {
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
		edit := func(before auth.Settings) (auth.Settings, error) { return change(tx, before) }
		before, after, err := instance.EditSettings(tx, v.Audit("", audit.ResultOK), edit)
		if err != nil || said == restSaved && before == after {
			return err
		}
		return v.SetFlash(tx, savedSettings(said, before, after, v.Now))
	})
	if err != nil {
		return err
	}
	return v.LoadSettings()
}

// read applies the form to the settings and returns all mistakes at once. A setting
// that was not sent keeps its value.
func read(s auth.Settings, names []string, form forms.Form) (auth.Settings, error) {
	if len(form) == 0 {
		return s, problem.New(problem.BadRequest, "The form is empty.")
	}
	return s.With(names, form)
}
