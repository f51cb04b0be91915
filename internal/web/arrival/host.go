package arrival

import (
	"net/netip"
	"net/url"
	"strings"

	"latchkey/internal/audit"
	"latchkey/views"
)

// OtherHost is the error of a request for another host than this site's.
type OtherHost struct{ views.OtherHost }

func (e *OtherHost) Error() string { return "request for another host" }

// CheckHost refuses what was sent to a host that is not ours: a name that somebody made
// point here must not show our pages as its own, nor fill a cache with them. The page
// says where the site is.
func (a *Arrival) CheckHost(log Log, requestID string) error {
	if a.isOurs() {
		return nil
	}
	return a.OtherHost(log, requestID)
}

// OtherHost is the refusal of a request for another host than this site's.
func (a *Arrival) OtherHost(log Log, requestID string) error {
	a.warnOfHost(log, requestID)
	return &OtherHost{a.otherHost()}
}

// isOurs reports whether the request is for this site. A trusted proxy may ask under a
// name of its own if it says by X-Forwarded-Host that people used ours, and may leave the
// port out, as nginx does with $host.
func (a *Arrival) isOurs() bool {
	return a.sameHost(a.host) || a.trusted && (a.sameName(a.host) || a.saysHost())
}

// saysHost reports whether X-Forwarded-Host names this site. Each proxy on the way may
// have added to it.
func (a *Arrival) saysHost() bool {
	for _, list := range a.header["X-Forwarded-Host"] {
		for host := range strings.SplitSeq(list, ",") {
			if host = strings.Trim(host, " \t"); a.sameHost(host) || a.sameName(host) {
				return true
			}
		}
	}
	return false
}

// sameHost reports whether links begin with this host, in whatever spelling: capitals, a
// dot at the end, the port that need not be said, an address with zeros. The names of this
// machine are one, where links begin with one of them: forms are taken from each.
func (a *Arrival) sameHost(host string) bool {
	if host == a.base.Host {
		return true
	}
	name, port := splitHost(host)
	ours, ourPort := splitHost(a.base.Host)
	return name == ours && orPort(port, a.base) == orPort(ourPort, a.base) || isThisMachine(name) && isThisMachine(ours)
}

// sameName reports whether this is our host without a port.
func (a *Arrival) sameName(host string) bool {
	name, port := splitHost(host)
	ours, _ := splitHost(a.base.Host)
	return port == "" && name == ours
}

// splitHost takes the port off a host and spells the rest as a base URL does, an IPv6
// address without its brackets.
func splitHost(host string) (name, port string) {
	name = host
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i+1:]
	}
	if inside, ok := strings.CutPrefix(name, "["); ok {
		name = strings.TrimSuffix(inside, "]")
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if ip, err := netip.ParseAddr(name); err == nil {
		name = ip.String()
	}
	return name, port
}

// orPort is a port, or the one that need not be said.
func orPort(port string, base *url.URL) string {
	if port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[base.Scheme]
}

// otherHost is what the page says about the address that was used. Where a proxy asks for
// somebody, the host may be the proxy's idea, and nothing is said about where they are.
func (a *Arrival) otherHost() views.OtherHost {
	h := views.OtherHost{Ours: a.gate.Origin()}
	host, proxied := a.host, a.trusted || a.speaksFor() != ""
	if a.trusted && len(a.header["X-Forwarded-Host"]) > 0 {
		host, _, _ = strings.Cut(a.header.Get("X-Forwarded-Host"), ",")
		proxied = false
	}
	if origin, ok := readOrigin(a.header.Get("Origin")); ok && a.isAt(origin) { // it knows the scheme
		h.Came = origin
		return h
	}
	scheme := a.scheme()
	if scheme == "" {
		scheme = a.base.Scheme
	}
	came, ok := readOrigin(scheme + "://" + strings.ToLower(strings.Trim(host, " \t")))
	switch {
	case !ok:
	case proxied:
		h.Named = strings.TrimPrefix(came, scheme+"://")
	default:
		h.Came = came
	}
	return h
}

// warnOfHost says once in the life of the process what is to be set if people should be
// answered there: somebody who tries addresses asks for all kinds of names.
func (a *Arrival) warnOfHost(log Log, requestID string) {
	if trouble(a.gate.warned.Or(uint32(strangeHost)))&strangeHost == 0 {
		log.Warn("a request was for another host than this site's", "id", requestID, "host", audit.CleanText(a.host, maxOrigin), "expected", a.gate.URL.Host,
			"hint", "if people are meant to use it, start with --url and that address; if a reverse proxy sent it, make it pass on the Host header unchanged")
	}
}
