package forward

import (
	"errors"
	"net/http"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/cookies"
	"latchkey/internal/web/session"
	"latchkey/views"
)

// handoverFor is how long a one-time code to an application is good for, a minute: the browser uses
// it at once, and a person who presses the button has that long.
const handoverFor = time.Minute

// destination is where somebody is on their way to, as the address of this page says.
type destination struct{ app, host, state, path string }

// errNotSetUp is the answer for what is no application, and for a host that is none of it.
var errNotSetUp = errors.New("no such application at this host")

// showContinue is the page between the sign-in and an application. It gives a one-time code to
// somebody who has access.
func showContinue(v *web.Visitor) error {
	d, err := readDestination(v)
	if err != nil {
		return err
	}
	if !v.Way.Navigates() {
		return v.Onward() // a picture or a page loaded ahead of time makes no codes
	}
	v.CountAs = auth.ActionOpen
	if access.IsOwn(d.host, v.URL) {
		return showNotSetUp(v, d)
	}
	right, err := rightTo(v.DB.Reader, d, v.User.ID)
	switch {
	case errors.Is(err, errNotSetUp):
		return showNotSetUp(v, d)
	case err != nil:
		return err
	case !right.MayOpen():
		return showNoAccess(v, d, right)
	}
	if right.ProofMinutes > 0 {
		if err := v.NeedProof(proofTime(right.Gate)); err != nil {
			return err
		}
	}
	code, err := handOver(v, d)
	if err != nil {
		return err
	}
	href := access.Origin(d.host, v.URL) + enterPath + "?code=" + joinState(code, d.path)
	v.W.Header().Set("Refresh", "0;url="+href)
	return v.Render(views.Continue{
		Frame: v.Frame(nil), Name: v.User.Name, Username: v.User.Username, App: right.Name, Host: d.host, Href: href,
	})
}

// readDestination reads the address of the page.
func readDestination(v *web.Visitor) (d destination, err error) {
	sent, err := v.Filters("app", "host", "state")
	if err != nil {
		return d, err
	}
	d = destination{app: sent["app"], host: sent["host"]}
	var ok bool
	d.state = sent["state"]
	if _, d.path, ok = splitState(d.state); !ok || len(d.app) > 40 || access.RequestHost(d.host) != d.host || d.host == "" {
		return d, problem.New(problem.BadRequest, "This address is not whole. Open the application again, and sign in from there.")
	}
	return d, nil
}

// rightTo is what decides whether somebody may open the application, or errNotSetUp.
func rightTo(r store.Reader, d destination, userID string) (store.Opened, error) {
	right, err := r.RightTo(d.app, d.host, userID)
	if problem.Is(err, problem.NotFound) || err == nil && !right.HostIsOurs {
		err = errNotSetUp
	}
	return right, err
}

// handOver stores a one-time code for the visitor's session, if they still have access.
func handOver(v *web.Visitor, d destination) (code string, err error) {
	code = secret.Token()
	err = v.Tx(func(tx *store.Tx) error {
		right, err := rightTo(tx.Reader, d, v.User.ID)
		if err == nil && !right.MayOpen() {
			err = errNotSetUp
		}
		if err != nil {
			return err
		}
		return tx.AddHandover(store.Handover{
			CodeHash: secret.HashToken(code), SessionID: v.Session.ID, Slug: d.app, Host: d.host, StateHash: secret.HashToken(d.state),
			Ends: v.Now.Add(handoverFor),
		})
	})
	if errors.Is(err, errNotSetUp) {
		err = problem.New(problem.Conflict, "The application has changed since you opened this page.")
	}
	return code, err
}

// showNoAccess says who may not open what, and writes it down unless somebody does it all the
// time.
func showNoAccess(v *web.Visitor, d destination, right store.Opened) error {
	err := v.Tx(func(tx *store.Tx) error {
		e := v.Audit(audit.ApplicationDenied, audit.ResultBlocked)
		e.Details = []audit.Detail{{Name: audit.ApplicationDetail, After: d.app}}
		return tx.Audit(e)
	})
	if err != nil && !problem.Is(err, problem.TooMany) {
		return err
	}
	return v.RenderStatus(http.StatusForbidden, views.NoAccess{
		Frame: v.Frame(nil), Name: v.User.Name, Username: v.User.Username, App: right.Name, Host: d.host, Disabled: right.Disabled,
		Applications: views.MyApplicationsPath, Action: "/logout", Next: session.SafeNext(v.R.URL.RequestURI()), Reference: v.RequestID,
	})
}

// showNotSetUp says that there is no application where somebody wants to go.
func showNotSetUp(v *web.Visitor, d destination) error {
	return v.RenderStatus(http.StatusNotFound, views.OnTheWay{
		Frame: v.Frame(nil), Title: "No application is set up at " + d.host,
		Texts: []string{"Its address here may have been changed or removed. Check the address, or ask an administrator."},
		Links: []views.Link{{Href: views.MyApplicationsPath, Words: "Your applications"}}, Reference: v.RequestID,
	})
}

// appLifetime is how long a browser keeps the cookie of an application: the session behind it ends
// no later.
func appLifetime(v *web.Visitor) time.Duration { return v.Settings().SessionMax }

// setApp gives the token of an application to the browser. Call it after the commit only.
func setApp(v *web.Visitor, token string) { v.Cookies.Set(cookies.Application, token, appLifetime(v)) }
