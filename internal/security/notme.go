package security

import (
	"fmt"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/ending"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/follow"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// "This was not me" takes everything away that somebody else could hold: what is
// signed in, what is remembered, what is on its way, and the password. It gives
// nothing, so it asks for no new proof.

func showNotMe(v *web.Visitor) error {
	query, err := v.Filters("notice")
	if err != nil {
		return err
	}
	n, err := ownNotice(v, query["notice"])
	if err != nil {
		return err
	}
	return renderNotMe(v, n, false)
}

// ownNotice is the visitor's notice with this id, the zero one for "". Another's does
// not exist.
func ownNotice(v *web.Visitor, id string) (store.Notice, error) {
	if id == "" {
		return store.Notice{}, nil
	}
	n, ok, err := v.DB.Notice(v.User.ID, id)
	if err == nil && !ok {
		return n, problem.New(problem.NotFound, "")
	}
	return n, err
}

func renderNotMe(v *web.Visitor, n store.Notice, mailed bool) error {
	last, err := v.DB.LastAdministrator(v.Settings().TwoStep.Demands(user.RoleAdmin), v.User.ID)
	if err != nil {
		return err
	}
	page := views.NotMe{Frame: v.Frame(nil), Mailed: mailed, Last: last}
	if n.ID != "" {
		told := present.Notice(n)
		page.About = &told
	}
	return v.Render(page)
}

func submitNotMe(v *web.Visitor) error {
	form, err := v.Form("notice")
	if err != nil {
		return err
	}
	n, err := ownNotice(v, form["notice"])
	if err != nil {
		return err
	}
	way := ""
	err = v.Tx(func(tx *store.Tx) (err error) {
		// Somebody who is only signed in may have come by a session: an address that
		// was confirmed while a warning could still wait unread is not trusted.
		way, err = endEverything(v, tx, n, v.Now.Add(-instance.NotMeFor))
		return err
	})
	if err != nil {
		return err
	}
	v.ForgetSession()
	return v.Redirect("/not-me/done?way=" + way)
}

func followNotMe(v *web.Visitor) error {
	return follow.Link(v, auth.StepLink, "/not-me", store.PurposeNotMe)
}

func showNotMeLink(v *web.Visitor, link store.Link) error {
	n, _, err := v.DB.Notice(v.User.ID, link.Subject) // it may be too old to be kept
	if err != nil {
		return err
	}
	return renderNotMe(v, n, true)
}

// submitNotMeLink uses the link up, and all others of the same crowd: one gets
// through.
func submitNotMeLink(v *web.Visitor, link store.Link, _ forms.Form) error {
	way := ""
	err := v.Tx(func(tx *store.Tx) (err error) {
		way, err = takeNotMe(v, tx, link)
		return err
	})
	if err != nil {
		return err
	}
	v.DropPendingCookie()
	return v.Redirect("/not-me/done?way=" + way)
}

func takeNotMe(v *web.Visitor, tx *store.Tx, link store.Link) (way string, err error) {
	if taken, err := tx.TakeLink(link.TokenHash, store.PurposeNotMe, v.Now); err != nil || !taken {
		return "", orNotFound(err)
	}
	if _, err := v.TakePending(tx); err != nil {
		return "", err
	}
	n, _, err := tx.Notice(v.User.ID, link.Subject)
	if err != nil {
		return "", err
	}
	// The link went to the address of its time, whose owner clicks now; an address
	// that was confirmed since, or by the very change it warns of, may be a thief's.
	return endEverything(v, tx, n, link.Created)
}

// endEverything does what the page promised, in one transaction, and returns the way
// back in. Addresses that were confirmed since the given time are not trusted with a
// link that opens the password again.
func endEverything(v *web.Visitor, tx *store.Tx, n store.Notice, since time.Time) (way string, err error) {
	e := v.Audit(audit.UserNotMe, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "reason", After: audit.ReasonNotMe}}
	ended, err := v.Revoke(tx, ending.CauseNotMe, e, "")
	if err != nil {
		return "", err
	}
	if _, err := tx.DistrustEmail(v.User.ID, since); err != nil {
		return "", err
	}
	closed, err := closePassword(v, tx)
	if err != nil {
		return "", err
	}
	e.Details = []audit.Detail{{Name: "notice", After: n.Text}, {Name: "sessions", Before: fmt.Sprint(ended.Sessions), After: "0"}, {Name: "password", After: closed}}
	e.Details = append(e.Details, ended.Details()...)
	if err := tx.Audit(e); err != nil {
		return "", err
	}
	if err := tellAdministrators(v, tx, n); err != nil || closed == passwordStays {
		return "sign-in", err
	}
	u, err := tx.User(v.User.ID)
	if v.HasMail() && u.EmailConfirmed {
		return "forgot", err
	}
	return "administrator", err
}

// What the audit row says of the password.
const (
	passwordCloses = "opens nothing until a new one is set"
	passwordStays  = "stays: the only administrator who can sign in"
)

// closePassword closes the password, unless nobody could administer then.
// What was issued under the old credentials is dead in any case.
func closePassword(v *web.Visitor, tx *store.Tx) (how string, err error) {
	settings, err := tx.Settings()
	if err != nil {
		return "", err
	}
	out, err := tx.ClosePassword(settings.TwoStep.Demands(user.RoleAdmin), v.User.ID, v.Now)
	if err != nil || out == store.Done {
		return passwordCloses, err
	}
	how = passwordCloses // it was closed before
	if out == store.LastAdministrator {
		how = passwordStays
	}
	_, err = tx.RaiseCredVersion(v.User.ID)
	return how, err
}

func tellAdministrators(v *web.Visitor, tx *store.Tx, n store.Notice) error {
	about := ""
	if n.Kind != "" {
		about = v.Compose(mail.Kind(n.Kind), mail.Facts{}).Subject
	}
	return v.NotifyAdministrators(tx, mail.AdminNotMe, mail.Facts{
		Username: v.User.Username, At: v.Now, IP: v.IP(), Browser: instance.BrowserName(v.UserAgent()),
		Link: mail.Link{Path: "/admin/users/" + v.User.ID}, Detail: about,
	}, v.Now)
}

// showNotMeDone says what happened. The visitor need not be signed in any more,
// so it knows only the key in the address and shows only words of its own.
func showNotMeDone(v *web.Visitor) error {
	query, err := v.Filters("way")
	if err != nil {
		return err
	}
	way := query["way"]
	if way == "forgot" && !v.HasMail() {
		way = ""
	}
	return v.Render(views.NotMeDone{Frame: v.Frame(nil), Way: way})
}
