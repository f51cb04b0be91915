package web

import (
	"net/http"
	"net/url"
	"strings"

	"latchkey/views"
)

// Any page on the web can make a browser ask for ours, with its cookies: as a picture, as
// a page loaded ahead of time, by a link or a redirect. Looking must therefore take
// nothing away (WE-05): what is shown once stays until its reader comes for it, and what
// somebody is in the middle of goes on.

// navigates reports whether a browser asks for this page in order to show it. It is no
// picture, no frame, no HEAD and nothing that is loaded ahead of time.
func (v *Visitor) navigates() bool {
	r := v.c.Request()
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return r.Method == http.MethodGet && !ahead(r) && (mode == "" || mode == "navigate") && (dest == "" || dest == "document")
}

// ahead reports whether a browser loads a page ahead of time, whatever it calls that:
// nobody looks at it yet.
func ahead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// Meant reports whether somebody asked for this page from a page of ours, or by typing
// its address: no other site can have made their browser do it. Only then is something
// taken away by being shown. A form has passed the check of its origin.
func (v *Visitor) Meant() bool {
	if v.posts() {
		return true
	}
	if !v.navigates() {
		return false
	}
	switch v.c.Request().Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return v.cameFromHere()
	}
	return false
}

// Downloads is Meant for a file. A HEAD may ask, which gets the headers only, and so may a
// script or a link with the attribute "download" on a page of ours.
func (v *Visitor) Downloads() bool {
	r := v.c.Request()
	if v.posts() {
		return true
	}
	inside := r.Header.Get("Sec-Fetch-Site") == "same-origin" && !ahead(r)
	return r.Method == http.MethodHead || inside || v.Meant()
}

// cameFromHere reports whether a browser that sends no Sec-Fetch-Site names one of our
// pages as the one it comes from, or none.
func (v *Visitor) cameFromHere() bool {
	referer := v.c.Request().Referer()
	if referer == "" {
		return true
	}
	from, err := url.Parse(referer)
	if err != nil {
		return false
	}
	origin := from.Scheme + "://" + from.Host
	return strings.EqualFold(origin, v.ownOrigin()) || v.isLocal(origin)
}

// Onward answers a page that does something when it is shown, for somebody whom another
// site may have sent: with a link to the same page, and nothing else happens.
func (v *Visitor) Onward() error {
	return v.Render(views.Onward{Frame: v.Frame(nil), Path: v.c.Request().URL.RequestURI()})
}
