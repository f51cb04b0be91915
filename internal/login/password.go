package login

import (
	"errors"

	"github.com/a-h/templ"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// notices are the texts that the sign-in page may be asked to show by a key in
// the address. Text from the address itself is never shown.
var notices = map[string]string{
	"signed-out":          "You have signed out.",
	"start-again":         "That sign-in is over: it was finished or ended, or it took longer than 10 minutes. Sign in again.",
	"too-slow":            "That took too long. Sign in again.",
	"first":               "Sign in with your username and password first. After that you have 10 minutes to finish.",
	"no-cookies":          "Sign in with your username and password first. If you have just done that, your browser is blocking cookies: allow them for this site and sign in again.",
	"cookies":             "Your browser is blocking cookies, and signing in needs them. Allow cookies for this site and sign in again.",
	"link-over":           "That page is closed: its link was used, or no longer works. Open the link in your message again to see why.",
	"link-slow":           "That took too long. Open the link in your message again.",
	"link-first":          "Open the link in your message again. After that you have 10 minutes to finish.",
	"link-cookies":        "Open the link in your message again. If you have just done that, your browser is blocking cookies: allow them for this site and open the link again.",
	"password-changed":    "Your password has been changed. Sign in with the new one.",
	"password-uncompared": "Your password has been changed. It could not be compared with the one that you closed. If it is the same, somebody else may know it: sign in and change it.",
	"expired":             "You were signed out because you were inactive. Sign in to continue.",
	"email-confirmed":     "Your email address is confirmed.",
	"deleted":             "Your account has been deleted. For 30 days an administrator can bring you back.",
	"ended":               "You were signed out for safety. Sign in again.",
}

// showStart sends the visitor to the next step, or to the profile.
func showStart(v *web.Visitor) error {
	step, err := nextStep(v)
	if err != nil {
		return err
	}
	return v.Redirect(step.Path())
}

func nextStep(v *web.Visitor) (auth.Step, error) {
	if ok, err := v.SignedIn(); err != nil || ok {
		return v.NextStep(), err
	}
	if stage, ok, err := v.PendingStage(); err != nil || ok {
		return stage, err
	}
	return auth.StepSignIn, nil
}

func showPassword(v *web.Visitor) error {
	if has, err := v.HasAdministrator(); err != nil {
		return err
	} else if !has {
		return v.Redirect("/setup")
	}
	next := session.SafeNext(v.Query("next"))
	if ok, err := v.SignedIn(); err != nil {
		return err
	} else if ok {
		return v.Redirect(target(next))
	}
	v.MarkBrowser()
	return v.Render(passwordPage(v, nil, "", next))
}

func passwordPage(v *web.Visitor, err error, username, next string) templ.Component {
	return views.Login{Frame: v.Frame(err), Notice: notices[v.Query("notice")], Username: username, Next: next, CanReset: v.HasMail()}
}

// target is where a finished sign-in leads.
func target(next string) string {
	if next == "" {
		return auth.StepDone.Path()
	}
	return next
}

func submitPassword(v *web.Visitor) error {
	form, err := v.Form("username", "password", "next")
	if err != nil {
		return err
	}
	next := session.SafeNext(form["next"])
	err = filled(form)
	if err == nil {
		var path string
		if path, err = checkPassword(v, form["username"], form["password"], next); err == nil {
			return v.Redirect(path)
		}
	}
	return v.Reject(err, passwordPage(v, err, form["username"], next))
}

func filled(form forms.Form) error {
	var errs []error
	if form["username"] == "" {
		errs = append(errs, problem.Field("username", "Enter your username or email"))
	}
	if form["password"] == "" {
		errs = append(errs, problem.Field("password", "Enter your password"))
	}
	return errors.Join(errs...)
}
