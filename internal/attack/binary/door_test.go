package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// door is attacks on the way into applications and on what proxies ask.
var door = family{"forward-auth", []attack{
	{id: "FD-01/o", requirement: "No header chooses the application: its slug in the proxy's configuration does.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		open := t.application(boss)
		shut := t.application(boss, "access", "groups")
		g := t.guest(t.user(), open).enter()
		t.holds(g.in(), "the application is not open")
		cookie := "__Host-latchkey-app=" + g.token()
		n := 0
		for _, slug := range []string{shut, "none", "", "..", open + "/../" + shut, "%2e%2e", strings.ToUpper(open), open + "%00", open + "/x", open + ";" + shut} {
			for _, h := range [][2]string{{"X-Forwarded-Host", g.host}, {"X-Application", open}, {"X-Latchkey-App", open}, {"Host", g.host}, {"X-Original-Url", "https://" + g.host + "/"}} {
				t.refused(g.asks(g.question(slug, shut+".example", cookie).set(h[0], h[1])), "%s with %s", slug, h[0])
				t.refused(g.asks(g.original(slug, shut+".example", cookie).set(h[0], h[1])), "%s with %s, asked by nginx", slug, h[0])
				n += 2
			}
		}
		return fmt.Sprintf("%d questions about another slug with this application's headers and cookie: none is let in.", n)
	}},
	{id: "FD-01/p", requirement: "A peer that is no trusted proxy is not answered at all.", on: direct, try: func(t *T) string {
		for _, path := range []string{"/forward-auth/wiki", "/auth-request/wiki", "/forward-auth/none"} {
			for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
				r := t.browser().request(method, path).set("X-Forwarded-For", "127.0.0.1").set("X-Forwarded-Host", "wiki.example").set("X-Forwarded-Proto", "https").set("X-Forwarded-Method", "GET").set("X-Forwarded-Uri", "/")
				a := t.browser().send(r)
				t.holds(a.Status == 404 || a.Status == 405 && method != "GET" && method != "HEAD", "%s %s: %d", method, path, a.Status)
			}
		}
		return "3 paths by 4 methods: 404, as if there were no such thing."
	}},
	{id: "FD-02/n", requirement: "Identity headers are all four, of this user, whatever the client sent under their names.", try: func(t *T) string {
		p := t.user()
		g := t.guest(p, t.application(t.signedIn(t.admin()))).enter()
		r := g.question(g.slug, g.host, "__Host-latchkey-app="+g.token())
		for _, name := range []string{"Remote-User", "remote-user", "REMOTE-USER", "Remote_User", "REMOTE.USER", "X-Remote-User", "Remote-Groups", "Remote-Name", "Remote-Email"} {
			r.add(name, "root")
		}
		a := g.asks(r)
		for name, want := range map[string]string{"Remote-User": p.Name, "Remote-Name": "Person " + p.Name, "Remote-Email": p.Email, "Remote-Groups": ""} {
			got := a.Header.Values(name)
			t.holds(len(got) == 1 && got[0] == want, "%s: %q", name, got)
		}
		t.holds(!strings.Contains(fmt.Sprint(a.Header), "root"), "a header of the client comes back")
		return "9 spellings from the client: the answer has each of the four once, from the database."
	}},
	{id: "FD-03/o", requirement: "A question that says something twice, not at all or in another proxy's words is not answered 200.", try: func(t *T) string {
		g := t.guest(t.user(), t.application(t.signedIn(t.admin()))).enter()
		cookie := "__Host-latchkey-app=" + g.token()
		n := 0
		for name, values := range map[string][]string{
			"X-Forwarded-Uri":    {"", "page", "https://" + g.host + "/page", "*", "/a b", "/page#x", "?x", "\\page", "/" + strings.Repeat("a", 17000)},
			"X-Forwarded-Host":   {"", g.host + ", evil.example", "evil.example, " + g.host, g.host + "/", g.host + ":80", "user@" + g.host, g.host + " evil", "[::1", g.host + "#", g.host + "\\"},
			"X-Forwarded-Proto":  {"", "ftp", "https, http", "HTTPS", "https://"},
			"X-Forwarded-Method": {"", "get", "GET POST", "G(T", strings.Repeat("A", 40)},
			"X-Original-Url":     {"", "/page", "//" + g.host + "/page", g.host + "/page", "https://" + g.host, "https://evil@" + g.host + "/", "https://" + g.host + "@evil.example/", "https://" + g.host + "#/x", "ftp://" + g.host + "/", "https:///" + g.host, "HTTPS://" + g.host + "/"},
			"X-Original-Method":  {"", "get", "GET POST"},
		} {
			ask := g.question
			if strings.HasPrefix(name, "X-Original") {
				ask = g.original
			}
			good := ask(g.slug, g.host, cookie)
			for _, value := range values {
				t.refused(g.asks(ask(g.slug, g.host, cookie).set(name, value)), "%s %q", name, value)
				n++
			}
			for _, h := range good.Header {
				if h[0] == name { // once more, the same
					t.refused(g.asks(ask(g.slug, g.host, cookie).add(name, h[1])), "%s twice", name)
					n++
				}
			}
		}
		t.refused(g.asks(g.original(g.slug, g.host, cookie).del("X-Original-Url").add("X-Forwarded-Host", g.host).add("X-Forwarded-Uri", "/page")), "the other family's words")
		t.holds(g.in(), "the good question is refused")
		return fmt.Sprintf("%d questions that are not whole: none is answered 200.", n+1)
	}},
	{id: "FD-03/p", requirement: "A public path opens nothing to somebody who writes it in two ways.", try: func(t *T) string {
		slug := t.application(t.signedIn(t.admin()), "public", "/assets/\n/health")
		g := t.guest(t.user(), slug)
		ask := func(uri string) [2]int {
			return [2]int{g.asks(g.question(slug, g.host, "").set("X-Forwarded-Uri", uri)).Status, g.asks(g.original(slug, g.host, "").set("X-Original-Url", "https://"+g.host+uri)).Status}
		}
		t.holds(ask("/assets/a.css") == [2]int{200, 200}, "the public path is shut: %v", ask("/assets/a.css"))
		evil := []string{"/", "/assets", "/Assets/a", "/healthy", "/private?/assets/", "/x/assets/", "/assets/../private", "/assets/%2e%2e/private", "/assets/..%2fprivate", "/assets/.%2e/private", "/assets//private", "//assets/x", "/assets/\\..\\x", "/assets/..;/private", "/assets/%252e%252e/x", "/assets/a%00b", "/assets/%zz", "/assets/.", "/assets/%5c..", "/assets/%c0%ae%c0%ae/x", "/./assets/../x", "/assets/x/../../y", "/health/../x"}
		for _, uri := range evil {
			got := ask(uri)
			t.holds(got[0] != 200 && got[1] != 200 && got[0] < 500 && got[1] < 500, "%s: %v", uri, got)
		}
		return fmt.Sprintf("%d paths beside the public ones, for both kinds of proxy: none is open.", len(evil))
	}},
	{id: "FD-04/n", requirement: "A hand-over code works once, in the browser that began, on its host.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		g := t.guest(t.user(), t.application(boss))
		other := t.application(boss)
		for what, use := range map[string]func(way string) *guest{
			"without the cookie": func(way string) *guest { b := *g; b.there = t.browser(); b.on(g.host, way); return &b },
			"another's browser":  func(way string) *guest { b := t.guest(t.user(), g.slug); b.way("/"); b.on(g.host, way); return b },
			"on another host": func(way string) *guest {
				b := *g
				b.there = g.there.copy()
				b.on(other+".example", way)
				b.slug, b.host = other, other+".example"
				return &b
			},
			"changed": func(way string) *guest {
				b := *g
				b.there = g.there.copy()
				b.on(g.host, way[:30]+"AAAA"+way[34:])
				return &b
			},
			"by HEAD": func(way string) *guest {
				b := *g
				b.there = g.there.copy()
				b.there.send(b.there.request(http.MethodHead, way).set("Host", g.host))
				return &b
			},
			"loaded ahead": func(way string) *guest {
				b := *g
				b.there = g.there.copy()
				b.there.send(b.there.request(http.MethodGet, way).set("Host", g.host).set("Sec-Purpose", "prefetch"))
				return &b
			},
		} {
			b := use(g.way("/"))
			t.holds(b.token() == "" && !b.in(), "%s: let in", what)
		}
		way := g.way("/")
		g.on(g.host, way)
		t.holds(g.in(), "the right one is not let in")
		again := *g
		again.there = t.browser()
		again.on(g.host, way)
		t.holds(again.token() == "", "used twice")
		return "6 ways to use somebody's code wrongly and once more after use: nobody is let in."
	}},
	{id: "FD-04/o", requirement: "Of fifty requests with one hand-over code at the same moment, one is let in.", try: func(t *T) string {
		g := t.guest(t.user(), t.application(t.signedIn(t.admin())))
		way := g.way("/")
		var all []*request
		for range 50 {
			all = append(all, g.there.copy().request(http.MethodGet, way).set("Host", g.host))
		}
		n := count(t.burst(all...), func(a Answer) bool { return strings.Contains(fmt.Sprint(cookiesOf(a)), "__Host-latchkey-app=") })
		t.holds(n == 1, "%d were let in", n)
		return "50 requests whose last bytes came together: 1 is let in."
	}},
	{id: "FD-05/n", requirement: "A cookie of an application opens that application on that host, alone and unchanged.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		g, h := t.guest(t.user(), t.application(boss)).enter(), t.guest(t.user(), t.application(boss)).enter()
		const name = "__Host-latchkey-app="
		for what, r := range map[string]*request{
			"at another application": h.question(h.slug, h.host, name+g.token()), "on another host": g.question(g.slug, h.host, name+g.token()), "two of them": g.question(g.slug, g.host, name+g.token()+"; "+name+h.token()), "the same twice": g.question(g.slug, g.host, name+g.token()+"; "+name+g.token()),
			"without its prefix": g.question(g.slug, g.host, "latchkey-app="+g.token()), "under the name of a session": g.question(g.slug, g.host, "__Host-latchkey="+g.token()), "a session's own": g.question(g.slug, g.host, name+g.home.session()), "empty": g.question(g.slug, g.host, name), "cut": g.question(g.slug, g.host, name+g.token()[:42]), "longer": g.question(g.slug, g.host, name+g.token()+"A"), "in other letters": g.question(g.slug, g.host, name+strings.ToLower(g.token())),
		} {
			t.refused(g.asks(r), "%s", what)
		}
		thief := t.browser()
		thief.Cookies[t.cookie("latchkey")] = g.token()
		t.holds(leadsTo("/login")(thief.get("/profile")), "it is a session of ours: %d", thief.Status)
		t.holds(g.in() && h.in(), "the right ones are refused")
		return "12 places where it does not belong: nobody is let in."
	}},
	{id: "FD-07/q", requirement: "The way in leads to declared hosts and to a path of the application only.", try: func(t *T) string {
		g := t.guest(t.user(), t.application(t.signedIn(t.admin())))
		evil := []string{"//evil.example", "/\\evil.example", "https://evil.example/", "/%09/evil.example", "/%0d%0aLocation:%20x", "javascript:alert(1)", "///evil.example", "/%5cevil.example", "%2f%2fevil.example", "/.latchkey/sign-out", "evil.example", "\\\\evil.example", "/%2f%2fevil.example/..", "@evil.example"}
		for _, to := range evil {
			g.there = t.browser()
			a := g.on(g.host, "/.latchkey/start?to="+to)
			if a.Status != 303 {
				t.holds(a.Status >= 400 && a.Status < 500, "%s: %d", to, a.Status)
				continue
			}
			t.holds(strings.HasPrefix(a.To(), t.base+"/apps/enter?"), "%s leads to %s", to, a.To())
			way := g.way(to)
			a = g.on(g.host, way)
			t.holds(strings.HasPrefix(a.To(), "/") && !strings.HasPrefix(a.To(), "//") && !strings.HasPrefix(a.To(), "/\\"), "%s leads to %q in the end", to, a.To())
		}
		for _, q := range []string{"host=evil.example", "host=" + g.host + "@evil.example", "host=evil.example&host=" + g.host, "host=" + g.host + ".evil.example", "host=" + g.host + "%00"} {
			a := g.home.get("/apps/enter?app=" + g.slug + "&state=" + strings.Repeat("A", 43) + "&" + q)
			t.holds(a.Status >= 400 && !strings.Contains(a.Body, "evil.example/.latchkey"), "%s: %d", q, a.Status)
		}
		return fmt.Sprintf("%d targets and 5 hosts: each way ends on the application's host, or is refused.", len(evil))
	}},
}}

func TestDoor(t *testing.T) { run(t, &door) }
