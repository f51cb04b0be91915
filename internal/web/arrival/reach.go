package arrival

import (
	"net/netip"
	"strings"

	"latchkey/internal/audit"
	"latchkey/views"
)

// trouble is a set of things that are wrong with how a request reached the server.
// Nothing is decided by it: it is for the log and for two pages of administrators.
type trouble uint32

const (
	// ignored: the peer says for whom it asks, but is not a trusted proxy.
	ignored trouble = 1 << iota
	// unnamed: links begin with https, and the peer, which is not trusted, asks over plain
	// http and for nobody.
	unnamed
	// silent: a trusted proxy does not say for whom it asks.
	silent
	// garbled: a trusted proxy says it in a way that nobody can read.
	garbled
	// plainHTTP: a trusted proxy says that people use http, and links begin with https.
	plainHTTP
	// schemeUnsaid: a trusted proxy does not say which of the two they use.
	schemeUnsaid
	// secureUnused: people use https, and links begin with http.
	secureUnused
	// hostChanged: the proxy asks for another host than people do.
	hostChanged
	// otherHost: the request is for another host than the one that links begin with.
	otherHost

	// urgent are those by which everybody shares limits, or is not safe.
	urgent = ignored | unnamed | silent | garbled | plainHTTP
	// fromAfar goes with ignored in the log, for a peer that is on no private network.
	fromAfar trouble = 1 << 31
	// strangeHost says that the log has a request for a host that is not served.
	strangeHost trouble = 1 << 30
)

// forwarding are the headers by which proxies say for whom they ask. Only
// X-Forwarded-For counts here, and X-Forwarded-Proto and -Host help to find mistakes.
var forwarding = []string{forwardedFor, "Forwarded", "X-Real-Ip", "X-Forwarded-Proto", "X-Forwarded-Host"}

// scheme is the one that people use: http, https, or "" where the proxy does not say.
func (a *Arrival) scheme() string {
	switch {
	case a.tls:
		return "https"
	case !a.trusted:
		return "http"
	}
	first, _, _ := strings.Cut(a.header.Get("X-Forwarded-Proto"), ",")
	if s := strings.ToLower(strings.Trim(first, " \t\"")); s == "http" || s == "https" {
		return s
	}
	return ""
}

// troubles finds what is wrong with how the proxy asks, but for the host.
func (a *Arrival) troubles() (all trouble) {
	secure, scheme := a.base.Scheme == "https", a.scheme()
	switch {
	case !a.trusted && a.speaksFor() != "":
		all |= ignored
	case !a.trusted && secure && !a.tls:
		all |= unnamed
	case a.trusted && len(a.header[forwardedFor]) == 0:
		all |= silent
	case a.trusted && !a.clear:
		all |= garbled
	}
	switch {
	case a.trusted && secure && scheme == "http":
		all |= plainHTTP
	case a.trusted && secure && scheme == "":
		all |= schemeUnsaid
	case !secure && scheme == "https":
		all |= secureUnused
	}
	return all
}

// hostTrouble finds what is wrong with the host.
func (a *Arrival) hostTrouble() trouble {
	switch {
	case a.sameHost(a.host):
		return 0
	case a.trusted && a.saysHost():
		return hostChanged
	}
	return otherHost
}

// speaksFor names the first header that says for whom the peer asks; "" for none.
func (a *Arrival) speaksFor() string {
	for _, name := range forwarding {
		if len(a.header[name]) > 0 {
			return name
		}
	}
	return ""
}

// Reach tells how this very request reached the server. What strangers send never
// shows in it: it is about the request of the person who reads it.
func (a *Arrival) Reach() views.Reach {
	r := views.Reach{IP: a.IP(), Scheme: a.scheme(), Host: audit.CleanText(a.host, maxOrigin), URL: a.gate.URL.String()}
	all := a.troubles() | a.hostTrouble()
	for one := ignored; one <= otherHost; one <<= 1 {
		if all&one != 0 {
			t := a.words(one)
			t.Urgent = one&urgent != 0
			r.Troubles = append(r.Troubles, t)
		}
	}
	return r
}

// WarnOfProxy writes each kind of trouble into the log once in the life of the process:
// anybody may send such requests. A peer far away may be anybody, too, so it does not use
// up the line about one that is near, as proxies are. That a name or an address is missing
// counts for forms only, since those who watch the server need none.
func (a *Arrival) WarnOfProxy(log Log, requestID string) {
	all := a.troubles() & urgent
	if !a.posts() {
		all &^= unnamed | silent
	}
	if all&ignored != 0 && !near(a.from.addr) {
		all ^= ignored | fromAfar
	}
	if all == 0 || uint32(all)&^a.gate.warned.Load() == 0 {
		return
	}
	fresh := all &^ trouble(a.gate.warned.Or(uint32(all)))
	for _, one := range []trouble{ignored, unnamed, silent, garbled, plainHTTP, fromAfar} {
		if fresh&one != 0 {
			t := a.words(one)
			log.Warn("check the reverse proxy", "id", requestID, "peer", a.from.String(), "reason", t.Text, "hint", t.Fix)
		}
	}
}

// near reports whether the address is of this machine or of a private network.
func near(a netip.Addr) bool { return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() }
