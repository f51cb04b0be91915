package login

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/mail"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/proof"
	"latchkey/views"
)

const (
	// requestFor is how long a request waits for the administrators.
	requestFor = 14 * 24 * time.Hour
	// usualSignIns is how many of the last full sign-ins make a network usual.
	usualSignIns = 50
)

// showLostPhone asks somebody whose password was right what happened to the second
// factor, or says how far the request has come. Nothing is switched off by asking.
func showLostPhone(v *web.Visitor) error {
	page, err := lostPhonePage(v, nil, nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func lostPhonePage(v *web.Visitor, form forms.Form, problem error) (templ.Component, error) {
	open, waiting, err := v.DB.OpenRequest(v.User.ID)
	page := views.LostPhone{
		Username: v.User.Username, Message: form["message"], Contact: form["contact"],
		Waiting: waiting, Made: open.Made, Opens: open.Opens, CodesLeft: v.User.CodesLeft,
	}
	page.Frame = v.Frame(problem)
	return page, err
}

func submitLostPhone(v *web.Visitor) error {
	form, err := v.Form("message", "contact")
	if err != nil {
		return err
	}
	if err := askForHelp(v, form); err != nil {
		page, pageErr := lostPhonePage(v, form, err)
		if pageErr != nil {
			return pageErr
		}
		return v.Reject(err, page)
	}
	return v.Redirect("/login/lost-phone")
}

// askForHelp puts a request into the administrators' queue and tells everybody who
// should know. Asking again while one waits changes nothing.
func askForHelp(v *web.Visitor, form forms.Form) error {
	q := store.Request{ID: secret.ID(), UserID: v.User.ID, Made: v.Now, Ends: v.Now.Add(requestFor), IP: v.IP(), Browser: v.UserAgent()}
	q.Opens = v.Now.Add(v.Settings().LostPhoneWait)
	var err error
	if q.Message, q.Contact, err = readHelp(form); err != nil {
		return err
	}
	if q.UsualNetwork, err = usualNetwork(v); err != nil {
		return err
	}
	return v.Tx(func(tx *store.Tx) error {
		browser, known, err := tx.KnowsBrowser(v.BrowserHash(), v.User.ID, v.Now)
		if err != nil {
			return err
		}
		if q.KnownBrowser = known; !known {
			browser = ""
		}
		if err := stillWaits(v, tx); err != nil {
			return err
		}
		if err := countHelp(v, tx, browser); err != nil {
			return err
		}
		open, waiting, err := tx.OpenRequest(v.User.ID)
		if err != nil {
			return err
		}
		if waiting {
			return askAgain(v, tx, open, q)
		}
		if added, err := tx.AddRequest(q); err != nil || !added {
			return err
		}
		return tellOfRequest(v, tx, q)
	})
}

// countHelp counts a request for help. A browser that is known for the user has tries of its
// own: somebody who knows the password must not be able to use up what its owner needs to
// be heard.
func countHelp(v *web.Visitor, tx *store.Tx, browser string) error {
	key := v.User.ID
	if browser != "" {
		key += " " + browser
	}
	_, wait, err := tx.Count(auth.BucketRequest, key, auth.LimitOf(auth.BucketRequest), v.Now)
	if err == nil && wait > 0 {
		err = proof.TooMany(wait, "Help has been asked for with your username and password three times within a day already, and the administrators have been told. "+
			"If that was not you, use a browser that you have signed in with before, or contact an administrator.")
	}
	return err
}

// stillWaits looks again whether the pending sign-in is alive: it may have been ended
// since the request was let in.
func stillWaits(v *web.Visitor, tx *store.Tx) error {
	p, _, alive, err := tx.PendingByHash(v.Pending.IDHash, v.Now)
	if err == nil && (!alive || p.Stage != auth.StepCode) {
		err = v.StartAgain()
	}
	return err
}

// askAgain adds what is said to the request that is open.
func askAgain(v *web.Visitor, tx *store.Tx, open, q store.Request) error {
	q.AgainFrom = v.IP() + ", " + instance.BrowserName(v.UserAgent())
	if q.KnownBrowser {
		q.AgainFrom += ", which has signed in before"
	}
	if done, err := tx.AskAgain(open.ID, q); err != nil || !done {
		return err
	}
	e := v.Audit(audit.RequestMade, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "reason", After: audit.ReasonAskedAgain}}
	return tx.Audit(e)
}

func readHelp(form forms.Form) (message, contact string, err error) {
	oneLine := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ")
	message, messageErr := user.CleanText("message", "What happened", 500, oneLine.Replace(form["message"]))
	if messageErr == nil && message == "" {
		messageErr = problem.Field("message", "Enter what happened to your phone")
	}
	contact, contactErr := user.CleanText("contact", "How to reach you", 200, form["contact"])
	if contactErr == nil && contact == "" {
		contactErr = problem.Field("contact", "Enter how an administrator can contact you")
	}
	return message, contact, errors.Join(messageErr, contactErr)
}

// usualNetwork reports whether the visitor's network is one that the user signed in
// fully from lately.
func usualNetwork(v *web.Visitor) (bool, error) {
	addresses, err := v.DB.UsualNetworks(v.User.ID, usualSignIns)
	mine := auth.Network(v.IP())
	return slices.ContainsFunc(addresses, func(ip string) bool { return auth.Network(ip) == mine }), err
}

// tellOfRequest writes the request down and tells its owner, with a link that
// cancels it, and the administrators.
func tellOfRequest(v *web.Visitor, tx *store.Tx, q store.Request) error {
	e := v.Audit(audit.RequestMade, audit.ResultOK)
	e.Details = []audit.Detail{{Name: "known browser", After: yesNo(q.KnownBrowser)}, {Name: "usual network", After: yesNo(q.UsualNetwork)}}
	if err := tx.Audit(e); err != nil {
		return err
	}
	path, err := v.NewLink(tx, v.User, "/lost-phone/cancel", store.Link{
		Purpose: store.PurposeCancel, Subject: q.ID, Created: v.Now, Ends: v.Now.Add(instance.CancelFor),
	})
	if err != nil {
		return err
	}
	opens := q.Opens
	if !opens.After(v.Now) {
		opens = time.Time{}
	}
	asked := mail.Facts{Link: mail.Link{Path: path, Lifetime: instance.CancelFor}, Opens: opens}
	// To the address even if it is not confirmed: all that the link can do is to
	// withdraw the request.
	if err := v.NotifyAt(tx, v.User, v.User.Email, mail.LostPhoneAsked, e, asked); err != nil {
		return err
	}
	facts := mail.Facts{
		Username: v.User.Username, At: v.Now, IP: v.IP(), Browser: instance.BrowserName(v.UserAgent()),
		Link: mail.Link{Path: "/admin/requests/" + q.ID}, Opens: opens,
	}
	return v.NotifyAdministrators(tx, mail.AdminRequest, facts, v.Now)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
