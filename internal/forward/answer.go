package forward

import (
	"net/http"
	"net/url"

	"latchkey/internal/access"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

// forwardAuth answers a proxy that passes our answer on to the browser unless it is 200.
func forwardAuth(v *web.Visitor, f found) error {
	switch f.verdict {
	case passes:
		return identify(v, f)
	case nobody:
		if f.navigates(v.R.Header) {
			v.W.Header().Set("Location", access.Origin(f.host, v.URL)+startPath+"?to="+url.QueryEscape(f.to()))
			return bare(v, http.StatusFound)
		}
		if f.shows(v.R.Header) {
			return formKept(v, f)
		}
		return unauthorized(v)
	case noAccess:
		v.OnApp(f.gate.Slug, f.host)
		return deny(v, f.gate, f.opened.User.Name, f.opened.User.Username, f.to())
	case refused:
		if f.gate.HostIsOurs {
			v.OnApp(f.gate.Slug, f.host)
		}
		return refuse(v, f)
	}
	return bare(v, http.StatusBadRequest)
}

// authRequest answers nginx, which takes 200, 401 and 403 and shows pages of its own for them.
func authRequest(v *web.Visitor, f found) error {
	switch f.verdict {
	case passes:
		return identify(v, f)
	case nobody:
		return unauthorized(v)
	}
	return bare(v, http.StatusForbidden)
}

// identify lets a request pass and says who asks. All four headers are always there: a proxy that
// copies them overwrites with each what a client may have put in its place (FD-02).
func identify(v *web.Visitor, f found) error {
	h, u := v.W.Header(), f.opened.User
	said := [4]string{u.Username, u.Name, u.Email, f.named()} // in one piece, for four headers of one value each
	h["Remote-User"] = said[0:1:1]
	h["Remote-Name"] = said[1:2:2]
	h["Remote-Email"] = said[2:3:3]
	h["Remote-Groups"] = said[3:4:4]
	return bare(v, http.StatusOK)
}

// unauthorized is the answer to a program, and to a preflight: it cannot be led to a page.
func unauthorized(v *web.Visitor) error {
	v.W.Header()["Www-Authenticate"] = []string{"Latchkey"}
	return bare(v, http.StatusUnauthorized)
}

// formKept is the page for a form that somebody sends who is not signed in any more. A redirect would lose what
// was typed, and browsers replace an answer without a body by a page of their own, from which some
// do not find back.
func formKept(v *web.Visitor, f found) error {
	v.OnApp(f.gate.Slug, f.host)
	v.W.Header()["Www-Authenticate"] = []string{"Latchkey"}
	return v.RenderStatus(http.StatusUnauthorized, views.OnTheWay{
		Frame: v.AppFrame(), Title: "You are no longer signed in to " + f.gate.Name,
		Texts: []string{
			"Nothing of what you sent has reached " + f.host + ".",
			"Go back: what you typed should still be there. Sign in in another tab, then send it again.",
		},
		Button: views.Link{Href: startAt("/", true), Words: "Sign in"}, Reference: v.RequestID,
	})
}

var noBytes = []string{"0"} // shared by all answers, and never changed

// bare answers without a body.
func bare(v *web.Visitor, status int) error {
	v.W.Header()["Content-Length"] = noBytes
	v.W.WriteHeader(status)
	return nil
}

// deny is the page for somebody who is signed in and has no access, on the application's host.
func deny(v *web.Visitor, gate store.Gate, name, username, to string) error {
	return v.RenderStatus(http.StatusForbidden, views.NoAccess{
		Frame: v.Frame(nil), Name: name, Username: username, App: gate.Name, Host: v.App.Host, Disabled: gate.Disabled,
		Applications: v.Link(views.MyApplicationsPath), Action: signOutPath, To: to, Everywhere: true, Reference: v.RequestID,
	})
}

// refuse is the page for a request that nobody may make.
func refuse(v *web.Visitor, f found) error {
	page := views.OnTheWay{
		Title: "You cannot open this page", Texts: []string{"The address can be read in more than one way. Open the start page of the application and go on from there."},
		Reference: v.RequestID,
	}
	switch {
	case f.gate.Slug == "" || !f.gate.HostIsOurs:
		page.Title = "This address is not set up"
		page.Texts = []string{"The proxy asks about an application that does not exist here, or that is at another address. Tell the person who runs it."}
	case f.gate.Disabled:
		page.Title = f.gate.Name + " is switched off"
		page.Texts = []string{"An administrator has switched it off, so nobody can open it."}
	}
	page.Frame = v.AppFrame()
	page.Links = []views.Link{{Href: v.Link("/"), Words: "Go to " + page.Frame.Instance}}
	return v.RenderStatus(http.StatusForbidden, page)
}
