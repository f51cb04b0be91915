package login

import (
	"net/http"
	"net/url"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// submitCancel drops the pending sign-in.
func submitCancel(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	if err := v.CancelPending(); err != nil {
		return err
	}
	return v.Redirect("/login")
}

// submitLogout ends the session on the server; the cookie is worth nothing
// afterwards. It works without a session too, so that nobody gets an error there.
func submitLogout(v *web.Visitor) error {
	form, err := v.Form("next")
	if err != nil {
		return err
	}
	ok, err := v.SignedIn()
	if err != nil {
		return err
	}
	if ok {
		err := v.Tx(func(tx *store.Tx) error {
			if _, err := tx.EndSession(v.User.ID, v.Session.ID); err != nil {
				return err
			}
			return tx.Audit(v.Audit(audit.Logout, audit.ResultOK))
		})
		if err != nil {
			return err
		}
	}
	v.ForgetSession()
	to := "/login?notice=signed-out"
	if next := session.SafeNext(form["next"]); next != "" {
		to += "&next=" + url.QueryEscape(next)
	}
	return v.Redirect(to)
}

// showHelp says what to do when signing in does not work, and what is kept.
func showHelp(v *web.Visitor) error {
	back, err := helpBack(v)
	if err != nil {
		return err
	}
	s := v.Settings()
	return v.Render(views.Help{
		Back: back, HelpText: s.HelpText, PrivacyText: s.PrivacyText,
		Frame: v.Frame(nil), IdleMinutes: int(s.SessionIdle.Minutes()), AbsoluteHours: int(s.SessionMax.Hours()), CanReset: v.HasMail(),
	})
}

// helpBack leads people who have no menu on: back into the sign-in that they had begun,
// or to its beginning.
func helpBack(v *web.Visitor) (views.Link, error) {
	if in, err := v.SignedIn(); err != nil || in {
		return views.Link{}, err
	}
	stage, half, err := v.PendingStage()
	if half {
		return views.Link{Href: stage.Path(), Words: "Go on signing in"}, err
	}
	return views.Link{Href: "/login", Words: "Sign in"}, err
}

// showChangePassword is where password managers look for the page that changes
// a password (W3C, A Well-Known URL for Changing Passwords).
func showChangePassword(v *web.Visitor) error {
	return v.RedirectWith(http.StatusFound, "/security/password")
}
