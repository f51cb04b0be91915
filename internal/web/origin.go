package web

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"latchkey/internal/audit"
	"latchkey/views"
)

// errOrigin is a POST that did not come from a page of ours.
type errOrigin struct {
	why  views.OriginWhy
	came string // the origin that the browser named, where it is one; else ""
}

func (e *errOrigin) Error() string { return "origin refused: " + string(e.why) }

// checkOrigin refuses a POST from another site (CSRF, WE-04). Go's check believes
// a Sec-Fetch-Site header, or an Origin that is ours; here both have to fit if both
// are there, and a request that says nothing at all about where it comes from is
// refused. There is no hidden token, so no page of ours ever expires.
func (v *Visitor) checkOrigin() error {
	r := v.c.Request()
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	ours := origin == v.ownOrigin() || origin != "" && v.isLocal(origin)
	fits := (site == "" || site == "same-origin" || site == "none") && (ours || origin == "" && site != "")
	if fits && v.origin.Check(r) == nil {
		return nil
	}
	return v.whyRefused(site, origin, ours)
}

// ownOrigin is the origin of the pages of this site.
func (v *Visitor) ownOrigin() string { return v.URL.Scheme + "://" + v.URL.Host }

// whyRefused finds the true sentence for a form that is refused anyhow. It decides
// nothing.
func (v *Visitor) whyRefused(site, origin string, ours bool) error {
	came, isOrigin := readOrigin(origin)
	switch {
	case site == "" && origin == "":
		return &errOrigin{why: views.OriginMissing}
	case site == "cross-site", site == "same-site":
		why := views.OriginForeign
		if site == "same-site" {
			why = views.OriginNeighbour
		}
		if ours {
			came = "" // a foreign page cannot have our origin, so this names nobody
		}
		return &errOrigin{why, came}
	case origin == "null":
		return &errOrigin{why: views.OriginHidden}
	case origin != "" && !ours && isOrigin:
		if site == "same-origin" || v.isAt(came) {
			return &errOrigin{views.OriginElsewhere, came}
		}
		return &errOrigin{views.OriginForeign, came}
	}
	return &errOrigin{why: views.OriginUnclear}
}

// isAt reports whether the request was sent to this origin's host, as far as the
// request itself or the proxy says so: then it is the address that the person sees.
func (v *Visitor) isAt(origin string) bool {
	_, host, _ := strings.Cut(origin, "://")
	return strings.EqualFold(host, v.way.host) || v.way.trusted && strings.EqualFold(host, v.way.header.Get("X-Forwarded-Host"))
}

// maxOrigin is the longest origin that is shown: a host name has at most 253 characters.
const maxOrigin = 270

// readOrigin returns the origin if it is one of the web, spelled as browsers spell it.
// Only such a one is shown: its characters are those of a host name.
func readOrigin(origin string) (string, bool) {
	u, err := url.Parse(origin)
	if err != nil || len(origin) > maxOrigin || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != origin || u.Hostname() == "" {
		return "", false
	}
	for _, r := range u.Host {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-._:[]", r) {
			return "", false
		}
	}
	return origin, true
}

// isLocal reports whether the origin is this machine by another of its names, as
// http://127.0.0.1:8080 is for http://localhost:8080, and the one that the request
// was sent to. Any other name in Host could be a stranger's that points here (DNS
// rebinding), so it counts only where the base URL is of this machine too.
func (v *Visitor) isLocal(origin string) bool {
	host := v.c.Request().Host
	return origin == v.URL.Scheme+"://"+host && isLoopback(host) && isLoopback(v.URL.Host)
}

func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	return isThisMachine(host)
}

// isThisMachine reports whether a host without a port is a name of this machine.
func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// logRefused writes what was expected and what came. All of it is a client's word, so
// it is bounded and on one line.
func (v *Visitor) logRefused(e *errOrigin) {
	r := v.c.Request()
	clean := func(s string) string { return audit.CleanText(s, maxOrigin) }
	said := []any{"id", v.RequestID, "reason", string(e.why), "expected", v.ownOrigin(), "origin", clean(r.Header.Get("Origin")),
		"sec_fetch_site", clean(r.Header.Get("Sec-Fetch-Site")), "host", clean(r.Host)}
	if e.why == views.OriginElsewhere {
		said = append(said, "hint", fmt.Sprintf("if people are meant to use %s, start with --url %s", e.came, e.came))
	}
	v.Log.Warn("form refused", said...)
}
