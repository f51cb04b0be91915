package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
)

const (
	untrusted = "127.0.0.1 sent X-Forwarded-For but is not a trusted proxy, so the header is ignored."
	attentive = "Needs attention"
)

// with opens a page with headers, given as names and values by turns.
func with(b *apptest.Browser, path string, headers ...string) *apptest.Page {
	r := b.Request(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return b.Send(r)
}

// TestAU09_UntrustedProxyIsNamed: an administrator who comes through a proxy that is not
// trusted reads so, from the first day on; nobody else can make that appear, nor fill the
// log with it.
func TestAU09_UntrustedProxyIsNamed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{OneNode: true})
	b := a.Browser()
	b.SignIn(a.Admin)
	for alone := range 2 {
		for range 20 {
			for i := range 10 {
				with(a.Browser(), "/login", "X-Forwarded-For", fmt.Sprintf("203.0.113.%d, canary", i), "X-Forwarded-Host", "canary.example", "Forwarded", "for=canary")
			}
			guess(a.Browser(), "nobody")
		}
		b.Open("/admin").SeesNot("X-Forwarded-For")
		b.Open("/admin/settings/general").Sees("We see you as 127.0.0.1 over http, host "+strings.TrimPrefix(a.URL, "http://"), "Looks right").SeesNot("X-Forwarded-For")
		with(b, "/admin", "X-Forwarded-For", "198.51.100.7").Sees(attentive, untrusted, "start the server with --trusted-proxies 127.0.0.1").SeesNot("198.51.100.7")
		with(b, "/admin", "X-Real-Ip", "198.51.100.7").Sees(attentive, "127.0.0.1 sent X-Real-Ip", "make it set X-Forwarded-For")
		with(b, "/admin/settings/general", "X-Forwarded-For", "198.51.100.7").Sees("We see you as 127.0.0.1 over http", "Check the reverse proxy", untrusted)
		if alone == 0 {
			a.AddUser("alice")
		}
	}
	log := a.Log.String()
	if n := strings.Count(log, "check the reverse proxy"); n != 1 {
		t.Errorf("%d lines in the log, want 1", n)
	}
	if !strings.Contains(log, "--trusted-proxies 127.0.0.1") || strings.Contains(log, "canary.example") || strings.Contains(log, ", canary") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestAU09_TrustedProxyIsToldWhatItLacks: the same for a proxy that is trusted.
func TestAU09_TrustedProxyIsToldWhatItLacks(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	b := a.Browser()
	b.From("198.51.100.7:4711").SignIn(a.Admin)
	b.Open("/admin").SeesNot("proxy")
	b.Open("/admin/settings/general").Sees("We see you as 198.51.100.7", "Looks right")
	b.From("unknown").Open("/admin").Sees(attentive, "the last entry of the X-Forwarded-For it sent is not an address")
	b.From("").Open("/admin").Sees(attentive, "127.0.0.1 is trusted as a proxy but sent no X-Forwarded-For.")
	b.Open("/admin/settings/general").Sees("We see you as 127.0.0.1", "Check the reverse proxy")
	for range 3 {
		guess(a.Browser(), "nobody")
		guess(a.Browser().From("rubbish"), "nobody")
	}
	if n := strings.Count(a.Log.String(), "check the reverse proxy"); n != 2 {
		t.Errorf("%d lines in the log, want 2", n)
	}
}
