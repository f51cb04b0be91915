package check

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/access"
)

// TestFD08_FindsWhoGetsIn: an application that can be reached around the proxy, one that
// believes what it is told, and a proxy that does not do its work.
func TestFD08_FindsWhoGetsIn(t *testing.T) {
	t.Parallel()
	far := time.Now().Add(90 * 24 * time.Hour)
	open := func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("the pages of everybody")) }
	// behind is guarded but for those of whom it believes something.
	behind := func(in func(*http.Request) bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/.latchkey/") && in(r) {
				open(w, r)
				return
			}
			guarded(w, r)
		}
	}
	has := func(name string) http.HandlerFunc {
		return behind(func(r *http.Request) bool { return len(r.Header[name]) > 0 })
	}
	answers := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		change  func(*access.Wish)
		want    Level
		says    string // what has to be in it
	}{
		"guarded":                  {handler: guarded, want: Fine, says: "Nobody gets in"},
		"open":                     {handler: open, want: Broken, says: "Anybody gets in at https://wiki.example/:"},
		"open, no content":         {handler: answers(http.StatusNoContent), want: Broken, says: "it answers 204"},
		"believes Remote-User":     {handler: has("Remote-User"), want: Broken, says: "who sends Remote-User"},
		"believes X-WEBAUTH-USER":  {handler: has("X-Webauth-User"), want: Broken, says: "who sends Remote-User and the headers like it"},
		"believes Remote_User":     {handler: has("Remote_user"), want: Broken, says: "who sends Remote_User"},
		"believes Remote.User":     {handler: has("Remote.user"), want: Broken, says: "Remote.User"},
		"believes X-Forwarded-Uri": {handler: has("X-Forwarded-Uri"), want: Broken, says: "who sends X-Forwarded-Uri"},
		"believes X-Original-URL":  {handler: has("X-Original-Url"), want: Broken, says: "X-Original-URL"},
		"open to strangers, and believes": {handler: func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("hello " + r.Header.Get("Remote-User")))
		}, want: Broken, says: "takes a stranger for admin"},
		"lets forged requests through": {handler: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Forwarded-Uri") != "" {
				http.NotFound(w, r)
				return
			}
			guarded(w, r)
		}, want: Broken, says: "lets requests through"},
		"signs in by itself": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, want: Broken, says: "it sends people to https://wiki.example/login"},
		"leads elsewhere": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example.evil/apps/enter", http.StatusFound)
		}, want: Broken, says: "login.example.evil"},
		"no pages of ours": {handler: func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/.latchkey/") {
				http.NotFound(w, r)
				return
			}
			guarded(w, r)
		}, want: Broken, says: "https://wiki.example/.latchkey/start does not lead to this site (it answers 404)"},
		"the proxy fails": {handler: answers(http.StatusBadGateway), want: Broken, says: "answers 502: the proxy cannot"},
		"nothing there":   {handler: answers(http.StatusNotFound), want: Broken, says: "answers 404"},
		"refused by its own": {handler: func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/.latchkey/") {
				guarded(w, r)
				return
			}
			w.WriteHeader(http.StatusUnauthorized)
		}, want: Weak, says: "not sent to sign in"},
		"a public start": {handler: func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/welcome") {
				open(w, r)
				return
			}
			guarded(w, r)
		}, change: func(w *access.Wish) { w.LaunchURL, w.Public = "https://wiki.example/welcome", []string{"/welcome"} }, want: Fine, says: "at https://wiki.example/ without"},
		"another page than the first": {handler: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/home" {
				open(w, r)
				return
			}
			guarded(w, r)
		}, change: func(w *access.Wish) { w.LaunchURL = "https://wiki.example/home" }, want: Broken, says: "Anybody gets in at https://wiki.example/home"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wish := wiki()
			if c.change != nil {
				c.change(&wish)
			}
			checker := checked(t, wish)
			cert, roots := certificate(t, far, "wiki.example", "login.example")
			checker.Roots = roots
			checker.listens(t, &cert, c.handler, "wiki.example:443")
			checker.listens(t, &cert, guarded, "login.example:443")
			expect(t, of(checker.Run(context.Background()), "application"), c.want, c.says)
		})
	}
}

// expect wants one finding with these words, and none that is worse.
func expect(t *testing.T, found []Finding, want Level, says string) {
	t.Helper()
	matched := false
	for _, f := range found {
		if f.Level == want && strings.Contains(f.Says, says) {
			matched = true
		}
		if f.Level == Broken && want != Broken {
			t.Errorf("broken: %s", f.Says)
		}
		if f.Level != Fine && f.Do == "" {
			t.Errorf("what to do is not said: %+v", f)
		}
		if f.Of != "wiki" {
			t.Errorf("it is about %q", f.Of)
		}
	}
	if !matched {
		t.Errorf("no %s with %q in %+v", want, says, found)
	}
}

// TestFD08_CertificatesAndPorts: what is wrong with TLS, and what is open beside it.
func TestFD08_CertificatesAndPorts(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		ends    time.Duration
		host    string
		unknown bool // the authority is not believed
		plain   bool // without TLS
		clear   http.HandlerFunc
		want    Level
		says    string
	}{
		"good":         {ends: 90 * day, host: "wiki.example", want: Fine, says: "Nobody gets in"},
		"ends soon":    {ends: 3 * day, host: "wiki.example", want: Weak, says: "ends on"},
		"expired":      {ends: -day, host: "wiki.example", want: Broken, says: "has expired"},
		"another host": {ends: 90 * day, host: "notes.example", want: Broken, says: "for another host"},
		"unknown":      {ends: 90 * day, host: "wiki.example", unknown: true, want: Broken, says: "does not know"},
		"without TLS":  {plain: true, want: Broken, says: "does not speak TLS"},
		"open without": {ends: 90 * day, host: "wiki.example", clear: func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) }, want: Broken, says: "Anybody gets in at http://wiki.example/, without TLS"},
		"leads to https": {ends: 90 * day, host: "wiki.example", clear: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://wiki.example/", http.StatusMovedPermanently)
		}, want: Fine, says: "Nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checker := checked(t, wiki())
			cert, roots := certificate(t, time.Now().Add(c.ends), c.host)
			with := &cert
			if c.plain {
				with = nil
			}
			if checker.Roots = roots; c.unknown {
				_, checker.Roots = certificate(t, time.Now(), "x")
			}
			checker.listens(t, with, guarded, "wiki.example:443")
			if c.clear != nil {
				checker.listens(t, nil, c.clear, "wiki.example:80")
			}
			expect(t, of(checker.Run(context.Background()), "application"), c.want, c.says)
		})
	}
}

// TestFD08_NobodyThere: what cannot be asked is said, and is no proof of anything.
func TestFD08_NobodyThere(t *testing.T) {
	t.Parallel()
	checker := checked(t, wiki())
	expect(t, of(checker.Run(context.Background()), "application"), Weak, "could not be asked: nobody answers")
}

// TestFD08_IsBounded: a host that never answers does not hold up the check, and what was not asked is said.
func TestFD08_IsBounded(t *testing.T) {
	t.Parallel()
	checker := checked(t, wiki())
	ctx, cancel := context.WithCancel(context.Background())
	cert, roots := certificate(t, time.Now().Add(time.Hour), "wiki.example")
	checker.Roots = roots
	checker.listens(t, &cert, func(_ http.ResponseWriter, r *http.Request) {
		cancel() // as the end of the time does
		<-r.Context().Done()
	}, "wiki.example:443")
	expect(t, of(checker.Run(ctx), "application"), NotAsked, "the time was over")
}

// TestFD08_ChangesNothing: only pages are asked for, and no cookie is sent.
func TestFD08_ChangesNothing(t *testing.T) {
	t.Parallel()
	checker := checked(t, wiki())
	cert, roots := certificate(t, time.Now().Add(90*24*time.Hour), "wiki.example", "login.example")
	checker.Roots = roots
	asked := make(chan string, 100)
	checker.listens(t, &cert, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " cookies " + r.Header.Get("Cookie")
		http.SetCookie(w, &http.Cookie{Name: "__Host-latchkey-app-start", Value: "x", Path: "/", Secure: true})
		guarded(w, r)
	}, "wiki.example:443", "login.example:443")
	checker.Run(context.Background())
	close(asked)
	n := 0
	for got := range asked {
		if n++; got != "GET cookies " {
			t.Errorf("asked %q", got)
		}
	}
	if n == 0 || n > 8 {
		t.Errorf("%d requests", n)
	}
}
