package attack

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

const appCookie, startCookie = "__Host-latchkey-app", "__Host-latchkey-app-start"

// atContinue walks somebody to the page with the way into an application, and returns that way.
func (w *walker) atContinue(u *apptest.User, address string) (enter string) {
	w.TB.Helper()
	w.Clock.Add(time.Minute) // so that nobody takes it for a circle
	w.get(address)
	for w.page.Status != http.StatusOK {
		to := w.next()
		if to == "" {
			w.TB.Fatalf("the way ends at %s: %d %s", w.url, w.page.Status, w.page.Text())
		}
		w.get(to)
	}
	w.home.Page = w.page
	if strings.HasPrefix(w.page.Path, "/login") {
		w.home.Submit("Sign in", "Username or email", u.Username, "Password", u.Password)
		w.Clock.Add(30 * time.Second)
		w.home.Submit("Continue", "Code", u.Code())
		w.page, w.url = w.home.Page, w.parse(w.URL+w.home.Path)
	}
	w.page.Is(http.StatusOK).Sees("Continue to")
	if r := w.page.Header.Get("Refresh"); r != "0;url="+w.next() {
		w.TB.Errorf("Refresh is %q", r)
	}
	return w.next()
}

// refused checks that nobody was let in.
func (w *walker) refused(host string) {
	w.TB.Helper()
	if w.page.Status < 400 || strings.Contains(strings.Join(w.page.Header["Set-Cookie"], " "), appCookie+"=") {
		w.TB.Errorf("at %s: %d, %v", w.url, w.page.Status, w.page.Header["Set-Cookie"])
	}
	w.Clone(host).Is(http.StatusFound)
}

// Clone asks for the first page of an application as this browser would, and changes nothing in it.
func (w *walker) Clone(host string) *apptest.Page {
	return w.on(host).Twin().Send(w.request(http.MethodGet, "https://"+host+"/", nil))
}

// TestFD04_ACodeWorksOnce in the browser that began, on its host, within its time.
func TestFD04_ACodeWorksOnce(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada, eve := d.AddUser("ada"), d.AddUser("eve")

	w := d.walker()
	way := w.atContinue(ada, "https://wiki.example/page")
	other := d.walker() // another browser, without anything
	other.get(way)
	other.page.Is(http.StatusBadRequest).Sees("Your browser did not send the cookie", "Try again")
	other.refused("wiki.example")
	w.get(way).Is(http.StatusGone) // it was used up all the same
	w.refused("wiki.example")

	hers := d.walker() // somebody who is on her own way
	hers.atContinue(eve, "https://wiki.example/")
	way = w.atContinue(ada, "https://wiki.example/page")
	hers.get(way)
	hers.page.Is(http.StatusBadRequest)
	hers.refused("wiki.example")
	hers.follow() // it goes on as herself
	hers.in(eve, "/page")

	for _, host := range []string{"wiki2.example", "mail.example", "secret.example"} {
		way = w.atContinue(ada, "https://wiki.example/page")
		w.on(host).Cookies = w.on("wiki.example").Cookies // as if the cookie were there
		w.get(strings.Replace(way, "wiki.example", host, 1))
		w.refused(host)
		w.at[host] = nil
	}

	way = w.atContinue(ada, "https://wiki.example/page")
	w.Clock.Add(61 * time.Second)
	w.get(way).Is(http.StatusGone).Sees("This link no longer works", "Continue to wiki.example")
	w.refused("wiki.example")

	way = w.atContinue(ada, "https://wiki.example/page")
	if r := w.request(http.MethodHead, way, nil); w.on("wiki.example").Twin().Send(r).Header.Get("Set-Cookie") != "" {
		t.Error("HEAD uses the code up")
	}
	ahead := w.request(http.MethodGet, way, nil)
	ahead.Header.Set("Sec-Purpose", "prefetch")
	if p := w.on("wiki.example").Twin().Send(ahead); len(p.Header["Set-Cookie"]) > 0 {
		t.Error("a prefetch uses the code up")
	}
	w.Clock.Add(20 * time.Second)
	w.get(way).Is(http.StatusSeeOther)
	w.follow()
	w.in(ada, "/page")
	w.get(way).Is(http.StatusGone).Sees("This link no longer works", "You are already signed in here.")

	way = w.atContinue(ada, "https://mail.example/")
	w.home.Twin().Post("/logout").Is(http.StatusSeeOther)
	w.get(way)
	w.refused("mail.example")
	for _, code := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 43) + ".L2V2aWw", strings.Repeat("A", 44), strings.Repeat("é", 43), strings.Repeat("A", 43) + "." + strings.Repeat("A", 5000)} {
		w.get("https://mail.example/.latchkey/enter?code=" + url.QueryEscape(code))
		w.refused("mail.example")
	}
}

// TestFD04_OfManyOneArrives: fifty who show one code at once.
func TestFD04_OfManyOneArrives(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada := d.AddUser("ada")
	w := d.walker()
	way := w.atContinue(ada, "https://wiki.example/")
	var arrived atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		b, r := w.on("wiki.example").Twin(), w.request(http.MethodGet, way, nil)
		all.Go(func() {
			if p := b.Send(r); p.Status == http.StatusSeeOther && b.Cookies[appCookie] != "" {
				arrived.Add(1)
			}
		})
	}
	all.Wait()
	if n := arrived.Load(); n != 1 {
		t.Errorf("%d arrived", n)
	}
	if n := events(t, d.App, audit.ApplicationOpened); n != 1 {
		t.Errorf("%d openings in the log", n)
	}
}

// events counts the rows of one event.
func events(t *testing.T, a *apptest.App, e audit.Event) (n int) {
	t.Helper()
	rows, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Event: e, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

// TestFD05_OneCookieOneApplicationOneHost: two cookies, or one of another host, application or kind, are
// none.
func TestFD05_OneCookieOneApplicationOneHost(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada, bob := d.AddUser("ada"), d.AddUser("bob")
	w, other := d.inside(ada, "wiki.example"), d.inside(bob, "wiki.example")
	mine, his := w.at["wiki.example"].Cookies[appCookie], other.at["wiki.example"].Cookies[appCookie]
	session := w.home.Session()
	ask := func(app, host, cookie string) *apptest.Page {
		return d.askAs(nil, "/forward-auth/"+app, host, "/", "Cookie", cookie)
	}
	ask("wiki", "wiki.example", appCookie+"="+mine).Is(http.StatusOK)
	ask("wiki", "wiki.example", "a=b; "+appCookie+"="+mine+"; c=d").Is(http.StatusOK)
	for what, cookie := range map[string]string{
		"two": appCookie + "=" + mine + "; " + appCookie + "=" + his, "the same twice": appCookie + "=" + mine + "; " + appCookie + "=" + mine, "one is empty": appCookie + "=; " + appCookie + "=" + mine,
		"without prefix": "latchkey-app=" + mine, "a session": appCookie + "=" + session, "as a session": "__Host-latchkey=" + mine, "its hash": appCookie + "=" + secret.HashToken(mine), "cut": appCookie + "=" + mine[1:], "longer": appCookie + "=" + mine + "x", "with a validator": appCookie + "=" + mine + "." + mine,
		"quoted": appCookie + `="` + mine[:10] + `"`,
	} {
		if p := ask("wiki", "wiki.example", cookie); p.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, p.Status)
		}
	}
	two := d.Browser().Request(http.MethodGet, "/forward-auth/wiki", nil)
	two.Header = d.question(w.request(http.MethodGet, "https://wiki.example/", nil), "wiki.example").Header
	two.Header["X-Forwarded-Uri"] = []string{"/"}
	two.Header["Cookie"] = []string{appCookie + "=" + mine, appCookie + "=" + his} // in two fields, as HTTP/2 may
	if p := d.Browser().Send(two); p.Status == http.StatusOK {
		t.Error("two fields with one each pass")
	}
	for _, at := range [][2]string{{"wiki", "wiki2.example"}, {"mail", "mail.example"}, {"secret", "secret.example"}, {"docs", "docs.example"}} {
		if p := ask(at[0], at[1], appCookie+"="+mine); p.Status == http.StatusOK {
			t.Errorf("it opens %v", at)
		}
	}
	if b := d.Browser(); b.Send(b.Request(http.MethodGet, "/profile", nil)).Status == http.StatusOK {
		t.Error("a stranger sees a profile")
	}
	w.home.Cookies["__Host-latchkey"] = mine
	w.home.Get("/profile").Is(http.StatusSeeOther)
}

// TestFD07_ToIsALocalPath: whatever is asked for, the way ends on the host where it began, and not on
// a page of ours there.
func TestFD07_ToIsALocalPath(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada := d.AddUser("ada")
	w := d.inside(ada, "wiki.example")
	arrives := func(query, want string) {
		t.Helper()
		w.Clock.Add(time.Minute) // so that nobody takes this for a circle
		w.get("https://wiki.example/.latchkey/start?" + query)
		if c := w.page.Header.Get("Set-Cookie"); len(c) > 3500 || w.page.Status != http.StatusSeeOther {
			t.Fatalf("%q: %d, a cookie of %d bytes", query, w.page.Status, len(c))
		}
		if w.get(w.next()).Status != 200 {
			t.Fatalf("%q: %d at %s", query, w.page.Status, w.url)
		}
		w.get(w.next())
		if to := w.page.Header.Get("Location"); to != want {
			t.Errorf("%q leads to %q, want %q", query, to, want)
		}
	}
	for _, to := range []string{
		"//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "https:evil.example", "javascript:alert(1)", "", "x", "?x", "#x", "/\tevil", "/a\r\nSet-Cookie: x=y", "/\x00", "/a\x7f", "/a b", "/x#y",
		"/.latchkey/start", "/.latchkey/start?to=/", "/.latchkey/enter?code=x", "/.latchkey/", "/.latchkey", "/.LATCHKEY/start", "/%2elatchkey/start", "/.latchkey%2fstart", "/x/../.latchkey/start", "/./.latchkey/start", "//.latchkey/start", "/%2f/evil.example", "/%5cevil.example",
		"/%09/evil.example", "/a/%0d%0a", "/..//evil.example", "/.//evil.example", "/%2e//evil.example", "/%zz", "/" + strings.Repeat("a", 2000), "/" + strings.Repeat("é", 1000),
	} {
		arrives("to="+url.QueryEscape(to), "/")
	}
	for to, want := range map[string]string{
		"/": "/", "/a/b?c=d&e=f%20g": "/a/b?c=d&e=f%20g", "/a//b": "/a//b", "/?next=https://x.example/": "/?next=https://x.example/", "/é?ü": "/%C3%A9?%C3%BC", "/a?b?c": "/a?b?c", "/login": "/login", "/a%2Fb": "/a%2Fb", "/a+b": "/a+b",
		"/" + strings.Repeat("a", 299): "/" + strings.Repeat("a", 299), "/" + strings.Repeat("a", 1999): "/" + strings.Repeat("a", 1999), `/"<>|`: "/%22%3C%3E%7C",
	} {
		arrives("to="+url.QueryEscape(to), want)
	}
	for raw, want := range map[string]string{ // as nginx puts it there
		"to=/a?b=c&d=e%26f": "/a?b=c&d=e%26f", "to=/a%20b": "/a%20b", "to=//evil.example": "/", "to=/x&to=//evil.example": "/x&to=//evil.example", "": "/", "to=": "/", "to=%2": "/", "x=y": "/", "again=1&to=/x": "/x",
	} {
		arrives(raw, want)
	}
}
