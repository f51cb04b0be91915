package binary

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// redirects is attacks that would lead somebody away who signs in: as many spellings of a
// place as are known to have worked elsewhere, by kind.
var redirects = family{"redirects", []attack{
	{id: "WE-06/a", requirement: "Whole addresses of other sites are not followed after signing in.", try: nexts("https://evil.example", "http://evil.example/profile", "HTTPS://EVIL.EXAMPLE", "https:evil.example", "https:/evil.example", "http:///evil.example", "https://login.example.evil.example/profile", "https://login.example@evil.example/")},
	{id: "WE-06/b", requirement: "Addresses without a scheme are not followed.", try: nexts("//evil.example", "///evil.example", "////evil.example", "//evil.example/profile", "//login.example@evil.example", "/profile//evil.example", "//%2fevil.example", "//evil%E3%80%82example")},
	{id: "WE-06/c", requirement: "Backslashes, which browsers take for slashes, lead nowhere.", try: nexts(`/\evil.example`, `\/evil.example`, `\\evil.example`, `/\/evil.example`, `/\\evil.example`, `/profile\..\..\evil`, `/profile\@evil.example`, `https:\\evil.example`)},
	{id: "WE-06/d", requirement: "Encoded slashes and dots lead nowhere.", try: nexts("/%2fevil.example", "/%5cevil.example", "/%2f%2fevil.example", "%2f%2fevil.example", "/profile%2f..%2f..%2fevil", "/profile/%2e%2e/%2e%2e/evil", "/profile/..//evil.example", "/profile/../../evil.example")},
	{id: "WE-06/e", requirement: "Control characters, spaces and letters that are left out lead nowhere and split no header.", try: nexts("/\t/evil.example", "/\n/evil.example", "\t//evil.example", "/profile\r\nLocation: //evil.example", "/\x00/evil.example", "ht\ntps://evil.example", " //evil.example", "\u3000//evil.example", "//\u200bevil.example", "/profile\u202e")},
	{id: "WE-06/f", requirement: "Addresses that run something are not followed.", try: nexts("javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "/javascript:alert(1)", "blob:https://login.example/x", "file:///etc/passwd")},
	{id: "WE-06/g", requirement: "Places of our own that do something, or lie beside a page, are not gone to.", try: nexts("/logout", "/login/cancel", "/setup", "/invite/token", "/static/app.js", "/Profile", "/profileevil", "/profile.evil.example", "/adminevil", "/healthz", "/.evil.example", "?next=//evil.example", "#//evil.example")},
	{id: "WE-06/h", requirement: "The page that asks for a proof leads back to our own pages only.", try: confirmNexts},
}}

func TestRedirects(t *testing.T) { run(t, &redirects) }

// stays reports whether a browser that is led to this place is on a page of ours: it drops
// tabs and line breaks, and takes a backslash for a slash.
func (t *T) staysHere(to string) bool {
	seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimSpace(to))
	base, err := url.Parse(t.base)
	t.must(err)
	place, err := base.Parse(seen)
	return err == nil && seen == to && place.Scheme == base.Scheme && place.Host == base.Host && !strings.Contains(strings.ToLower(to), "evil")
}

// nexts signs somebody in with each of these as the page to go to afterwards.
func nexts(places ...string) func(t *T) string {
	return func(t *T) string {
		in := t.signedIn(t.user())
		for _, next := range places {
			if a := in.copy().get("/login?next=" + url.QueryEscape(next)); a.Status != http.StatusSeeOther || a.To() != "/profile" {
				t.Errorf("/login?next=%q leads to %q", next, a.To())
			}
			b := t.browser()
			if b.get("/login?next=" + url.QueryEscape(next)); strings.Contains(b.Body, "evil") {
				t.Errorf("/login?next=%q has it on the page", next)
			}
		}
		victim, next := t.user(), places[0]
		b := t.browser()
		b.post("/login", "username", victim.Name, "password", victim.Password, "next", next)
		if b.To() == "/login/code" {
			b.post("/login/code", "code", t.code(victim))
		}
		if b.Status == http.StatusSeeOther && !t.staysHere(b.To()) {
			t.Errorf("signing in with %q leads to %q", next, b.To())
		}
		return fmt.Sprintf("%d spellings led to /profile and stood on no page.", len(places))
	}
}

func confirmNexts(t *T) string {
	victim := t.user()
	in := t.signedIn(victim)
	places := []string{"https://evil.example", "//evil.example", `/\evil.example`, "/%2f%2fevil.example", "/\t/evil.example", "javascript:alert(1)", "/logout"}
	for _, next := range places {
		if a := in.copy().get("/confirm?next=" + url.QueryEscape(next)); strings.Contains(a.Body, "evil") || strings.Contains(a.Body, "javascript:") {
			t.Errorf("/confirm?next=%q has it on the page", next)
		}
	}
	in.post("/confirm", "password", victim.Password, "code", t.code(victim), "next", places[0])
	if in.Status != http.StatusSeeOther || in.To() != "/security" {
		t.Errorf("answered %d to %q", in.Status, in.To())
	}
	return fmt.Sprintf("%d spellings stood on no page, and a proof led to /security.", len(places))
}
