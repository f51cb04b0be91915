package web

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
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
		s := newBare(t, c.base)
		s.TrustedProxies = proxied
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if r.Host, r.RemoteAddr = c.host, c.from; c.forwarded != "" {
			r.Header.Set("X-Forwarded-Host", c.forwarded)
		}
		if got := s.arrive(r).isOurs(); got != c.want {
			t.Errorf("%s for %q (%s) from %s: %v", c.base, c.host, c.forwarded, c.from, got)
		}
	}
}

// TestEX01_OldClientsNameNoHost: HTTP/1.0 without Host is for no host that we know, and
// still for those who watch the server.
func TestEX01_OldClientsNameNoHost(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	server.Config = NewServer(newSite(t, "https://login.example", nil))
	server.Start()
	t.Cleanup(server.Close)
	for request, want := range map[string]string{
		"GET /login HTTP/1.0\r\n\r\n":                                               "421",
		"GET /healthz HTTP/1.0\r\n\r\n":                                             "200",
		"HEAD /readyz HTTP/1.0\r\n\r\n":                                             "200",
		"GET /theme.css HTTP/1.0\r\n\r\n":                                           "404",
		"GET http://login.example/nowhere HTTP/1.1\r\nHost: evil.example\r\n\r\n":   "404", // RFC 9112, 3.2.2
		"GET http://evil.example/nowhere HTTP/1.1\r\nHost: login.example\r\n\r\n":   "421",
		"GET /nowhere HTTP/1.1\r\nHost: login.example:443\r\n\r\n":                  "404",
		"POST /healthz HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n": "403",
		"GET /healthz/../nowhere HTTP/1.1\r\nHost: evil.example\r\n\r\n":            "421",
		"GET //healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n":                      "421",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(conn, strings.TrimSuffix(request, "\r\n")+"Connection: close\r\n\r\n")
		text, _ := io.ReadAll(conn)
		conn.Close()
		if got := strings.Fields(string(text) + " - -")[1]; got != want {
			t.Errorf("%q: %s, want %s", request, got, want)
		}
	}
}
