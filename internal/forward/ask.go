package forward

import (
	"net/http"
	"strings"

	"latchkey/internal/access"
)

// ask is the request to an application that a proxy asks about.
type ask struct {
	method string
	host   string // as hosts are stored; "" for one that cannot be a host
	uri    string // path and query, as they were sent
}

// path is the path alone.
func (a ask) path() string {
	path, _, _ := strings.Cut(a.uri, "?")
	return path
}

const (
	// maxURI is how long the path and query of a request to an application may be, in bytes; a
	// longer one is refused. Proxies take 8 KiB as they come.
	maxURI = 16 << 10
	// maxMethod is how long the name of a method may be.
	maxMethod = 32
)

// one returns the only value of a header; ok is false if it is missing, empty or there twice. What
// a client sent must not count beside what the proxy says, nor in its place (FD-03).
func one(h http.Header, name string) (value string, ok bool) {
	values := h[name]
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

// readForwarded reads what Caddy, Traefik and HAProxy say of a request. Nothing else of it counts.
func readForwarded(h http.Header) (a ask, ok bool) {
	method, hasMethod := one(h, "X-Forwarded-Method")
	proto, hasProto := one(h, "X-Forwarded-Proto")
	host, hasHost := one(h, "X-Forwarded-Host")
	uri, hasURI := one(h, "X-Forwarded-Uri")
	switch proto {
	case "https", "http", "wss", "ws": // the last two for WebSockets, by Traefik
	default:
		hasProto = false
	}
	a = ask{method: method, host: access.RequestHost(host), uri: uri}
	return a, hasMethod && hasProto && hasHost && hasURI && a.wellFormed()
}

// readOriginal reads what nginx says of a request. Nothing else of it counts: nginx passes on what
// the client called X-Forwarded.
func readOriginal(h http.Header) (a ask, ok bool) {
	method, hasMethod := one(h, "X-Original-Method")
	address, hasURL := one(h, "X-Original-Url")
	rest, https := strings.CutPrefix(address, "https://")
	if !https {
		if rest, ok = strings.CutPrefix(address, "http://"); !ok {
			return a, false
		}
	}
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return a, false
	}
	a = ask{method: method, host: access.RequestHost(rest[:i]), uri: rest[i:]}
	return a, hasMethod && hasURL && a.wellFormed()
}

// wellFormed reports whether method and target are such as HTTP has (RFC 9110, 9.1; RFC 9112, 3.2).
// What only some read as the same path is another matter: see access.IsAmbiguous.
func (a ask) wellFormed() bool {
	if len(a.method) > maxMethod || len(a.uri) > maxURI || !strings.HasPrefix(a.uri, "/") {
		return false
	}
	for i := range len(a.method) {
		if c := a.method[i]; (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	for i := range len(a.uri) {
		if c := a.uri[i]; c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	return true
}

// looks reports whether the request only looks at something.
func (a ask) looks() bool { return a.method == http.MethodGet || a.method == http.MethodHead }

// navigates reports whether a browser asks in order to show a page, which can be led away. h are
// the client's own headers, which the proxy passes on.
func (a ask) navigates(h http.Header) bool {
	return a.looks() && a.shows(h)
}

// shows reports whether a browser shows the answer as a page: somebody opened it, or sent a form.
func (a ask) shows(h http.Header) bool {
	if mode := h["Sec-Fetch-Mode"]; len(mode) > 0 {
		return len(mode) == 1 && mode[0] == "navigate"
	}
	return strings.Contains(strings.Join(h["Accept"], ","), "text/html")
}
