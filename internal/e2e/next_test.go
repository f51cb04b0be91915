package e2e

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"latchkey/internal/apptest"
)

// elsewhere are spellings of places that are not a page of ours, as browsers,
// proxies and parsers disagree about them.
var elsewhere = []string{
	"https://evil.example", "http://evil.example/", "HTTPS://evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example",
	"http:\\\\evil.example", "https:\\evil.example", "ftp://evil.example", "ws://evil.example", "blob:https://evil.example/1", "filesystem:https://evil.example/1",
	"//evil.example", "///evil.example", "////evil.example", "//evil.example/profile", "//evil.example:80", "//evil%2eexample", "//evil。example", "//ｅvil.example",
	"//evil.example\\@127.0.0.1", "//127.0.0.1@evil.example", "//127.0.0.1:80#@evil.example", "//user:password@evil.example", "//[::1]/", "//0x7f000001", "//2130706433", "//localhost",
	"/\\evil.example", "\\/evil.example", "\\\\evil.example", "/\\/evil.example", "\\/\\/evil.example", "/\\\\evil.example", "\\evil.example", "/%5cevil.example", "/%5c/evil.example", "/%2fevil.example", "/%2f%2fevil.example", "%2f%2fevil.example",
	"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", "\n//evil.example", " //evil.example", "\u00a0//evil.example", "\u0000//evil.example", "/\u0000/evil.example", "h\nttps://evil.example", "\x01https://evil.example",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "javascript://%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:alert(1)", "about:blank", "view-source:http://evil.example",
	"/profile/..//evil.example", "/profile/../\\evil.example", "/profile/%2e%2e//evil.example", "/profile/..;//evil.example", "/security/../../evil.example", "/profile//evil.example", "/profile\\..\\..\\evil.example", "/./\\evil.example", "/.//evil.example", "/..//evil.example",
	"profile", "profile/../../evil.example", "./profile", "../evil.example", "?next=//evil.example", "#//evil.example", ";//evil.example", "@evil.example", ".evil.example", ":80@evil.example", "",
	"/profile\r\nLocation: https://evil.example", "/profile%0d%0aLocation:%20https://evil.example", "/profile?x=\r\nSet-Cookie: a=b", "/logout", "/login?next=//evil.example", "/invite/x", "/profile@evil.example", "/profile:80", "/profile.evil.example", "/profile//", "/admin//evil.example/%2e%2e",
}

// roads are the ways on which a visitor can be sent on. They leave in tab.landed
// where they end. Nora has no phone, Alice has.
func roads(a *apptest.App, nora, alice *apptest.User) map[string]func(b *tab, next string) {
	return map[string]func(b *tab, next string){
		"signing in": func(b *tab, next string) {
			b.dropCookies()
			b.open("/login?next=" + url.QueryEscape(next))
			b.refill(next)
			b.fill("Username or email", nora.Username, "Password", nora.Password).press("Sign in")
			b.landed = eval[string](b, "location.href")
		},
		"signed in already": func(b *tab, next string) {
			b.fetch("GET", "/login?next="+url.QueryEscape(next), "")
		},
		"confirming": func(b *tab, next string) {
			b.fetch("GET", "/confirm?next="+url.QueryEscape(next), "")
			b.fetch("POST", "/confirm", url.Values{"password": {nora.Password}, "next": {next}}.Encode())
		},
		"signing in with a code": func(b *tab, next string) {
			b.dropCookies()
			a.Clock.Add(30 * time.Second)
			b.fetch("POST", "/login", url.Values{"username": {alice.Username}, "password": {alice.Password}, "next": {next}}.Encode())
			b.fetch("POST", "/login/code", "code="+alice.Code())
		},
	}
}

// order is the ways in an order in which each finds what it needs.
var order = []string{"signing in", "signed in already", "confirming", "signing in with a code"}

// refill puts next into the form itself: somebody who can fill it in would do so.
func (b *tab) refill(next string) {
	b.t.Helper()
	eval[bool](b, `(() => {
		const f = document.forms[0], i = document.createElement('input');
		f.querySelector('[name=next]')?.remove();
		Object.assign(i, {type: 'hidden', name: 'next', value: `+quote(next)+`});
		f.append(i);
		return true;
	})()`)
}

// fetch asks from the page, as its scripts could: a redirect is followed by the
// same part of the browser that follows it for a page, at a tenth of the work.
func (b *tab) fetch(method, path, form string) {
	b.t.Helper()
	body := ""
	if method == "POST" {
		body = ", body: new URLSearchParams(" + quote(form) + ")"
	}
	b.landed = eval[string](b, "fetch("+quote(path)+", {method: "+quote(method)+body+"}).then((r) => r.url, (e) => 'nowhere: ' + e)")
}

// TestWE06_NextStaysHere follows every spelling on every way.
func TestWE06_NextStaysHere(t *testing.T) {
	t.Parallel()
	need(t, headless)
	if n := len(slices.Compact(slices.Sorted(slices.Values(elsewhere)))); n != len(elsewhere) || n < 60 {
		t.Fatalf("%d spellings, %d of them different; want 60 at least", len(elsewhere), n)
	}
	const lanes = 4
	for lane := range lanes {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			a.Set("two_step", "administrators")
			b := newTab(t, a.URL)
			b.bare()
			ways := roads(a, a.AddUser("nora", apptest.NoPhone), a.AddUser("alice"))
			for _, name := range order {
				if ways[name](b, "/security?x=1"); b.landed != b.base+"/security?x=1" {
					t.Fatalf("%s leads to %s and nowhere else, so this test sees nothing", name, b.landed)
				}
				for i := lane; i < len(elsewhere); i += lanes {
					b.forget()
					ways[name](b, elsewhere[i])
					b.stayed(name, elsewhere[i])
				}
			}
		})
	}
}

// bare does without style sheet and fonts, which cost most of a page.
func (b *tab) bare() {
	b.t.Helper()
	call(b, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: b.base + "/static/*", Block: true}}})
}

// stayed wants that nothing but base was asked or shown.
func (b *tab) stayed(road, next string) {
	b.t.Helper()
	if urls := b.foreign(b.base); len(urls) > 0 {
		b.t.Errorf("%s with next %q: asked for %q", road, next, urls)
	}
	if !strings.HasPrefix(b.landed, b.base+"/") {
		b.t.Errorf("%s with next %q: ended at %s", road, next, b.landed)
		b.open("/login")
	}
}
