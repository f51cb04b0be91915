package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestFD07_NoCircle: what makes others send people round for ever ends on a page that says what to
// do, after few redirects.
func TestFD07_NoCircle(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada := d.AddUser("ada")

	// The browser keeps no cookies on the application's host.
	w := d.walker()
	w.open("https://wiki.example/page")
	w.at["wiki.example"].Cookies = map[string]string{}
	w.signIn(ada).Is(http.StatusBadRequest).Sees("Signing in did not finish", "allow them for wiki.example", "Try again")

	// It keeps some, and the one of the application comes to nothing: the proxy leaves it out.
	d.dropCookies.Store(true)
	w = d.walker()
	w.open("https://wiki.example/page")
	w.signIn(ada).Is(http.StatusConflict).Sees("Signing in to Wiki does not last", "its proxy does not pass cookies on", "Try again")
	if w.hops > 15 {
		t.Errorf("%d redirects", w.hops)
	}
	d.dropCookies.Store(false)
	w.get("https://wiki.example/.latchkey/start?again=1&to=/page").Is(http.StatusSeeOther)
	w.follow()
	w.in(ada, "/page")

	// Nothing but addresses of one's own: bookmarks, Back, and what was typed.
	fresh := d.walker()
	fresh.open("https://wiki.example/.latchkey/enter?code=" + strings.Repeat("A", 43)).Is(http.StatusGone).Sees("Continue to wiki.example")
	fresh.open("https://wiki.example/.latchkey/enter").Is(http.StatusNotFound).Sees("Open wiki.example")
	fresh.open("https://wiki.example/.latchkey/").Is(http.StatusNotFound)
	fresh.open("https://wiki.example/.latchkey/login").Is(http.StatusNotFound)
	fresh.open("https://wiki.example/.latchkey/sign-out").Is(http.StatusOK).Sees("You are not signed in to Wiki in this browser.")
	way := w.atContinue(ada, "https://mail.example/page")
	back := w.url.String()
	w.get(way).Is(http.StatusSeeOther)
	w.open(back) // Back leads on again
	w.in(ada, "/page")

	// The way takes too long, or the session ends on it.
	way = w.atContinue(ada, "https://docs.example/page")
	w.Clock.Add(2 * time.Minute)
	w.get(way).Is(http.StatusGone).Sees("This link no longer works")
	if href, _ := w.page.Doc().Find("main a.btn").Attr("href"); href != "/.latchkey/start?again=1&to=%2Fpage" {
		t.Errorf("it leads to %q", href)
	}
	w.open("https://docs.example/.latchkey/start?again=1&to=%2Fpage")
	w.in(ada, "/page")

	// The clock of the server goes back: whatever is from the future is over.
	w.Clock.Add(-time.Hour)
	w.open("https://docs.example/page")
	w.isAt(w.URL + "/login")
	w.Clock.Add(time.Hour)

	// The host does not belong to the application any more.
	d.edit("wiki", func(a *store.Application) { a.Hosts = []string{"wiki2.example"} })
	w.open("https://wiki.example/page").Is(http.StatusForbidden).Sees("This address is not set up")
	w.open("https://wiki.example/.latchkey/start?to=/page").Is(http.StatusMisdirectedRequest)
	q := url.Values{"app": {"wiki"}, "host": {"wiki.example"}, "state": {strings.Repeat("A", 43)}}
	w = d.inside(ada, "wiki2.example")
	w.open(d.URL + "/apps/enter?" + q.Encode()).Is(http.StatusNotFound).Sees("No application is set up at wiki.example")
	for _, bad := range []string{"", "?app=wiki", "?app=wiki&host=wiki2.example", "?app=wiki&host=wiki2.example&state=x", "?app=wiki&app=mail&host=wiki2.example&state=" + strings.Repeat("A", 43), "?app=wiki&host=wiki2.example/&state=" + strings.Repeat("A", 43)} {
		w.open(d.URL + "/apps/enter" + bad).Is(http.StatusBadRequest)
	}
}

// TestFD07_TabsAtOnce: each of several tabs arrives where it was going, also those that began at the
// very same moment, of which the browser keeps one cookie.
func TestFD07_TabsAtOnce(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada := d.AddUser("ada")
	w := d.inside(ada, "mail.example") // signed in
	var ways []string
	for _, page := range []string{"/a", "/b", "/c", "/d", "/e"} {
		ways = append(ways, w.atContinue(ada, "https://wiki.example"+page))
		w.Clock.Add(-time.Minute) // atContinue waits for one
	}
	for i, way := range ways {
		w.get(way)
		w.follow()
		w.in(ada, "/"+string(rune('a'+i)))
	}
	d.edit("wiki", func(a *store.Application) { a.Hosts = []string{"wiki.example"} })

	one, two := d.inside(ada, "docs.example"), d.walker()
	two.home.Cookies = one.home.Cookies
	first := one.atContinue(ada, "https://mail.example/first")
	second := two.atContinue(ada, "https://mail.example/second")
	one.at["mail.example"] = two.at["mail.example"] // what was set last is kept
	one.Clock.Add(-time.Minute)
	one.get(first)
	one.follow()
	one.in(ada, "/first")
	two.get(second)
	two.follow()
	two.in(ada, "/second")
}

// TestFD06_AProofThatIsTooOld: an application may want a newer one than any page of ours, and that
// leads to the page that asks for it, and back.
func TestFD06_AProofThatIsTooOld(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada := d.AddUser("ada")
	d.edit("wiki", func(a *store.Application) { a.ProofMinutes = 5 })
	w := d.inside(ada, "wiki.example")
	w.Clock.Add(7 * time.Minute) // fresh for us
	w.open("https://wiki.example/page?x=1")
	w.isAt(d.URL + "/confirm")
	w.page.Sees("open an application")
	w.home.Page = w.page
	w.Clock.Add(30 * time.Second)
	w.home.Submit("Continue", "Password", ada.Password, "Code", ada.Code())
	w.page, w.url = w.home.Page, w.parse(d.URL+w.home.Path)
	w.follow()
	w.in(ada, "/page?x=1")
}

// TestFD06_SigningInAsSomebodyElse: the page for people without access says who they are and leads to
// another sign-in, from either host, and back.
func TestFD06_SigningInAsSomebodyElse(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada, eve := d.AddUser("ada"), d.AddUser("eve")
	d.Tx(func(tx *store.Tx) error { return access.Join(tx, d.by(), "staff", ada.Now()) })
	w := d.walker()
	w.open("https://secret.example/page")
	w.signIn(eve).Is(http.StatusForbidden).Sees("You cannot open Secret", "eve", "Sign in as someone else")
	w.home.Page = w.page
	w.home.Submit("Sign in as someone else")
	w.page, w.url = w.home.Page, w.parse(d.URL+"/login")
	w.signIn(ada)
	w.in(ada, "/page")
	for _, nginx := range []bool{false, true} {
		d.nginx.Store(nginx)
		d.Tx(func(tx *store.Tx) error { return access.Leave(tx, d.by(), "staff", ada.Now()) })
		p := w.open("https://secret.example/page").Is(http.StatusForbidden).Sees("You cannot open Secret", "ada")
		for _, link := range []string{`link[rel="stylesheet"]`, `link[rel="icon"]`} {
			href, _ := p.Doc().Find(link).Attr("href")
			w.get("https://secret.example" + href).Is(http.StatusOK)
		}
		d.Tx(func(tx *store.Tx) error { return access.Join(tx, d.by(), "staff", ada.Now()) })
		w.open("https://secret.example/page")
		w.in(ada, "/page")
	}
}

// TestWE04_SigningOutOfAnApplication takes forms of its own host only.
func TestWE04_SigningOutOfAnApplication(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	w := d.inside(d.AddUser("ada"), "wiki.example")
	for _, origin := range []string{"https://evil.example", d.URL, "https://mail.example", "http://wiki.example", "null", ""} {
		for _, site := range []string{"cross-site", "same-site", "same-origin", ""} {
			if origin == "" && site == "same-origin" {
				continue
			}
			r := w.request(http.MethodPost, "https://wiki.example/.latchkey/sign-out", url.Values{"everywhere": {"1"}})
			r.Header.Set("Origin", origin)
			r.Header.Set("Sec-Fetch-Site", site)
			for name, value := range map[string]string{"Origin": origin, "Sec-Fetch-Site": site} {
				if value == "" {
					r.Header.Del(name)
				}
			}
			if p := w.on("wiki.example").Twin().Send(r); p.Status != http.StatusForbidden {
				t.Errorf("from %q, %q: %d", origin, site, p.Status)
			}
		}
	}
	w.Clone("wiki.example").Is(http.StatusOK)
	for _, field := range []string{"x", "slug"} {
		w.send("wiki.example", w.request(http.MethodPost, "https://wiki.example/.latchkey/sign-out", url.Values{field: {"1"}})).Is(http.StatusBadRequest)
	}
}

// TestFD07_BehindAnEnrolment: somebody who has to set up an app first still arrives where they were
// going.
func TestFD07_BehindAnEnrolment(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	nell := d.AddUser("nell", apptest.NoPhone)
	w := d.walker()
	w.open("https://wiki.example/page?x=1")
	w.signIn(nell)
	w.setUpApp()
	w.in(nell, "/page?x=1")
}

// TestFD07_BehindANewPolicy: the same for somebody who is signed in when the policy changes, with a
// proof that is fresh and with an older one.
func TestFD07_BehindANewPolicy(t *testing.T) {
	t.Parallel()
	for name, age := range map[string]time.Duration{"fresh": time.Minute, "older": 20 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := startDoor(t)
			d.Set("two_step", "optional")
			nell := d.AddUser("nell", apptest.NoPhone)
			w := d.inside(nell, "wiki.example")
			w.Clock.Add(age)
			d.Set("two_step", "everyone")
			w.open("https://wiki.example/page?x=1")
			if name == "older" {
				w.isAt(d.URL + "/confirm")
				w.home.Page = w.page
				w.home.Submit("Continue", "Password", nell.Password)
				w.page, w.url = w.home.Page, w.parse(d.URL+w.home.Path)
			}
			w.setUpApp()
			w.in(nell, "/page?x=1")
		})
	}
}
