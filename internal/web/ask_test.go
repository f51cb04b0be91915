package web

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestFD01_QuestionsAreLetPassOneWayOrTheOther: what is as plain as proxies send it is answered before the router,
// everything else by it, and nobody passes because of a panic on the way.
func TestFD01_QuestionsAreLetPassOneWayOrTheOther(t *testing.T) {
	t.Parallel()
	var passed, handled []string
	pass := func(v *Visitor, slug string) bool {
		passed = append(passed, slug)
		if slug == "panics" {
			panic("on the way")
		}
		v.W.Header()["Remote-User"] = []string{"ada"}
		if slug != "denied" {
			v.W.WriteHeader(http.StatusOK)
		}
		return slug != "denied"
	}
	site := newSite(t, "https://login.example", func(s *Site) {
		s.Ask(ForwardAuthPath, pass, func(v *Visitor) error {
			handled = append(handled, v.Param("app"))
			return errors.New("asked anew")
		})
	}, netip.MustParsePrefix("192.0.2.1/32"))
	var log bytes.Buffer
	site.Log = slog.New(slog.NewTextHandler(&log, nil))
	ask := func(target string, change func(*http.Request)) *httptest.ResponseRecorder {
		passed, handled = nil, nil
		r := httptest.NewRequest(http.MethodGet, target, nil)
		if change != nil {
			change(r)
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		return w
	}
	w := ask("/forward-auth/wiki", nil)
	if w.Code != http.StatusOK || len(passed) != 1 || len(handled) != 0 || len(w.Header()) != 2 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("let pass: %d, %v, handled %v", w.Code, w.Header(), handled)
	}
	for _, slug := range []string{"denied", "panics"} {
		if w := ask("/forward-auth/"+slug, nil); w.Code != http.StatusInternalServerError || len(handled) != 1 || w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Remote-User") != "" {
			t.Errorf("%s: %d, %v, handled %v", slug, w.Code, w.Header(), handled)
		}
	}
	if !strings.Contains(log.String(), "on the way") {
		t.Error("the panic is not in the log")
	}
	for what, change := range map[string]func(*http.Request){
		"a stranger":      func(r *http.Request) { r.RemoteAddr = "203.0.113.9:1" },
		"a form":          func(r *http.Request) { r.Method = http.MethodPost },
		"a body":          func(r *http.Request) { r.ContentLength = 3 },
		"a body in parts": func(r *http.Request) { r.TransferEncoding = []string{"chunked"} },
		"HTTP/1.0":        func(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0 },
		"an escaped path": func(r *http.Request) { r.URL.RawPath = "/forward-auth/%77iki" },
		"a longer path":   func(r *http.Request) { r.URL.Path = "/forward-auth/wiki/x" },
		"no application":  func(r *http.Request) { r.URL.Path = "/forward-auth/" },
		"another path":    func(r *http.Request) { r.URL.Path = "/forward-auths/wiki" },
	} {
		if w := ask("/forward-auth/wiki", change); w.Code == http.StatusOK || len(passed) != 0 || w.Header().Get("Remote-User") != "" {
			t.Errorf("%s: %d, %v", what, w.Code, w.Header())
		}
	}
	site.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	log.Reset()
	if ask("/forward-auth/wiki", nil); !strings.Contains(log.String(), "route=/forward-auth/:app status=200") {
		t.Errorf("where every request is logged, this one is not: %s", &log)
	}
}
