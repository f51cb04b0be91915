package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// fronts are the proxies that guard applications.
var fronts = []string{"nginx", "caddy", "haproxy"}

// TestFD02_FrontDoor starts each proxy with the documented configuration in front of the real
// program and two applications, walks through it in Chromium, and then tries what strangers try.
func TestFD02_FrontDoor(t *testing.T) {
	t.Parallel()
	for _, proxy := range fronts {
		t.Run(proxy, func(t *testing.T) {
			t.Parallel()
			d := stand(t, proxy)
			var cookie string
			for _, step := range []struct {
				name string
				do   func()
			}{
				{"FD06 strangers", d.strangersAreKeptOut},
				{"FD07 walk", func() { cookie = d.walks() }},
				{"FD02 identity", func() { d.identity(cookie) }},
				{"FD01 application", d.application},
				{"FD03 targets", func() { d.targets(cookie) }},
				{"FD05 cookies", func() { d.cookies(cookie) }},
				{"FD04 hand-over", d.handover},
				{"FD08 check", d.checked},
				{"FD02 many groups", d.manyGroups},
				{"FD06 changes", d.changes},
				{"FD06 nobody answers", func() { d.nobodyAnswers(cookie) }},
			} {
				d.step(t, step.name, step.do)
			}
		})
	}
}

// step does one part as a test of its own; the proxy and the server stay up for the next.
func (d *door) step(t *testing.T, name string, do func()) {
	t.Run(name, func(t *testing.T) {
		whole := d.front.t
		d.front.t = t
		defer func() { d.front.t = whole }()
		do()
	})
}

// strangersAreKeptOut: nobody is let in without a session, and what is not a page that somebody opens is answered
// by 401, so that no redirect hides what happened or loses what was sent.
func (d *door) strangersAreKeptOut() {
	d.t.Helper()
	const page = "Accept: text/html\nSec-Fetch-Mode: navigate"
	got := d.wiki.since(func() {
		for _, c := range []struct {
			request string
			status  int // 302 is to where they sign in
		}{
			{"GET /page?a=1&b=%2F HTTP/1.1\n" + page, 302},
			{"HEAD /page HTTP/1.1\n" + page, 302},
			{"GET /old HTTP/1.1\nAccept: text/html,*/*;q=0.8", 302}, // a browser without Sec-Fetch-Mode
			{"GET /api HTTP/1.1\nAccept: application/json", 401},
			{"GET /api HTTP/1.1\nAccept: text/html\nSec-Fetch-Mode: cors", 401},
			{"GET /image HTTP/1.1\nAccept: image/*\nSec-Fetch-Mode: no-cors", 401},
			{"OPTIONS /api HTTP/1.1\nOrigin: https://evil.example\nAccess-Control-Request-Method: POST", 401},
			{"POST /save HTTP/1.1\n" + page + "\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 6", 401},
			{"PUT /save HTTP/1.1\n" + page + "\nContent-Length: 6", 401},
			{"DELETE /page HTTP/1.1\n" + page, 401},
			{"GET /ws HTTP/1.1\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-Fetch-Mode: websocket", 401},
		} {
			head, rest, _ := strings.Cut(c.request, "\n")
			request := head + "\nHost: wiki.example:$P\nConnection: close\n" + rest
			if strings.Contains(rest, "Connection:") {
				request = head + "\nHost: wiki.example:$P\n" + rest
			}
			if strings.Contains(rest, "Content-Length: 6") {
				request += "\n\ntext=a"
			}
			r := d.writes("wiki.example", request)
			if r.status != c.status {
				d.t.Errorf("%s: answered %d, want %d:\n%s", c.request, r.status, c.status, r.body)
				continue
			}
			if want := d.origin("wiki.example") + "/.latchkey/start?to="; c.status == 302 && !strings.HasPrefix(r.leads(), want) {
				d.t.Errorf("%s: leads to %q, want %s…", c.request, r.leads(), want)
			}
		}
	})
	for _, a := range got {
		d.t.Errorf("a stranger reached the application: %s %s", a.Method, a.URI)
	}
}

// asks sends a GET to a host with a cookie and headers, each on a line.
func (d *door) asks(host, path, cookie string, headers ...string) reply {
	d.t.Helper()
	request := "GET " + path + " HTTP/1.1\nHost: " + host + ":$P\nAccept: text/html\nSec-Fetch-Mode: navigate"
	if cookie != "" {
		request += "\nCookie: " + cookie
	}
	if !strings.Contains(strings.Join(headers, "\n"), "Connection:") {
		headers = append(headers, "Connection: close")
	}
	return d.writes(host, strings.Join(append([]string{request}, headers...), "\n"))
}

// identity: the four headers are those of who is signed in, and nothing of what the client
// claims reaches the application, in whatever spelling; neither can it take one away.
func (d *door) identity(cookie string) {
	d.t.Helper()
	want := map[string]string{"Remote-User": bob, "Remote-Name": "Zoë 北京", "Remote-Email": "", "Remote-Groups": "staff"}
	check := func(what string, got []arrived) {
		d.t.Helper()
		if len(got) != 1 {
			d.t.Errorf("%s: %d requests reached the application", what, len(got))
			return
		}
		if names := got[0].claims(); len(names) > 0 {
			d.t.Errorf("%s: the application is told %q by the client", what, names)
		}
		for name, value := range want {
			if all := got[0].identityOf(name); strings.Join(all, "|") != value {
				d.t.Errorf("%s: %s is %q, want %q", what, name, all, value)
			}
		}
	}
	check("nothing forged", d.wiki.since(func() { d.asks("wiki.example", "/plain", cookie) }))
	for _, name := range identityHeaders {
		var lines []string
		for _, spelling := range spellings(name) {
			lines = append(lines, spelling+": "+claimed)
		}
		check("every spelling of "+name, d.wiki.since(func() { d.asks("wiki.example", "/forged", cookie, lines...) }))
	}
	check("twice, and over HTTP/2", d.wiki.since(func() {
		d.ask(http.MethodGet, d.origin("wiki.example")+"/h2", "", nil, http.Header{"Cookie": {cookie},
			"Remote-User": {claimed, claimed}, "remote_user": {claimed}, "Remote.User": {claimed}, "Remote_Groups": {claimed}})
	}))
	// Apache took the headers away that it had set itself (CVE-2022-31813).
	for _, named := range identityHeaders {
		check("Connection: "+named, d.wiki.since(func() {
			d.asks("wiki.example", "/taken", cookie, "Connection: close, "+named, "Remote-User: "+claimed)
		}))
	}
	for _, named := range []string{"X-Forwarded-Host", "X-Forwarded-Uri, X-Forwarded-Method", "X-Original-URL", "X-Forwarded-For", "Sec-Fetch-Mode"} {
		got := d.wiki.since(func() {
			if r := d.asks("wiki.example", "/taken", "", "Connection: close, "+named); !r.denied() {
				d.t.Errorf("Connection: %s without a session is answered by %d", named, r.status)
			}
		})
		if len(got) > 0 {
			d.t.Errorf("Connection: %s reached the application without a session", named)
		}
	}
	// On a public path they are there, and empty.
	for _, c := range []string{"", "__Host-latchkey-app=" + claimed} {
		got := d.wiki.since(func() { d.asks("wiki.example", "/public/a", c, "Remote-User: "+claimed, "Remote_Groups: "+claimed) })
		if len(got) != 1 || strings.Join(slices.Concat(got[0].identityOf("Remote-User"), got[0].identityOf("Remote-Groups")), "") != "" || len(got[0].claims()) > min(1, len(c)) {
			d.t.Errorf("a public path: %+v", got)
		}
	}
	d.addresses(cookie)
}

// addresses: what the application is told about the client is what the proxy saw.
func (d *door) addresses(cookie string) {
	d.t.Helper()
	got := d.wiki.since(func() {
		d.asks("wiki.example", "/address", cookie, "X-Forwarded-For: "+forged, "X-Real-IP: "+forged, "Forwarded: for="+forged, "X-Forwarded-Proto: http",
			"X-Forwarded-Host: evil.example", "X_Forwarded_For: "+forged, "X-Forwarded-Prefix: /evil", "X-Original-URL: /evil", "X-Rewrite-URL: /evil", "X-Forwarded-Uri: /evil",
			"X-Forwarded-User: evil", "X-Forwarded-Email: evil@example.com", "X-Forwarded-Groups: evil", "X-Forwarded-Preferred-Username: evil", "X-Forwarded-Port: "+forged, "X-Forwarded-Server: evil")
	})
	if len(got) != 1 {
		d.t.Fatalf("%d requests reached the application", len(got))
	}
	for name, values := range got[0].Header {
		if all := strings.Join(values, ","); strings.Contains(all, forged) || strings.Contains(all, "evil") {
			d.t.Errorf("the application is told %s: %s by the client", name, all)
		}
	}
	if h := got[0].Header; h.Get("X-Forwarded-For") != remote || h.Get("X-Forwarded-Proto") != "https" || got[0].Host != "wiki.example:"+d.https {
		d.t.Errorf("the application is told %v, host %s", h, got[0].Host)
	}
}

// application: which application it is depends on the host by which the proxy chose, and on nothing
// that a client can say besides. Eve may open the notes, and not the wiki.
func (d *door) application() {
	d.t.Helper()
	notes, _, _, text := d.enters(d.signsIn(eve), "notes.example", "/")
	if notes == "" {
		d.t.Fatalf("Eve does not get into the notes: %s", text)
	}
	got := d.wiki.since(func() {
		for _, lines := range [][]string{
			{}, {"X-Forwarded-Host: notes.example:$P"}, {"X-Original-URL: https://notes.example:$P/"}, {"X-Forwarded-Host: notes.example:$P", "X-Forwarded-Uri: /"},
			{"X-Forwarded-Uri: /public/a"}, {"X-Original-URL: https://wiki.example:$P/public/a"}, {"X-Forwarded-Uri: /public/a", "X-Original-URL: https://wiki.example:$P/public/a"},
			{"X-Forwarded-Method: OPTIONS"}, {"X-Original-Method: OPTIONS"}, {"X-Forwarded-Prefix: /public"}, {"X-Rewrite-URL: /public/a"},
			{"Forwarded: host=notes.example:$P"}, {"X-Forwarded-For: 127.0.0.1"}, {"Remote-User: " + bob, "Remote-Groups: staff"},
		} {
			for _, c := range []string{"", notes} {
				if r := d.asks("wiki.example", "/secret", c, lines...); !r.denied() {
					d.t.Errorf("%q with %q: answered %d", lines, c, r.status)
				}
			}
		}
		// A target with a host in it, and another Host beside.
		for _, pair := range [][2]string{{"wiki", "notes"}, {"notes", "wiki"}} {
			for _, sni := range pair {
				d.writes(sni+".example", fmt.Sprintf("GET https://%s.example:$P/secret HTTP/1.1\nHost: %s.example:$P\nConnection: close\nCookie: %s", pair[0], pair[1], notes))
				d.writes(sni+".example", fmt.Sprintf("GET http://%s.example/secret HTTP/1.1\nHost: %s.example:$P\nConnection: close\nCookie: %s", pair[0], pair[1], notes))
				d.writes(sni+".example", fmt.Sprintf("GET /secret HTTP/1.1\nHost: %s.example:$P\nHost: %s.example:$P\nConnection: close\nCookie: %s", pair[0], pair[1], notes))
			}
		}
		d.writes("wiki.example", "GET /secret HTTP/1.1\nHost: WIKI.EXAMPLE:$P\nConnection: close\nCookie: "+notes)
		d.writes("wiki.example", "GET /secret HTTP/1.0\nConnection: close\nCookie: "+notes)
		d.writes("notes.example", "GET /secret HTTP/1.1\nHost: wiki.example.:$P\nConnection: close\nCookie: "+notes)
	})
	for _, a := range got {
		d.t.Errorf("Eve reached the wiki by %s, host %s", a.URI, a.Host)
	}
	// The question can be asked by the proxy alone.
	for _, host := range append(hosts(), "wiki.example") {
		for _, path := range []string{"/forward-auth/notes", "/auth-request/notes", "/.latchkey/check", "/.latchkey/../forward-auth/notes", "/.latchkey/%2e%2e/auth-request/notes"} {
			r := d.asks(host, path, notes, "X-Forwarded-Host: notes.example:$P", "X-Forwarded-Uri: /", "X-Forwarded-Method: GET", "X-Forwarded-Proto: https", "X-Original-URL: https://notes.example:$P/", "X-Original-Method: GET")
			if len(r.header["Remote-User"]) > 0 {
				d.t.Errorf("%s%s answers %d with who it is", host, path, r.status)
			}
		}
	}
}

// targets: what may mean one thing to the proxy and another to the application does not get
// past, because the wiki has a public path.
func (d *door) targets(cookie string) {
	d.t.Helper()
	for _, path := range []string{"/public", "/public/a?b=../c", "/public/%20a"} {
		if got := d.wiki.since(func() { d.asks("wiki.example", path, "") }); len(got) != 1 {
			d.t.Errorf("%s is not public", path)
		}
	}
	got := d.wiki.since(func() {
		for _, target := range []string{
			"/public/../secret", "/public/%2e%2e/secret", "/public/.%2e/secret", "/public/..%2fsecret", "/public%2f..%2fsecret", "/public/..%5csecret", `/public\..\secret`,
			"//public/../secret", "/public//../secret", "/public/..;/secret", "/public/..;x=y/secret", "/public/%252e%252e/secret", "/public/%00", "/public/%zz", "/public/%",
			"/public#/../secret", "/public/%c0%ae%c0%ae/secret", "/public/%ff", "/./public/../secret", "/publicity", "/PUBLIC/a", "/secret?/public/", "/secret/../public/../secret",
			"/public/./../secret", "/public/..", "/public/%2e%2e", "/public/..%00/secret", "/public/%09/../secret", "https://wiki.example:$P/public/../secret",
			"/.latchkey/../secret", "/.latchkey/..%2fsecret", "/.latchkey/%2e%2e/secret", "/.latchkey%2f..%2fsecret", "/x/../.latchkey/../secret", "*", "",
		} {
			if r := d.asks("wiki.example", target, ""); !r.denied() {
				d.t.Errorf("%q without a session is answered by %d", target, r.status)
			}
		}
	})
	for _, a := range got {
		d.t.Errorf("a stranger reached %s", a.URI)
	}
	// What means one thing is passed on as it was asked for.
	for _, path := range []string{"/a%20b?c=%2F..%2F&d=%C3%BC", "/a+b", "/page/", "/%C3%BC"} {
		got := d.wiki.since(func() { d.asks("wiki.example", path, cookie) })
		if len(got) != 1 || got[0].URI != path {
			d.t.Errorf("%s arrives as %+v", path, got)
		}
	}
}

// cookies: the cookie of an application opens it on its host, and there alone; two are none.
func (d *door) cookies(cookie string) {
	d.t.Helper()
	if r := d.asks("notes.example", "/.web/", cookie); !r.denied() {
		d.t.Errorf("the cookie of the wiki opens the notes: %d", r.status)
	}
	notes, _, _, _ := d.enters(d.signsIn(bob), "notes.example", "/")
	value := strings.TrimPrefix(cookie, "__Host-latchkey-app=")
	got := d.wiki.since(func() {
		for _, c := range []string{notes, cookie + "; " + cookie, cookie + "; __Host-latchkey-app=x", "__Host-latchkey-app=x; " + cookie, cookie + "\nCookie: " + cookie,
			"__Host-latchkey-app=", cookie + "x", "latchkey-app=" + value, "__Host-latchkey=" + value, "__host-latchkey-app=" + value} {
			if r := d.asks("wiki.example", "/secret", c); !r.denied() {
				d.t.Errorf("with %q: answered %d", c, r.status)
			}
		}
	})
	for range got {
		d.t.Error("the wiki was reached with a cookie that is none")
	}
}
