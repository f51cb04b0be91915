package arrival

import (
	"net/http"
	"net/url"
	"strings"
)

// Any page on the web can make a browser ask for ours, with its cookies: as a picture, as
// a page loaded ahead of time, by a link or a redirect. Looking must therefore take
// nothing away (WE-05): what is shown once stays until its reader comes for it, and what
// somebody is in the middle of goes on.

// Navigates reports whether a browser asks for this page in order to show it. It is no
// picture, no frame, no HEAD and nothing that is loaded ahead of time.
func (a *Arrival) Navigates() bool {
	mode, dest := a.header.Get("Sec-Fetch-Mode"), a.header.Get("Sec-Fetch-Dest")
	return a.r.Method == http.MethodGet && !a.ahead() && (mode == "" || mode == "navigate") && (dest == "" || dest == "document")
}

// ahead reports whether a browser loads a page ahead of time, whatever it calls that:
// nobody looks at it yet.
func (a *Arrival) ahead() bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if a.header.Get(name) != "" {
			return true
		}
	}
	return false
}

// Meant reports whether somebody asked for this page from a page of ours, or by typing
// its address: no other site can have made their browser do it. Only then is something
// taken away by being shown. A form has passed the check of its origin.
func (a *Arrival) Meant() bool {
	if a.posts() {
		return true
	}
	if !a.Navigates() {
		return false
	}
	switch a.header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return a.cameFromHere()
	}
	return false
}

// Downloads is Meant for a file. A HEAD may ask, which gets the headers only, and so may a
// script or a link with the attribute "download" on a page of ours.
func (a *Arrival) Downloads() bool {
	if a.posts() {
		return true
	}
	inside := a.header.Get("Sec-Fetch-Site") == "same-origin" && !a.ahead()
	return a.r.Method == http.MethodHead || inside || a.Meant()
}

// cameFromHere reports whether a browser that sends no Sec-Fetch-Site names one of our
// pages as the one it comes from, or none.
func (a *Arrival) cameFromHere() bool {
	referer := a.r.Referer()
	if referer == "" {
		return true
	}
	from, err := url.Parse(referer)
	if err != nil {
		return false
	}
	origin := from.Scheme + "://" + from.Host
	return strings.EqualFold(origin, a.Origin()) || a.isLocal(origin)
}

// CameFromSignIn reports whether the browser was sent here by a form of signing in,
// whose page gave it a cookie.
func (a *Arrival) CameFromSignIn() bool {
	from, err := url.Parse(a.r.Referer())
	if err != nil || from.Host == "" || from.Host != a.base.Host && from.Host != a.host {
		return false
	}
	return from.Path == "/login" || from.Path == "/setup" || strings.HasPrefix(from.Path, "/login/")
}
