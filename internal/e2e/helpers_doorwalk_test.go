package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/network"

	"latchkey/internal/check"
	"latchkey/internal/config"
)

// walks goes the ways of people in Chromium, and returns Bob's cookie of the wiki.
func (d *door) walks() (cookie string) {
	d.t.Helper()
	b := newTabOf(d.t, whole, d.server.url)
	const page = "/page?a=1&b=%2F..%2Fc"
	b.open(d.origin("wiki.example") + page)
	d.arrives(b, publicHost)
	b.fill("Username or email", bob, "Password", password).press("Sign in")
	d.arrives(b, "wiki.example")
	b.at(d.origin("wiki.example")+page).sees("The wiki", `"Remote-User": [ "bob" ]`, "Zoë 北京")
	cookie = d.cookieIn(b, "wiki.example")

	// The other application, a real one, without signing in again. It knows who it is, and for whom its calendars are.
	b.open(d.origin("notes.example") + "/.web/")
	d.arrives(b, "notes.example")
	b.at(d.origin("notes.example") + "/.web/")
	for path, want := range map[string]int{"/bob/": 207, "/ann/": 403} {
		if got := eval[int](b, fmt.Sprintf("fetch(%q, {method: 'PROPFIND'}).then((r) => r.status)", path)); got != want {
			d.t.Errorf("PROPFIND %s is answered by %d, want %d", path, got, want)
		}
	}

	// Scripts, a form and a WebSocket.
	b.open(d.origin("wiki.example") + "/again").at(d.origin("wiki.example") + "/again")
	if got := eval[string](b, "fetch('/api').then((r) => r.status + ' ' + r.redirected)"); got != "200 false" {
		d.t.Errorf("fetch is answered by %s", got)
	}
	if got := eval[string](b, "fetch('/api', {credentials: 'omit'}).then((r) => r.status + ' ' + r.redirected)"); got != "401 false" {
		d.t.Errorf("fetch without the cookie is answered by %s", got)
	}
	b.fill("Text", "what was typed").press("Save").sees(`"Method": "POST"`, "what+was+typed", `"bob"`)
	const socket = `new Promise((yes, no) => { const s = new WebSocket('wss://' + location.host + '/ws'); s.onopen = () => s.send('hello'); s.onmessage = (m) => yes(m.data); s.onerror = () => no(new Error('refused')) })`
	if got := eval[string](b, socket); got != "bob says hello" {
		d.t.Errorf("the WebSocket says %q", got)
	}

	d.signsOutHere(b)
	d.hasNoAccess(newTab(d.t, d.server.url))
	return d.again(cookie)
}

// arrives waits until a page of a host is there that is not on the way to another.
func (d *door) arrives(b *tab, host string) {
	d.t.Helper()
	b.until(fmt.Sprintf("location.host === %q && !location.pathname.startsWith('/.latchkey/') && location.pathname !== '/apps/enter' && document.readyState === 'complete'", host+":"+d.https))
}

// cookieIn is the application's cookie, which must be for this host and TLS only.
func (d *door) cookieIn(b *tab, host string) string {
	d.t.Helper()
	for _, c := range call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{d.origin(host)}}).Cookies {
		if c.Name == "__Host-latchkey-app" {
			if !c.Secure || !c.HTTPOnly || c.Path != "/" || c.Domain != host {
				d.t.Errorf("a cookie %+v", c)
			}
			return c.Name + "=" + c.Value
		}
	}
	d.t.Fatalf("no cookie on %s", host)
	return ""
}

// signsOutHere: after signing out at Latchkey both applications are closed at the next request, a form
// that was open is not lost in a redirect, and a script gets no page.
func (d *door) signsOutHere(b *tab) {
	d.t.Helper()
	form := b.sibling()
	form.open(d.origin("wiki.example")+"/form").fill("Text", "not yet saved")
	b.open("/profile").signOut()
	got := d.wiki.since(func() {
		if got := eval[int](form, "fetch('/api').then((r) => r.status)"); got != http.StatusUnauthorized {
			d.t.Errorf("after signing out fetch is answered by %d", got)
		}
		form.press("Save")
		if status := form.watch.requests(); status[len(status)-1].status != http.StatusUnauthorized && !answered(status, "/save", http.StatusUnauthorized) {
			d.t.Errorf("after signing out a form is answered by %+v", status[len(status)-1])
		}
		form.back()
		if got := eval[string](form, "document.getElementById('t').value"); got != "not yet saved" {
			d.t.Errorf("after Back there is %q", got)
		}
		b.open(d.origin("wiki.example") + "/page")
		d.arrives(b, publicHost)
		b.open(d.origin("notes.example") + "/.web/")
		d.arrives(b, publicHost)
	})
	for _, a := range got {
		if !strings.HasPrefix(a.URI, "/favicon") {
			d.t.Errorf("after signing out the wiki was reached: %s %s", a.Method, a.URI)
		}
	}
}

// answered reports whether something at this path was answered so.
func answered(all []request, path string, status int64) bool {
	for _, r := range all {
		if strings.HasSuffix(r.url, path) && r.status == status {
			return true
		}
	}
	return false
}

// hasNoAccess: somebody who may not open the wiki reads so on a page of ours, at our host or at the wiki's.
func (d *door) hasNoAccess(b *tab) {
	d.t.Helper()
	b.open(d.origin("wiki.example") + "/page")
	d.arrives(b, publicHost)
	got := d.wiki.since(func() {
		b.fill("Username or email", eve, "Password", password).press("Sign in")
		b.until("document.body.innerText.includes('Wiki')")
		b.sees("eve")
	})
	if len(got) > 0 {
		d.t.Error("Eve reached the wiki")
	}
	b.open(d.origin("notes.example") + "/.web/")
	d.arrives(b, "notes.example")
}

// again opens the wiki once more for Bob, whose session was ended, and wants the old cookie to be worth nothing.
func (d *door) again(old string) string {
	d.t.Helper()
	if r := d.asks("wiki.example", "/page", old); !r.denied() {
		d.t.Errorf("the cookie of a session that ended is answered by %d", r.status)
	}
	cookie, at, _, text := d.enters(d.signsIn(bob), "wiki.example", "/page?x=1")
	if cookie == "" || !strings.HasSuffix(at, "/page?x=1") {
		d.t.Fatalf("Bob does not get in, but to %q: %s", at, text)
	}
	return cookie
}

// handover: a code is worth nothing in another browser, on another host, or twice, and what leads to another
// place leads to none.
func (d *door) handover() {
	d.t.Helper()
	session := d.signsIn(bob)
	begin := func() (state, next string) {
		start, _ := d.ask(http.MethodGet, d.origin("wiki.example")+"/.latchkey/start?to=/page", "", nil, nil)
		_, text := d.ask(http.MethodGet, start.Header.Get("Location"), "", nil, http.Header{"Cookie": {session}})
		return cookieOf(start, "__Host-latchkey-app-start"), onward.FindString(strings.ReplaceAll(text, "&amp;", "&"))
	}
	entered := func(what, next, state string) {
		d.t.Helper()
		header := http.Header{}
		if state != "" {
			header.Set("Cookie", state)
		}
		answer, text := d.ask(http.MethodGet, next, "", nil, header)
		if cookieOf(answer, "__Host-latchkey-app") != "" || answer.StatusCode/100 == 3 && strings.Contains(answer.Header.Get("Location"), "/page") {
			d.t.Errorf("%s: answered %d, %s", what, answer.StatusCode, text)
		}
	}
	_, next := begin()
	entered("without the browser's state", next, "")
	state, _ := begin()
	_, next = begin()
	entered("with the state of another browser", next, state)
	state, next = begin()
	entered("on another host", strings.Replace(next, "wiki.example", "notes.example", 1), state)
	entered("after it was shown on another host", next, state)
	state, next = begin()
	if answer, text := d.ask(http.MethodGet, next, "", nil, http.Header{"Cookie": {state}}); cookieOf(answer, "__Host-latchkey-app") == "" {
		d.t.Errorf("a code does not work: %d, %s", answer.StatusCode, text)
	}
	entered("twice", next, state)
	for _, to := range []string{"//evil.example/", "/%5Cevil.example", `/\evil.example`, "https://evil.example/", "/.latchkey/start?to=/", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b", "%2F%2Fevil.example", ""} {
		_, at, last, text := d.enters(session, "wiki.example", strings.ReplaceAll(to, `\`, "%5C"))
		local := strings.TrimPrefix(at, d.origin("wiki.example"))
		if !strings.HasPrefix(local, "/") || strings.HasPrefix(local, "//") || strings.HasPrefix(local, `/\`) || strings.HasPrefix(local, "/.latchkey/") {
			d.t.Errorf("to=%s leads to %q by %d, %s", to, at, last.StatusCode, text)
		}
	}
}

// checked: the check of the operator finds nothing here.
func (d *door) checked() {
	d.t.Helper()
	dials := map[string]string{}
	for _, host := range hosts() {
		dials[host+":"+d.https] = "127.0.0.1:" + d.https
	}
	c := check.Checker{Folder: d.data, Log: quiet, Config: config.Config{}, Roots: d.roots, Dials: dials}
	for _, f := range c.Run(context.Background()) {
		if f.Level == check.Broken || f.ID == "application" && f.Level != check.Fine {
			d.t.Errorf("the check says: %+v", f)
		}
	}
}
