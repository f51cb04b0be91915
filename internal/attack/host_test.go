package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/apptest"
)

// TestEX01_AnotherHostIsToldWhereTheSiteIs: no page, form or file of ours is served under
// another name but those that are the same for everybody, and the page says where to go.
func TestEX01_AnotherHostIsToldWhereTheSiteIs(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{OneNode: true, HTTPS: true})
	b := a.Browser()
	b.SignIn(a.Admin)
	all, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	b.Clone().Get("/readyz") // which writes something at its first time
	fill, before := strings.NewReplacer(":id", a.Admin.ID, ":token", "none", ":name", "none.css"), rows(t, a)
	open := map[string]bool{"/healthz": true, "/readyz": true, "/static/:name": true, "/theme.css": true, "/favicon.ico": true}
	for _, r := range all {
		c := b.Clone()
		sent := c.Request(r.Method, fill.Replace(r.Path), url.Values{"username": {"x"}})
		sent.Host = "evil.example"
		if p := c.Send(sent); (p.Status == http.StatusMisdirectedRequest) == open[r.Path] || p.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s %s under another name: %d, cookies %q", r.Method, r.Path, p.Status, p.Header.Values("Set-Cookie"))
		}
	}
	if after := rows(t, a); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	for host, at := range map[string]string{
		"192.168.1.5:8080": "You are at https://192.168.1.5:8080.", "Evil.Example": "You are at https://evil.example.", "[fd00::1]": "You are at https://[fd00::1].",
		"<b>x</b>": "Your request did not name a host that we could read.", strings.Repeat("x", 400): "did not name a host",
	} {
		r := b.Clone().Request(http.MethodGet, "/security", nil)
		r.Host = host
		p := b.Clone().Send(r).Is(http.StatusMisdirectedRequest).Sees("This site answers at "+a.URL+".", at, "Go to "+a.URL).SeesNot(a.Admin.Username)
		if href, _ := p.Doc().Find("main .after a").Attr("href"); href != a.URL+"/" || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: leads to %q, %v", host, href, p.Header)
		}
	}
	log := a.Log.String()
	if n := strings.Count(log, "a request was for another host"); n != 1 || !strings.Contains(log, `"host":"evil.example"`) {
		t.Errorf("%d warnings, want 1", n)
	}
}

// TestEX01_HostBehindAProxy: what a proxy made of the host is not told as where the person
// is, unless it says so.
func TestEX01_HostBehindAProxy(t *testing.T) {
	t.Parallel()
	a, untrusted := apptest.Start(t, apptest.Options{Proxied: true, HTTPS: true}), apptest.Start(t, apptest.Options{HTTPS: true})
	ask := func(a *apptest.App, host string, headers ...string) *apptest.Page {
		r := a.Browser().Request(http.MethodGet, "/login", nil)
		r.Host = host
		r.Header.Set("X-Forwarded-For", "198.51.100.7")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return a.Browser().Send(r)
	}
	const other, proxied, hint = http.StatusMisdirectedRequest, "Your request arrived here for upstream:8080.", "make it pass on the Host header unchanged"
	ask(a, "upstream:8080").Is(other).Sees(proxied, hint)
	ask(untrusted, "upstream:8080").Is(other).Sees(proxied, hint)
	ask(untrusted, "upstream:8080", "X-Forwarded-Host", strings.TrimPrefix(untrusted.URL, "https://")).Is(other).Sees(proxied)
	ask(a, "upstream:8080", "X-Forwarded-Host", "login.old.example").Is(other).Sees("You are at https://login.old.example.")
	ask(a, "upstream:8080", "X-Forwarded-Host", strings.TrimPrefix(a.URL, "https://")).Is(http.StatusOK)
	b := a.Browser().From("198.51.100.7")
	b.SignIn(a.Admin)
	with(b, "/admin/settings/general", "X-Forwarded-Host", "evil.example").Is(http.StatusOK).SeesNot("evil")
}
