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
	"latchkey/internal/secret"
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
			s.Post("/mine", SignedIn, func(v *Visitor) error { return v.Text("mine") })
			s.Post("/done", Anyone, func(v *Visitor) error { return v.Redirect("/") })
			s.Post("/failed", Anyone, func(v *Visitor) error { return errors.New(long) })
			s.Post("/panicked", Anyone, func(v *Visitor) error { panic(long) })
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

func links(word string) bool { return word == "invite" || word == "reset" || word == "cancel" }

func TestLO04_PathInTheLog(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/":                                 "/",
		"":                                  "/",
		"/nowhere":                          "/nowhere",
		"/wp-login.php":                     "/wp-login.php",
		"/.env":                             "/.env",
		"/.git/config":                      "/.git/config",
		"/.well-known/security.txt":         "/.well-known/security.txt",
		"/apple-touch-icon-120x120.png":     "/…",
		"/apple-touch-icon-precomposed.png": "/apple-touch-icon-precomposed.png",
		"/api/v1/users":                     "/api/v1/users",
		"/2024/01/02":                       "/2024/01/02",
		"/Admin/Users/":                     "/Admin/Users/",
		"//double//slash":                   "//double//slash",
		"/admin/users/k3f9x0q2m7":           "/admin/users/…",
		"/invite":                           "/invite",
		"/invite/":                          "/invite/…",
		"/invite/anything/else":             "/invite/…",
		"/INVITE/anything":                  "/…",
		"/x/invite/anything":                "/x/invite/…",
		"/lost-phone/cancel/word":           "/lost-phone/cancel/…",
		"/setup/7K3QM9XW2FHT0B5C":           "/setup/…",
		"/123456":                           "/…",
		"/a b":                              "/…",
		"/line\nline":                       "/…",
		"/\x1b[31m/x":                       "/…",
		"/\u202egnp":                        "/…",
		"/größe":                            "/…",
		"/a?b=c":                            "/…",
		"/ok/" + strings.Repeat("a", 17):    "/ok/…",
		strings.Repeat("/word", 100):        strings.Repeat("/word", 32) + "/…",
		"/" + strings.Repeat("a.", 200):     "/…",
	} {
		if got := logPath(path, links); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

// TestLO04_NoTokenInThePath: a link that was mistyped, cut, doubled or glued leaves no
// usable piece of its token in the log.
func TestLO04_NoTokenInThePath(t *testing.T) {
	t.Parallel()
	const piece = 6 // characters: 36 of 256 bits
	for range 5000 {
		k := secret.Token()
		for _, path := range []string{
			"/" + k, "/invit/" + k, "/invite" + k, "/invite" + k[:20], "/Invite/" + k, "/reset/" + k + ".", "/reset/" + k + "/", "/reset/" + k + "=", "/invitee/" + k[:24],
			"/invite/" + k[:20] + "/" + k[20:], "/reste/" + k[:20] + "/" + k[20:], "/x/" + k[:21] + " " + k[21:], "/x-" + k, "/login/" + k + k, "/x/" + k[5:] + ">", "/x/" + k[:10] + "…",
		} {
			got := logPath(path, links)
			for i := 0; i+piece <= len(k); i++ {
				if strings.Contains(got, k[i:i+piece]) {
					t.Errorf("%q is logged as %q", path, got)
					break
				}
			}
		}
	}
}

func FuzzLO05_PathInTheLog(f *testing.F) {
	f.Add("/wp-login.php")
	f.Add("/\x00\n\u2028")
	f.Fuzz(func(t *testing.T, path string) {
		got := logPath(path, links)
		if len(got) > 2*maxLogPath || !strings.HasPrefix(got, "/") || strings.Trim(strings.TrimSuffix(got, elided), "/._~-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			t.Errorf("%q: %q", path, got)
		}
	})
}
