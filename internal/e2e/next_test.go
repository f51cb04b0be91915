package e2e

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

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

// roads are the ways on which a visitor can be sent on, each from a fresh start to
// the page it ends at.
func roads(a *apptest.App, alice *apptest.User) map[string]func(b *tab, next string) {
	signIn := func(b *tab, next string) {
		b.dropCookies()
		b.open("/login?next=" + url.QueryEscape(next))
		// The form is the other way in: whoever could fill it in would not spare it.
		eval[bool](b, `(() => {
			const f = document.forms[0], i = document.createElement('input');
			f.querySelector('[name=next]')?.remove();
			Object.assign(i, {type: 'hidden', name: 'next', value: `+quote(next)+`});
			f.append(i);
			return true;
		})()`)
		b.fill("Username or email", "alice", "Password", alice.Password).press("Sign in")
		if b.path() == "/login/code" {
			a.Clock.Add(30 * time.Second)
			b.fill("Code", alice.Code()).press("Continue")
		}
	}
	return map[string]func(b *tab, next string){
		"signing in": signIn,
		"signed in already": func(b *tab, next string) {
			b.open("/login?next=" + url.QueryEscape(next))
		},
		"confirming": func(b *tab, next string) {
			b.open("/confirm?next=" + url.QueryEscape(next))
			if cancel := eval[string](b, "document.querySelector('.after a')?.href ?? ''"); cancel != "" && !strings.HasPrefix(cancel, b.base+"/") {
				b.t.Errorf("next %q makes Cancel lead to %s", next, cancel)
			}
		},
	}
}

// TestWE06_NextStaysHere follows every spelling on every road.
func TestWE06_NextStaysHere(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	if n := len(slices.Compact(slices.Sorted(slices.Values(elsewhere)))); n != len(elsewhere) || n < 60 {
		t.Fatalf("%d spellings, %d of them different; want 60 at least", len(elsewhere), n)
	}
	const lanes = 4
	for lane := range lanes {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			alice := a.AddUser("alice")
			a.Set("two_step", "administrators")
			b := signedIn(t, a, alice).noScript()
			b.bare()
			for name, road := range roads(a, alice) {
				road(b, "/security?x=1")
				if name != "confirming" {
					b.at("/security?x=1") // the road works
				}
				for i := lane; i < len(elsewhere); i += lanes {
					b.forget()
					road(b, elsewhere[i])
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
	if at := eval[string](b, "location.href"); !strings.HasPrefix(at, b.base+"/") {
		b.t.Errorf("%s with next %q: ended at %s", road, next, at)
		b.do("coming back", chromedp.Navigate(b.base+"/login"))
	}
}
