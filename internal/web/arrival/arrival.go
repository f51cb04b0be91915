// Package arrival is how a request reached the server: from which client and through which
// proxies, for which host, from whose page, and whether somebody meant it. It reads what
// the request says of itself and decides what of it can be believed; who is signed in, it
// does not know.
//
// What a client says of its way counts only where a trusted proxy passes it on.
package arrival

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"

	"latchkey/internal/auth"
)

// Gate is where requests arrive: the public base URL of the site, and the proxies that
// are believed. It is safe for concurrent use.
type Gate struct {
	URL            *url.URL
	TrustedProxies []netip.Prefix

	cross  *http.CrossOriginProtection
	warned atomic.Uint32 // which troubles with the proxy are in the log
}

// NewGate returns the gate of a site at this base URL.
func NewGate(base *url.URL, trusted []netip.Prefix) (*Gate, error) {
	g := &Gate{URL: base, TrustedProxies: trusted, cross: http.NewCrossOriginProtection()}
	if err := g.cross.AddTrustedOrigin(g.Origin()); err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	return g, nil
}

// Origin is the origin of the pages of this site.
func (g *Gate) Origin() string { return g.URL.Scheme + "://" + g.URL.Host }

// Log is where what is wrong is written.
type Log interface {
	Warn(message string, said ...any)
}

// Arrival is what a request says of its way.
type Arrival struct {
	gate    *Gate
	r       *http.Request
	from    Peer // the other end of the connection
	who     Peer // whose request it is
	trusted bool
	clear   bool // the client's address could be read
	tls     bool
	host    string
	header  http.Header
	base    *url.URL // where the page is that is asked for
	ip      string   // once it was asked for
}

// Of finds out on which way a request came.
func (g *Gate) Of(r *http.Request) Arrival {
	a := Arrival{gate: g, r: r, from: peerOf(r), tls: r.TLS != nil, host: r.Host, header: r.Header, base: g.URL}
	a.trusted = g.IsTrusted(a.from)
	a.who, a.clear = client(a.from, a.trusted, r.Header[forwardedFor], g.trusts)
	return a
}

// IP is the client's address as text: from the socket, unless the peer is a trusted
// proxy; see client. It is "unix" for what came over a unix socket without one.
func (a *Arrival) IP() string {
	if a.ip == "" {
		a.ip = a.who.String()
	}
	return a.ip
}

// Trusted reports whether a proxy sent it that is believed.
func (a *Arrival) Trusted() bool { return a.trusted }

// For says that the request is for a page of ours on the host of an application: forms are then
// taken from there, and from nowhere else.
func (a *Arrival) For(base *url.URL) { a.base = base }

// Origin is the origin of the page that is asked for.
func (a *Arrival) Origin() string { return a.base.Scheme + "://" + a.base.Host }

// From is the other end of the connection: the proxy, where there is one.
func (a *Arrival) From() string { return a.from.String() }

// IsElsewhere reports whether the request names its host in another way than links of ours do.
func (a *Arrival) IsElsewhere() bool { return a.host != a.gate.URL.Host }

// Host is the host that the request is for, as it says.
func (a *Arrival) Host() string { return a.host }

// Sender is the network that the request is from; "" behind a proxy that does not say.
func (a *Arrival) Sender() string {
	if a.trusted && (!a.clear || a.who == a.from) {
		return ""
	}
	return auth.Network(a.IP())
}

func (a *Arrival) posts() bool { return a.r.Method == http.MethodPost }
