package binary

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// raw sends bytes and returns the answer as one text, or the mistake.
func (t *T) raw(text string) string {
	a, err := t.server.Ask("", []byte(text))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %v\r\n\r\n%s", a.Status, a.Header, a.Body)
}

// forged are headers by which somebody may try to choose the address of the site.
var forged = [][2]string{
	{"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-Server", "evil.example"}, {"X-Host", "evil.example"}, {"X-Original-Host", "evil.example"}, {"X-HTTP-Host-Override", "evil.example"},
	{"Forwarded", "for=203.0.113.9;host=evil.example;proto=http"}, {"X-Forwarded-Proto", "http"}, {"X-Forwarded-Port", "8443"}, {"X-Forwarded-Scheme", "http"}, {"X-Url-Scheme", "http"}, {"Front-End-Https", "off"},
	{"X-Forwarded-Prefix", "/evil.example"}, {"X-Script-Name", "/evil.example"}, {"X-Original-Url", "http://evil.example/"}, {"X-Rewrite-Url", "/evil.example"}, {"Origin-Host", "evil.example"}, {"X-Forwarded-Path", "/evil.example"},
}

var hosts = family{"spoofed addresses and hosts", []attack{
	{id: "MA-01/n", requirement: "No header of a request reaches the host of a password link.", try: func(t *T) string {
		b := t.signedIn(t.admin())
		made := 0
		for _, f := range forged {
			r := b.request("POST", t.about(t.user())+"/password-link", "reason", "forgot", "how", "link")
			r.set(f[0], f[1])
			p := b.send(r)
			if p.Status == 421 || p.Status == 403 || p.Status == 404 {
				continue
			}
			next := b.get(p.To())
			link := linkOnPage.FindString(next.Body)
			if t.holds(strings.HasPrefix(link, t.base+"/reset/"), "%s: %d, then %d, link %q", f[0], p.Status, next.Status, link) {
				made++
			}
			t.holds(!strings.Contains(next.Body, "evil.example"), "%s: the page names the other host", f[0])
		}
		return fmt.Sprintf("%d forged headers: %d links, all to the configured address, %d requests refused.", len(forged), made, len(forged)-made)
	}},
	{id: "MA-01/o", requirement: "Under another host nothing is served that belongs to somebody, and no cookie is set.", try: func(t *T) string {
		b := t.signedIn(t.admin())
		hosts := []string{"evil.example", "login.example.evil.example", "evil.example:443", "login.example:8443", "xlogin.example", "login.example@evil.example", "127.0.0.1", "localhost", "[::1]", "login.example%00.evil.example", "login.example/evil", "login.example,evil.example", "xn--login-abc.example", "lоgin.example"}
		for _, h := range hosts {
			for _, path := range []string{"/login", "/admin/users", "/profile", "/forgot"} {
				r := b.request("GET", path)
				r.set("Host", h)
				p := b.send(r)
				t.holds(p.Status == 421 || p.Status == 400, "%q %s: %d", h, path, p.Status)
				t.holds(p.Header.Get("Set-Cookie") == "", "%q %s sets a cookie", h, path)
				t.holds(!strings.Contains(p.Body, "adele"), "%q %s shows who is signed in", h, path)
				t.holds(!strings.Contains(p.Body, `href="https://evil`) && !strings.Contains(p.Body, `href="//evil`), "%q %s links there", h, path)
			}
		}
		return fmt.Sprintf("%d other hosts on 4 pages with a living session: each refused, without a cookie or a link.", len(hosts))
	}},
	{id: "MA-01/p", requirement: "An absolute request target or a second Host header chooses no other host.", try: func(t *T) string {
		for name, text := range map[string]string{
			"absolute evil":           "GET http://evil.example/login HTTP/1.1\r\nHost: login.example\r\nConnection: close\r\n\r\n",
			"absolute ours, evil":     "GET http://login.example/login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
			"two hosts":               "GET /login HTTP/1.1\r\nHost: login.example\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
			"two hosts, evil first":   "GET /login HTTP/1.1\r\nHost: evil.example\r\nHost: login.example\r\nConnection: close\r\n\r\n",
			"no host":                 "GET /login HTTP/1.1\r\nConnection: close\r\n\r\n",
			"no host, 1.0":            "GET /login HTTP/1.0\r\n\r\n",
			"empty host":              "GET /login HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
			"space before the colon":  "GET /login HTTP/1.1\r\nHost : evil.example\r\nHost: login.example\r\nConnection: close\r\n\r\n",
			"folded":                  "GET /login HTTP/1.1\r\nHost: login.example\r\n evil.example\r\nConnection: close\r\n\r\n",
			"user in the target":      "GET http://login.example@evil.example/login HTTP/1.1\r\nHost: login.example\r\nConnection: close\r\n\r\n",
			"scheme of the target":    "GET javascript://evil.example/login HTTP/1.1\r\nHost: login.example\r\nConnection: close\r\n\r\n",
			"authority form":          "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n",
			"network path":            "GET //evil.example/login HTTP/1.1\r\nHost: login.example\r\nConnection: close\r\n\r\n",
			"back slashes":            "GET /\\evil.example/login HTTP/1.1\r\nHost: login.example\r\nConnection: close\r\n\r\n",
			"asterisk form of a page": "GET * HTTP/1.1\r\nHost: login.example\r\nConnection: close\r\n\r\n",
		} {
			got := t.raw(text)
			first, _, _ := strings.Cut(got, " ")
			switch name {
			case "absolute ours, evil":
				// RFC 9112 3.2.2: the target wins.
				t.holds(!strings.Contains(got, "evil.example"), "%s: the answer names the other host: %s", name, first)
			default:
				t.holds(first >= "400" && first < "600", "%s: %s", name, first)
			}
			head, _, _ := strings.Cut(got, "\r\n\r\n")
			t.holds(!strings.Contains(head, "evil.example"), "%s: a header of the answer names the other host: %s", name, head)
		}
		return "14 shapes refused, one answered as the configured host; no answer's header names the other."
	}},
	{id: "SE-04/n", requirement: "A request that says it came over http gets the same secure cookies.", try: func(t *T) string {
		n := 0
		for _, f := range [][2]string{{"X-Forwarded-Proto", "http"}, {"X-Forwarded-Scheme", "http"}, {"Forwarded", "proto=http"}, {"X-Forwarded-Ssl", "off"}, {"Front-End-Https", "off"}, {"X-Url-Scheme", "http"}} {
			b := t.browser()
			r := b.request("POST", "/login", "username", t.user().Name, "password", housePassword)
			r.set(f[0], f[1])
			p := b.send(r)
			for _, cookie := range p.Header.Values("Set-Cookie") {
				n++
				t.holds(strings.HasPrefix(cookie, "__Host-") && strings.Contains(cookie, "Secure") && strings.Contains(cookie, "HttpOnly") && strings.Contains(cookie, "SameSite=") && !strings.Contains(cookie, "Domain"), "%s: %s", f[0], strings.Split(cookie, ";")[1:])
			}
		}
		t.holds(n > 0, "no cookie was set at all")
		return "6 forged schemes: every cookie is __Host-, Secure, HttpOnly, SameSite and without a domain."
	}},
	{id: "WE-15/n", requirement: "A header chooses no other path or method.", try: func(t *T) string {
		user, boss := t.signedIn(t.user()), t.signedIn(t.admin())
		for _, f := range [][2]string{{"X-Original-Url", "/admin/users"}, {"X-Rewrite-Url", "/admin/users"}, {"X-Forwarded-Uri", "/admin/users"}, {"X-Forwarded-Path", "/admin/users"}, {"X-Forwarded-Prefix", "/admin"}, {"X-Override-Url", "/admin/users"}, {"X-Accel-Redirect", "/admin/users"}, {"X-Sendfile", "/etc/passwd"}} {
			for _, b := range []*browser{user, boss} {
				r := b.request("GET", "/security")
				r.set(f[0], f[1])
				p := b.send(r)
				t.holds(p.Status == 200 && strings.Contains(p.Body, "<h1>Security"), "%s: %d, not the page that was asked for", f[0], p.Status)
			}
		}
		who := t.user()
		for _, f := range [][2]string{{"X-Http-Method-Override", "POST"}, {"X-Http-Method", "POST"}, {"X-Method-Override", "POST"}, {"X-Forwarded-Method", "POST"}, {"X-Original-Method", "POST"}} {
			r := boss.request("GET", t.about(who)+"/disable?_method=POST&reason=x")
			r.set(f[0], f[1])
			boss.send(r)
		}
		t.holds(t.signedIn(who).in(who), "a GET disabled somebody")
		return "13 headers: the page that was asked for, and nothing done by GET."
	}},
	{id: "AU-09/n", requirement: "The address of the client is the rightmost one that no trusted proxy has, whatever stands before it.", try: func(t *T) string {
		sent := [][2]string{
			{"203.0.113.77, 198.51.100.200", "198.51.100.200"}, {"127.0.0.1, 203.0.113.77, 198.51.100.200", "198.51.100.200"}, {"198.51.100.200, 127.0.0.1", "198.51.100.200"},
			{"2001:db8::1, 198.51.100.200", "198.51.100.200"}, {"'; DROP TABLE users; --, 198.51.100.200", "198.51.100.200"}, {strings.Repeat("203.0.113.77, ", 300) + "198.51.100.200", "198.51.100.200"},
		}
		for _, s := range sent {
			t.holds(t.seenAs(s[0]) == s[1], "%.60q is taken for %s", s[0], t.seenAs(s[0]))
		}
		return fmt.Sprintf("%d chains with forged first hops: always the hop that the proxy saw.", len(sent))
	}},
	{id: "AU-09/o", requirement: "No other header names the client, and from a peer that is not trusted none does.", on: direct, try: func(t *T) string {
		for _, h := range []string{"X-Forwarded-For", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "Fastly-Client-Ip", "X-Originating-Ip", "X-Remote-Ip", "X-Remote-Addr", "X-Azure-Clientip", "Forwarded", "Via", "Client-Ip"} {
			b := t.browser()
			got := t.seen(b.request("POST", "/login/cancel").set(h, "203.0.113.99"), b)
			t.holds(got == b.Address, "%s: taken for %s", h, got)
		}
		return "14 headers that name a client: all requests are the peer's own."
	}},
	{id: "AU-09/p", requirement: "Guesses with a new forged address each share one limit.", on: unsetDirect, try: func(t *T) string {
		return t.guessSetup(func(r *request, i int) {
			r.set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
			r.set("X-Real-Ip", fmt.Sprintf("203.0.113.%d", i))
			r.set("Forwarded", fmt.Sprintf("for=203.0.113.%d", i))
		})
	}},
	{id: "AU-09/q", requirement: "Guesses from the addresses of one IPv6 network share a limit.", on: unset, try: func(t *T) string {
		return t.guessSetup(func(r *request, i int) {
			r.set("X-Forwarded-For", fmt.Sprintf("2001:db8:77:1:%x::%x", i+1, i*7+1))
		})
	}},
	{id: "AU-09/r", requirement: "Spellings of one address are one address.", try: func(t *T) string {
		for _, s := range []string{"::ffff:203.0.113.5", "::FFFF:203.0.113.5", "::ffff:cb00:7105", "[::ffff:203.0.113.5]", "203.0.113.5:4711", "[::ffff:203.0.113.5]:4711", " 203.0.113.5 "} {
			got := t.seenAs(s)
			t.holds(got == "203.0.113.5" || got == "127.0.0.1", "%q is taken for %s", s, got)
		}
		for _, s := range []string{"", "unknown", "_hidden", "evil", "203.0.113", "0x7f.1", "203.0.113.5/24", "fe80::1%eth0", "<script>", "203.0.113.999"} {
			got := t.seenAs(s)
			t.holds(got == "127.0.0.1" || got == "fe80::1", "%q is taken for %q", s, got)
		}
		return "7 spellings of one address, 10 that are none: the address or the proxy's own."
	}},
}}

func TestHosts(t *testing.T) { run(t, &hosts) }

// seenAs is the address that the log has for a request with this X-Forwarded-For.
func (t *T) seenAs(forwarded string) string {
	b := t.browser()
	return t.seen(b.request("POST", "/login/cancel").set("X-Forwarded-For", forwarded), b)
}

var reference = regexp.MustCompile(`Reference <code>([a-z0-9]+)</code>`)

// seen sends a form of a type that is refused, so that the answer tells the number of the request, and returns the
// address that the log has for it.
func (t *T) seen(r *request, b *browser) (address string) {
	t.Helper()
	b.send(r.body("text/plain", "x"))
	line := regexp.MustCompile(`"id":"` + b.found(reference.String()) + `"[^\n]*"ip":"([^"]*)"`)
	t.within(5*time.Second, "the line in the log", func() bool {
		found := line.FindStringSubmatch(t.logged())
		if found != nil {
			address = found[1]
		}
		return found != nil
	})
	return address
}

// guessSetup guesses set-up codes, for which nothing is hashed, each from what is called another address.
func (t *T) guessSetup(from func(r *request, i int)) string {
	all := make([]*request, 14)
	for i := range all {
		all[i] = t.browser().request("POST", "/setup", "setup_code", fmt.Sprintf("%026d", i), "username", "eve", "name", "", "email", "", "new_password", "six quiet foxes at dawn")
		from(all[i], i)
	}
	answers := t.burst(all...)
	let, stopped := count(answers, status(422)), count(answers, status(429))
	t.holds(let == 10 && stopped == 4, "%s", statuses(answers))
	return fmt.Sprintf("Of 14 guesses, each with another forged address, %d were looked at and %d were stopped.", let, stopped)
}
