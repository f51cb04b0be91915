package web

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"latchkey/internal/logs"
	"latchkey/internal/web/route"
)

// TestEX01_StrangersDoNotFillTheLog: whatever is refused or goes wrong however often,
// there is a bounded number of lines a minute, each of them short, and a number instead of
// the rest.
func TestEX01_StrangersDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\U000e0001", 3000)
	for name, change := range map[string]func(r *http.Request){
		"not found":    func(r *http.Request) { r.URL.Path = "/nowhere" },
		"another host": func(r *http.Request) { r.Host = long },
		"foreign":      func(r *http.Request) { r.Header.Set("Origin", long); r.Header.Set("Sec-Fetch-Site", long) },
		"no form":      func(r *http.Request) { r.Header.Set("Content-Type", long) },
		"no method":    func(r *http.Request) { r.Method = "PROPFIND" },
		"refused":      func(r *http.Request) { r.URL.Path = "/mine" },
		"done":         func(r *http.Request) { r.URL.Path = "/done" },
		"failed":       func(r *http.Request) { r.URL.Path = "/failed" },
		"panicked":     func(r *http.Request) { r.URL.Path = "/panicked" },
	} {
		var out bytes.Buffer
		now := time.Unix(1_900_000_000, 0)
		s := newSite(t, "http://localhost:1", func(s *Site) {
			s.Post("/mine", route.SignedIn, func(v *Visitor) error { return v.Text("mine") })
			s.Post("/done", route.Anyone, func(v *Visitor) error { return v.Redirect("/") })
			s.Post("/failed", route.Anyone, func(v *Visitor) error { return errors.New(long) })
			s.Post("/panicked", route.Anyone, func(v *Visitor) error { panic(long) })
		}, netip.MustParsePrefix("192.0.2.1/32"))
		s.Now = func() time.Time { return now }
		s.Log = slog.New(logs.Bound(slog.NewTextHandler(&out, nil)))
		send := func(from string) {
			r := post("")
			r.Header.Set("Origin", "http://localhost:1")
			r.Header.Set("X-Forwarded-For", from)
			change(r)
			s.ServeHTTP(httptest.NewRecorder(), r)
		}
		for range 80 {
			send("198.51.100.7")
		}
		if n := strings.Count(out.String(), "msg=request "); n != logs.MaxNetworkLines {
			t.Errorf("%s: %d lines of one network", name, n)
		}
		for i := range 220 {
			send(fmt.Sprintf("203.0.%d.%d", 113+i/110, i%110))
		}
		if name == "panicked" && !strings.Contains(out.String(), "stack=\"goroutine ") {
			t.Errorf("no stack of a panic: %.600s", out.String())
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if n := strings.Count(out.String(), "msg=request "); n != logs.MaxLines || len(lines) > 2*logs.MaxLines+1 {
			t.Errorf("%s: %d lines about requests, %d in all", name, n, len(lines))
		}
		for _, line := range lines {
			if len(line) > 2500 && name != "panicked" || len(line) > 2500+logs.MaxStack {
				t.Errorf("%s: a line of %d bytes: %.200s", name, len(line), line)
			}
		}
		out.Reset()
		now = now.Add(time.Minute)
		send("198.51.100.7")
		if !strings.Contains(out.String(), fmt.Sprintf("of=request lines=%d", 300-logs.MaxLines)) || strings.Count(out.String(), "msg=request ") != 1 {
			t.Errorf("%s: a minute later %s", name, out.String())
		}
		s.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		out.Reset()
		for range 80 {
			send("198.51.100.7")
		}
		if n := strings.Count(out.String(), "msg=request "); n != 80 {
			t.Errorf("%s: %d lines for debugging", name, n)
		}
	}
}

// TestEX01_LeftOutIsToldAtTheEnd: a server that stops says what it did not write.
func TestEX01_LeftOutIsToldAtTheEnd(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := newSite(t, "http://localhost:1", nil)
	s.Log = slog.New(slog.NewTextHandler(&out, nil))
	for range logs.MaxNetworkLines + 5 {
		r := post("")
		r.URL.Path = "/nowhere"
		r.Header.Set("Origin", "http://localhost:1")
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if s.Stop(); !strings.Contains(out.String(), "of=request lines=5 ") {
		t.Error(out.String())
	}
}
