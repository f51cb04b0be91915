package forward

import (
	"net/http"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/cookies"
	"latchkey/views"
)

// showSignOut asks of what to sign out.
func showSignOut(v *web.Visitor) error {
	o, ok, err := openHere(v)
	if err != nil {
		return err
	}
	name, err := appName(v)
	if err != nil {
		return err
	}
	page := views.LeaveApp{Frame: v.Frame(nil), App: name, Back: "/"}
	if ok {
		page.Name, page.Username = o.User.Name, o.User.Username
	}
	return v.Render(page)
}

// submitSignOut ends the application here, or the session with everything that was opened in it. It
// works for nobody too, so that nobody gets an error there.
func submitSignOut(v *web.Visitor) error {
	form, err := v.Form("everywhere", "to")
	if err != nil {
		return err
	}
	o, ok, err := openHere(v)
	if err != nil {
		return err
	}
	everywhere := form["everywhere"] == "1"
	if ok {
		if err := v.Record(func(tx *store.Tx) error { return leave(v, tx, o, everywhere) }); err != nil {
			return err
		}
	}
	v.Cookies.Drop(cookies.Application)
	if form["to"] != "" {
		return v.Redirect(startAt(safeTo(form["to"]), true))
	}
	return v.Redirect(signedOutPath + map[bool]string{true: "?everywhere=1"}[everywhere])
}

func leave(v *web.Visitor, tx *store.Tx, o store.Opened, everywhere bool) error {
	e := v.Audit("", audit.ResultOK)
	e.ActorID, e.ActorName, e.SubjectID, e.SubjectName = o.User.ID, o.User.Username, o.User.ID, o.User.Username
	if !everywhere {
		err := access.CloseHere(tx, e, v.App.Slug, o.Session.ID, o.User)
		if problem.Is(err, problem.Conflict) {
			err = nil // a second press
		}
		return err
	}
	ended, err := tx.EndSession(o.User.ID, o.Session.ID)
	if err != nil || !ended {
		return err
	}
	e.Event = audit.Logout
	return tx.Audit(e)
}

// showSignedOut says what is over and what is not.
func showSignedOut(v *web.Visitor) error {
	name, err := appName(v)
	if err != nil {
		return err
	}
	frame := v.Frame(nil)
	page := views.OnTheWay{
		Title: "You have signed out of " + name, Button: views.Link{Href: startAt("/", true), Words: "Open " + name},
		Texts: []string{"You are still signed in to " + frame.Instance + " in this browser, so " + name + " opens again without a password."},
	}
	if v.Query("everywhere") != "" {
		page.Title, page.Texts = "You have signed out", []string{"Your session in this browser is over, with all applications that you opened from it."}
		page.Button.Words = "Sign in again"
	}
	return onTheWay(v, http.StatusOK, page)
}

// showDenied is where nginx leads somebody who was refused: it cannot show a page of the answer
// to its own question.
func showDenied(v *web.Visitor) error {
	o, ok, err := openHere(v)
	if err != nil {
		return err
	}
	if ok && !o.MayOpen() {
		return deny(v, o.Gate, o.User.Name, o.User.Username, "/")
	}
	g, err := v.DB.Gate(v.App.Slug, v.App.Host)
	if err != nil {
		return err
	}
	if g.Disabled {
		return refuse(v, found{gate: g})
	}
	return onTheWay(v, http.StatusForbidden, views.OnTheWay{
		Title: "You cannot open this page", Texts: []string{"Go on from the start page of " + g.Name + ". If you need this page, ask an administrator."},
		Button: views.Link{Href: "/", Words: "Open " + g.Name},
	})
}
