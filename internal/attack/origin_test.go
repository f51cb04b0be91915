package attack

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/web/route"
)

// source is what a request says about where it comes from.
type source struct{ site, origin string }

// sources are all we know, and whether a form may come from there.
func sources(own string) map[source]bool {
	host := own[strings.Index(own, "//")+2:]
	foreign := []string{
		"null", "https://evil.example", own + ".evil.example", own + "/", strings.Replace(own, "127.0.0.1", "localhost", 1),
		pick(strings.HasPrefix(own, "https"), "http://", "https://") + host, "file://", own[:len(own)-1], own + "," + own, "//" + host, host,
		strings.Replace(own, "127.0.0.1", "127.0.0.1.", 1), strings.Replace(own, "127.0.0.1", "evil@127.0.0.1", 1),
	}
	all := map[source]bool{{"", ""}: false, {"", own}: true}
	for _, site := range []string{"same-origin", "none"} {
		all[source{site, own}], all[source{site, ""}] = true, true
	}
	for _, site := range []string{"same-site", "cross-site", "nonsense", "SAME-ORIGIN", "same-origin, same-origin"} {
		all[source{site, own}], all[source{site, ""}] = false, false
	}
	for _, origin := range foreign {
		for _, site := range []string{"", "same-origin", "none", "same-site", "cross-site"} {
			all[source{site, origin}] = false
		}
	}
	return all
}

// from makes a request say so.
func (s source) from(r *http.Request) *http.Request {
	for name, value := range map[string]string{"Sec-Fetch-Site": s.site, "Origin": s.origin} {
		if r.Header.Del(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	return r
}

func TestWE04_Origins(t *testing.T) {
	t.Parallel()
	for _, https := range []bool{false, true} {
		a := apptest.Start(t, apptest.Options{HTTPS: https})
		alice := a.AddUser("alice")
		b := a.Browser()
		b.SignIn(alice)
		want := 0
		for s, allowed := range sources(a.URL) {
			want += pick(allowed, 1, 0)
			for path, visitor := range map[string]*apptest.Browser{"/security/sessions/end-others": b, "/login": a.Browser()} {
				c := visitor.Clone()
				r := s.from(c.Request(http.MethodPost, path, nil))
				r.Header.Set("Referer", a.URL+"/security")
				if got := c.Send(r).Status; (got != http.StatusForbidden) != allowed {
					t.Errorf("%s with Sec-Fetch-Site %q and Origin %q: %d, allowed %v", path, s.site, s.origin, got, allowed)
				}
			}
		}
		if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'session.ended'`); n != want {
			t.Errorf("%d of the forms were acted upon, want %d", n, want)
		}
	}
}

// TestWE04_Names sends forms to other names of this machine, and to a stranger's
// name that was made to point here (DNS rebinding).
func TestWE04_Names(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	_, port, _ := strings.Cut(strings.TrimPrefix(a.URL, "http://"), ":")
	for name, allowed := range map[string]bool{
		"127.0.0.1": true, "localhost": true, "[::1]": true,
		"evil.example": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "10.0.0.1": false, "0.0.0.0": false,
	} {
		for _, site := range []string{"", "same-origin"} {
			r := source{site, "http://" + name + ":" + port}.from(a.Browser().Request(http.MethodPost, "/login", nil))
			r.Host = name + ":" + port
			if got := a.Browser().Send(r).Status; (got != http.StatusMisdirectedRequest) != allowed || got == http.StatusForbidden {
				t.Errorf("a form under the name %s, Sec-Fetch-Site %q: %d, allowed %v", name, site, got, allowed)
			}
		}
	}
}

// TestWE05_Methods asks every route with methods that no page of ours uses, and
// every route that acts with a GET that claims to be a POST.
func TestWE05_Methods(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	all, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	fill, before := strings.NewReplacer(":id", alice.ID, ":token", "none", ":name", "none.css"), rows(t, a)
	for _, r := range all {
		path := fill.Replace(r.Path)
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "POSTS", "LINK"} {
			c := b.Clone()
			p := c.Send(c.Request(method, path, nil))
			if p.Status != http.StatusMethodNotAllowed || p.Header.Get("Allow") == "" {
				t.Errorf("%s %s answers %d, Allow %q", method, r.Path, p.Status, p.Header.Get("Allow"))
			}
		}
		page := func(other route.Route) bool { return other.Path == r.Path && other.Method == http.MethodGet }
		if r.Method == http.MethodPost && !slices.ContainsFunc(all, page) {
			disguised(b, path)
		}
	}
	b.Clone().Post("/logout", "_method", "DELETE").Is(http.StatusBadRequest)
	if after := rows(t, a); after != before || !b.SignedInAs(alice) {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// disguised sends a GET in ways that some frameworks take for a POST.
func disguised(b *apptest.Browser, path string) {
	for _, change := range []func(*http.Request){
		func(*http.Request) {},
		func(r *http.Request) { r.Header.Set("X-HTTP-Method-Override", "POST") },
		func(r *http.Request) { r.Header.Set("X-Method-Override", "POST") },
		func(r *http.Request) { r.URL.RawQuery = "_method=POST" },
	} {
		c := b.Clone()
		r := c.Request(http.MethodGet, path, nil)
		change(r)
		c.Send(r)
	}
}
