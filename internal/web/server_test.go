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

	"latchkey/internal/web/conns"
)

// TestEX01_OldClientsNameNoHost: HTTP/1.0 without Host is for no host that we know, and
// still for those who watch the server.
func TestEX01_OldClientsNameNoHost(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	site := newSite(t, "https://login.example", nil)
	server.Config = conns.NewServer(site, site.Log)
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

func TestAdmitRefusesByMethodAndType(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r := post("")
		r.Method = method
		if err := bare(t, r).admit(); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post", ""} {
		r := post("")
		r.Method = method
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		v := bare(t, r)
		if err := v.admit(); err == nil || v.c.Response().Header().Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("%q: %v", method, err)
		}
	}
}

// TestEX01_AProbeIsNobodyAtWork: what watches the server leaves streams their pace, and a page does
// not.
func TestEX01_AProbeIsNobodyAtWork(t *testing.T) {
	t.Parallel()
	s := newSite(t, "https://login.example", nil)
	ask := func(path string) {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://login.example"+path, nil))
	}
	ask("/healthz")
	ask("/readyz")
	if s.InUse() {
		t.Error("a probe counts as somebody who works on the pages")
	}
	if ask("/nowhere"); !s.InUse() {
		t.Error("a page does not count as use")
	}
}
