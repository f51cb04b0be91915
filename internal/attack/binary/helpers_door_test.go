package binary

import (
	"html"
	"net/http"
	"strings"
)

// guest is somebody on the way into an application: a browser on our own host, and the same browser on that of the
// application, behind its proxy.
type guest struct {
	home, there *browser
	slug, host  string
	t           *T
}

// application adds one for everyone, on a host of its own, and returns its slug.
func (t *T) application(boss *browser, fields ...string) string {
	t.Helper()
	slug := "door-" + t.tag()
	t.done(t.addApplication(boss, slug, append([]string{"host", slug + ".example"}, fields...)...))
	return slug
}

// guest is somebody who is signed in and has opened nothing yet.
func (t *T) guest(p *person, slug string) *guest {
	t.Helper()
	return &guest{home: t.signedIn(p), there: t.browser(), slug: slug, host: slug + ".example", t: t}
}

// on asks for a path on the application's host.
func (g *guest) on(host, path string) Answer {
	g.t.Helper()
	return g.there.send(g.there.request(http.MethodGet, path).set("Host", host))
}

// way goes as far as the page that leads into the application, and returns the path with the code.
func (g *guest) way(to string) string {
	g.t.Helper()
	a := g.on(g.host, "/.latchkey/start?to="+to)
	path, ours := strings.CutPrefix(a.To(), g.t.base)
	if a.Status != http.StatusSeeOther || !ours {
		g.t.Fatalf("the way begins with %d to %q", a.Status, a.To())
	}
	a = g.home.get(path)
	way, found := strings.CutPrefix(html.UnescapeString(a.found(`href="(https://[^"]*/\.latchkey/enter\?code=[^"]*)"`)), "https://"+g.host)
	if !found {
		g.t.Fatalf("the way ends with %d: %s", a.Status, text(a.Body))
	}
	return way
}

// enter goes all the way in.
func (g *guest) enter() *guest {
	g.t.Helper()
	a := g.on(g.host, g.way("/"))
	if a.Status != http.StatusSeeOther || g.token() == "" {
		g.t.Fatalf("entering answered %d: %s", a.Status, text(a.Body))
	}
	return g
}

// token is the cookie that opens the application.
func (g *guest) token() string { return g.there.Cookies["__Host-latchkey-app"] }

// question is what a proxy asks about a request of the guest, as Caddy does.
func (g *guest) question(slug, host, cookie string) *request {
	r := &request{Method: http.MethodGet, Path: "/forward-auth/" + slug}
	r.add("Host", "upstream:8080").add("X-Forwarded-For", g.there.Address).add("X-Forwarded-Method", "GET").add("X-Forwarded-Proto", "https").add("X-Forwarded-Host", host).add("X-Forwarded-Uri", "/page")
	if cookie != "" {
		r.add("Cookie", cookie)
	}
	return r
}

// original is the same, as nginx asks.
func (g *guest) original(slug, host, cookie string) *request {
	r := g.question(slug, host, cookie)
	r.Path = "/auth-request/" + slug
	for _, name := range []string{"Method", "Proto", "Host", "Uri"} {
		r.del("X-Forwarded-" + name)
	}
	return r.add("X-Original-Method", "GET").add("X-Original-Url", "https://"+host+"/page")
}

// asks sends a question and returns the answer.
func (g *guest) asks(r *request) Answer {
	g.t.Helper()
	a, err := g.t.server.Ask("", r.bytes())
	g.t.must(err)
	return a
}

// in reports whether the application is open to the guest, whichever proxy asks.
func (g *guest) in() bool {
	g.t.Helper()
	cookie := "__Host-latchkey-app=" + g.token()
	a, b := g.asks(g.question(g.slug, g.host, cookie)), g.asks(g.original(g.slug, g.host, cookie))
	if (a.Status == 200) != (b.Status == 200) {
		g.t.Errorf("the two ways to ask are answered %d and %d", a.Status, b.Status)
	}
	return a.Status == http.StatusOK
}

// refused checks that an answer lets nobody in and names nobody.
func (t *T) refused(a Answer, format string, args ...any) {
	t.Helper()
	named := a.Header.Get("Remote-User") + a.Header.Get("Remote-Name") + a.Header.Get("Remote-Email") + a.Header.Get("Remote-Groups")
	t.holds(a.Status != http.StatusOK && a.Status != 0 && a.Status < 500 && named == "", format+": %d %s", append(args, a.Status, named)...)
}
