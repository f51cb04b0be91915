package arrival

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"latchkey/internal/audit"
	"latchkey/views"
)

// Foreign is the error of a POST that did not come from a page of ours.
type Foreign struct {
	Why  views.OriginWhy
	Came string // the origin that the browser named, where it is one; else ""
}

func (e *Foreign) Error() string { return "origin refused: " + string(e.Why) }

// CheckOrigin refuses a POST from another site (CSRF, WE-04). Go's check believes
// a Sec-Fetch-Site header, or an Origin that is ours; here both have to fit if both
// are there, and a request that says nothing at all about where it comes from is
// refused. There is no hidden token, so no page of ours ever expires.
func (a *Arrival) CheckOrigin() error {
	site, origin := a.header.Get("Sec-Fetch-Site"), a.header.Get("Origin")
	ours := origin == a.Origin() || origin != "" && a.isLocal(origin)
	fits := (site == "" || site == "same-origin" || site == "none") && (ours || origin == "" && site != "")
	if fits && (a.base != a.gate.URL || a.gate.cross.Check(a.r) == nil) {
		return nil
	}
	return a.whyRefused(site, origin, ours)
}

// whyRefused finds the true sentence for a form that is refused anyhow. It decides
// nothing.
func (a *Arrival) whyRefused(site, origin string, ours bool) error {
	came, isOrigin := readOrigin(origin)
	switch {
	case site == "" && origin == "":
		return &Foreign{Why: views.OriginMissing}
	case site == "cross-site", site == "same-site":
		why := views.OriginForeign
		if site == "same-site" {
			why = views.OriginNeighbour
		}
		if ours {
			came = "" // a foreign page cannot have our origin, so this names nobody
		}
		return &Foreign{why, came}
	case origin == "null":
		return &Foreign{Why: views.OriginHidden}
	case origin != "" && !ours && isOrigin:
		if site == "same-origin" || a.isAt(came) {
			return &Foreign{views.OriginElsewhere, came}
		}
		return &Foreign{views.OriginForeign, came}
	}
	return &Foreign{Why: views.OriginUnclear}
}

// isAt reports whether the request was sent to this origin's host, as far as the
// request itself or the proxy says so: then it is the address that the person sees.
func (a *Arrival) isAt(origin string) bool {
	_, host, _ := strings.Cut(origin, "://")
	return strings.EqualFold(host, a.host) || a.trusted && strings.EqualFold(host, a.header.Get("X-Forwarded-Host"))
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
func (a *Arrival) isLocal(origin string) bool {
	return origin == a.base.Scheme+"://"+a.host && isLoopback(a.host) && isLoopback(a.base.Host)
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

// LogForeign writes what was expected and what came. All of it is a client's word, so
// it is bounded and on one line.
func (a *Arrival) LogForeign(e *Foreign, log Log, requestID string) {
	clean := func(s string) string { return audit.CleanText(s, maxOrigin) }
	said := []any{"id", requestID, "reason", string(e.Why), "expected", a.Origin(), "origin", clean(a.header.Get("Origin")),
		"sec_fetch_site", clean(a.header.Get("Sec-Fetch-Site")), "host", clean(a.host)}
	if e.Why == views.OriginElsewhere {
		said = append(said, "hint", fmt.Sprintf("if people are meant to use %s, start with --url %s", e.Came, e.Came))
	}
	log.Warn("form refused", said...)
}
