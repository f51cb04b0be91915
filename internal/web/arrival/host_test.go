package arrival

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestEX01_HostIsOurs: in whatever spelling, and through a trusted proxy, our host is
// served; no other is.
func TestEX01_HostIsOurs(t *testing.T) {
	t.Parallel()
	const (
		proxy, stranger = "10.1.2.3:5", "192.0.2.1:5"
		site, port, own = "https://login.example", "https://login.example:8443", "http://localhost:8080"
		six             = "https://[2001:db8::1]"
	)
	for _, c := range []struct {
		base, from, host, forwarded string
		want                        bool
	}{
		{site, stranger, "login.example", "", true},
		{site, stranger, "LOGIN.Example", "", true},
		{site, stranger, "login.example.", "", true},
		{site, stranger, "login.example:443", "", true},
		{site, stranger, "login.example.:443", "", true},
		{site, stranger, "login.example:", "", true},
		{site, stranger, "login.example:80", "", false},
		{site, stranger, "login.example:8443", "", false},
		{site, stranger, "login.example..", "", false},
		{site, stranger, "evil.example", "", false},
		{site, stranger, "login.example.evil.example", "", false},
		{site, stranger, "evil-login.example", "", false},
		{site, stranger, "login.example@evil.example", "", false},
		{site, stranger, "evil.example:443", "", false},
		{site, stranger, "192.0.2.7", "", false},
		{site, stranger, "localhost", "", false},
		{site, stranger, "127.0.0.1:8080", "", false},
		{site, stranger, "", "", false},
		{site, stranger, ":443", "", false},
		{site, stranger, "evil.example", "login.example", false},
		{site, proxy, "evil.example", "login.example", true},
		{site, proxy, "127.0.0.1:8080", "login.example:443", true},
		{site, proxy, "127.0.0.1:8080", "x.example, LOGIN.example", true},
		{site, proxy, "127.0.0.1:8080", "evil.example", false},
		{site, proxy, "127.0.0.1:8080", "", false},
		{site, proxy, "login.example", "evil.example", true},
		{site, proxy, "login.example:80", "", false},
		{port, proxy, "login.example:8443", "", true},
		{port, proxy, "login.example", "", true}, // nginx's $host
		{port, proxy, "127.0.0.1", "login.example", true},
		{port, stranger, "login.example", "", false},
		{port, proxy, "login.example:443", "", false},
		{own, stranger, "localhost:8080", "", true},
		{own, stranger, "LOCALHOST:8080", "", true},
		{own, stranger, "127.0.0.1:8080", "", true},
		{own, stranger, "[::1]:8080", "", true},
		{own, stranger, "[0:0:0:0:0:0:0:1]:8080", "", true},
		{own, stranger, "127.0.0.1:9000", "", true}, // a published port of a container
		{own, stranger, "localhost:8080:1", "", false},
		{own, stranger, "evil.example,localhost:1:8080", "", false},
		{own, stranger, "localhost:8080,localhost:8080", "", false},
		{own, stranger, "192.168.1.5:8080", "", false},
		{own, stranger, "0.0.0.0:8080", "", false},
		{own, stranger, "localhost.evil.example:8080", "", false},
		{own, stranger, "", "", false},
		{six, stranger, "[2001:DB8:0::1]", "", true},
		{six, stranger, "[2001:db8::1]:443", "", true},
		{six, stranger, "[2001:db8::2]", "", false},
		{six, stranger, "[2001:db8::1", "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if r.Host, r.RemoteAddr = c.host, c.from; c.forwarded != "" {
			r.Header.Set("X-Forwarded-Host", c.forwarded)
		}
		a := gateAt(c.base, proxied...).Of(r)
		if got := a.isOurs(); got != c.want {
			t.Errorf("%s for %q (%s) from %s: %v", c.base, c.host, c.forwarded, c.from, got)
		}
	}
}
