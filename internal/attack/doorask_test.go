package attack

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// asked is a question as a proxy sends it; headers, by name and value in turns, are set on top of it, and "" takes
// one away.
func (d *door) askAs(w *walker, path, host, uri string, headers ...string) *apptest.Page {
	d.TB.Helper()
	b := d.Browser()
	r := b.Request(http.MethodGet, path, nil)
	r.Header.Del("Sec-Fetch-Mode")
	r.Header.Del("Accept")
	if w != nil {
		r.Header["Cookie"] = w.request(http.MethodGet, "https://"+host+"/", nil).Header["Cookie"]
	}
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	if strings.HasPrefix(path, "/forward-auth/") {
		headers = append([]string{"X-Forwarded-Method", "GET", "X-Forwarded-Proto", "https", "X-Forwarded-Host", host, "X-Forwarded-Uri", uri}, headers...)
	} else {
		headers = append([]string{"X-Original-Method", "GET", "X-Original-Url", "https://" + host + uri}, headers...)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		name, value := http.CanonicalHeaderKey(headers[i]), headers[i+1]
		switch {
		case value == "":
			delete(r.Header, name)
		case strings.HasPrefix(value, "+"): // once more
			r.Header[name] = append(r.Header[name], value[1:])
		case name == "Host":
			r.Host = value
		default:
			r.Header[name] = []string{value}
		}
	}
	return b.Send(r)
}

// TestFD01_NoHeaderChoosesTheApplication: whatever is sent beside the slug in the path, it is that
// application's cookie, host and rules, and only a trusted proxy is answered.
func TestFD01_NoHeaderChoosesTheApplication(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada := d.AddUser("ada")
	w := d.inside(ada, "wiki.example")
	for _, path := range []string{"/forward-auth/wiki", "/auth-request/wiki"} {
		for _, host := range []string{"wiki.example", "upstream:8080", "evil.example", "secret.example", strings.TrimPrefix(d.URL, "https://")} {
			d.askAs(w, path, "wiki.example", "/", "Host", host).Is(http.StatusOK) // however the proxy reaches us
		}
	}
	for _, path := range []string{"/forward-auth/secret", "/auth-request/secret", "/forward-auth/mail", "/auth-request/mail", "/forward-auth/none", "/auth-request/none"} {
		for _, host := range []string{"wiki.example", "secret.example", "mail.example", "evil.example", "", "login.example", "wiki.example:8443"} {
			p := d.askAs(w, path, host, "/", "Cookie", "__Host-latchkey-app="+w.at["wiki.example"].Cookies["__Host-latchkey-app"], "X-Application", "wiki", "X-Latchkey-App", "wiki")
			if p.Status == http.StatusOK || p.Header.Get("Remote-User") != "" {
				t.Errorf("%s for %q: %d, %v", path, host, p.Status, p.Header)
			}
		}
	}
	for _, host := range []string{"wiki.example:443", "WIKI.Example", "wiki.example"} {
		d.askAs(w, "/forward-auth/wiki", host, "/", "Cookie", "__Host-latchkey-app="+w.at["wiki.example"].Cookies["__Host-latchkey-app"]).Is(http.StatusOK)
	}
}

// TestFD01_OnlyTrustedPeersAreAnswered: where no proxy is trusted the questions do not exist, and below
// our own paths on an application's host they never do.
func TestFD01_OnlyTrustedPeersAreAnswered(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	w := d.inside(d.AddUser("ada"), "wiki.example")
	for _, path := range []string{"/.latchkey/forward-auth/wiki", "/.latchkey/auth-request/wiki", "/.latchkey//forward-auth/wiki", "/.latchkey/../forward-auth/wiki", "/.latchkey/%2e%2e/forward-auth/wiki"} {
		if p := w.get("https://wiki.example" + path); p.Status == http.StatusOK || p.Header.Get("Remote-User") != "" {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	untrusted := &door{App: apptest.Start(t, apptest.Options{HTTPS: true})}
	untrusted.add("wiki", access.Wish{Name: "Wiki", Hosts: []string{"wiki.example"}, Everyone: true})
	for _, path := range []string{"/forward-auth/wiki", "/auth-request/wiki", "/forward-auth/none"} {
		untrusted.askAs(nil, path, "wiki.example", "/").Is(http.StatusNotFound)
		untrusted.askAs(nil, path, "wiki.example", "/", "Host", "wiki.example").Is(http.StatusMisdirectedRequest)
	}
}

// TestFD03_OneReadingOfARequest: a question that is not whole, says something twice or in the words of
// the other kind of proxy is never answered 200.
func TestFD03_OneReadingOfARequest(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	w := d.inside(d.AddUser("ada"), "wiki.example")
	ask := func(path string, headers ...string) *apptest.Page {
		return d.askAs(w, path, "wiki.example", "/page?a=b", headers...)
	}
	ask("/forward-auth/wiki").Is(http.StatusOK)
	ask("/auth-request/wiki").Is(http.StatusOK)
	ask("/forward-auth/wiki", "X-Original-Url", "https://evil.example/", "X-Original-Method", "DELETE").Is(http.StatusOK)
	ask("/auth-request/wiki", "X-Forwarded-Host", "evil.example", "X-Forwarded-Uri", "nonsense", "X-Forwarded-Method", "x y", "X-Forwarded-Proto", "gopher", "X-Forwarded-Prefix", "/x").Is(http.StatusOK)
	ask("/forward-auth/wiki", "X-Forwarded-Prefix", "/x", "X-Rewrite-Url", "/y").Is(http.StatusOK)
	for name, values := range map[string][]string{
		"X-Forwarded-Uri": {
			"", "+/other", "page", "https://wiki.example/page", "//", "http:/x", "*", "/a b", "/a\tb", "/page#x", "#", "?x", "wiki.example/page", "/" + strings.Repeat("a", 20000), "\\page",
		},
		"X-Forwarded-Host":   {"", "+wiki.example", "wiki.example, evil.example", "evil.example, wiki.example", "wiki.example/", "wiki.example.", "wiki.example:80", "user@wiki.example", "wiki.example evil", "[::1", "wiki.example:443:443", "wiki.example#", "wiki.example\\", "xn--", "*.example", "ẃiki.example"},
		"X-Forwarded-Proto":  {"", "+https", "ftp", "https, http", "HTTPS", "https://"},
		"X-Forwarded-Method": {"", "+GET", "get", "GET POST", "G(T", strings.Repeat("A", 40)},
	} {
		for _, value := range values {
			if name == "X-Forwarded-Uri" && value == "//" {
				continue // a path like another where nothing is public
			}
			p := ask("/forward-auth/wiki", name, value)
			if p.Status != http.StatusBadRequest && p.Status != http.StatusForbidden && p.Status != http.StatusFound && p.Status != http.StatusUnauthorized || p.Header.Get("Remote-User") != "" {
				t.Errorf("%s %q: %d %v", name, value, p.Status, p.Header)
			}
		}
	}
	for name, values := range map[string][]string{
		"X-Original-Url": {
			"", "+https://wiki.example/other", "/page", "//wiki.example/page", "wiki.example/page", "https:wiki.example/page", "https://wiki.example", "https://wiki.example?x", "https://evil@wiki.example/", "https://wiki.example@evil.example/",
			"https://wiki.example#/x", "https://wiki.example/#x", "https://wiki.example/a b", "ftp://wiki.example/", "https:///wiki.example/", "https://wiki.example\\/", "HTTPS://wiki.example/", "https://wiki.example, https://wiki.example/", "https://evil.example/wiki.example/",
		},
		"X-Original-Method": {"", "+GET", "get", "GET POST"},
	} {
		for _, value := range values {
			p := ask("/auth-request/wiki", name, value)
			if p.Status != http.StatusForbidden && p.Status != http.StatusUnauthorized || p.Header.Get("Remote-User") != "" || p.Body != "" {
				t.Errorf("%s %q: %d %v", name, value, p.Status, p.Header)
			}
		}
	}
}

// TestFD03_PublicPaths: what is open to anybody is open to nobody who writes it in two ways, and to
// nobody at all while the application is disabled.
func TestFD03_PublicPaths(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	ada := d.AddUser("ada")
	w := d.inside(ada, "docs.example")
	for uri, want := range map[string]int{
		"/assets/a.css": 200, "/assets/?x=../y": 200, "/health": 200, "/health?x": 200, "/health/deep": 200,
		"/assets": 401, "/": 401, "/healthy": 401, "/Assets/a": 401, "/private?/assets/": 401, "/x/assets/": 401,
		"/assets/../private": 403, "/assets/%2e%2e/private": 403, "/assets/..%2fprivate": 403, "/assets/%2E%2E%2Fprivate": 403, "/assets//private": 403, "//assets/x": 403, "/assets/\\..\\x": 403,
		"/assets/..;/private": 403, "/assets/%252e%252e/x": 403, "/assets/a%00b": 403, "/assets/%zz": 403, "/assets/.": 403, "/assets/%5c..": 403, "/private/%2e": 403,
	} {
		for _, path := range []string{"/forward-auth/docs", "/auth-request/docs"} {
			p := d.askAs(nil, path, "docs.example", uri)
			if p.Status != want || want == 200 && !slices.Equal(p.Header["Remote-User"], []string{""}) {
				t.Errorf("anonymous %s %s: %d %v, want %d", path, uri, p.Status, p.Header["Remote-User"], want)
			}
			signedIn, wantIn := d.askAs(w, path, "docs.example", uri), want
			if want == 401 {
				wantIn = 200
			}
			if signedIn.Status != wantIn || wantIn == 200 && signedIn.Header.Get("Remote-User") != "ada" {
				t.Errorf("signed in %s %s: %d, want %d", path, uri, signedIn.Status, wantIn)
			}
		}
	}
	d.Tx(func(tx *store.Tx) error {
		a, err := tx.Application("docs")
		if err != nil {
			return err
		}
		return access.DisableApplication(tx, d.by(), "docs", a.Version)
	})
	for _, uri := range []string{"/assets/a.css", "/health", "/"} {
		for _, who := range []*walker{nil, w} {
			d.askAs(who, "/forward-auth/docs", "docs.example", uri).Is(http.StatusForbidden)
			d.askAs(who, "/auth-request/docs", "docs.example", uri).Is(http.StatusForbidden)
		}
	}
}

// TestFD03_NavigationsAreLedAndOthersRefused: only somebody who looks at a page is led away.
func TestFD03_NavigationsAreLedAndOthersRefused(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	for _, c := range []struct {
		method, mode, accept string
		want                 int
	}{
		{"GET", "navigate", "", 302}, {"HEAD", "navigate", "*/*", 302}, {"GET", "", "text/html,*/*", 302}, {"GET", "cors", "text/html", 401}, {"GET", "no-cors", "", 401}, {"GET", "", "application/json", 401}, {"GET", "", "", 401},
		{"GET", "websocket", "text/html", 401}, {"POST", "navigate", "text/html", 401}, {"OPTIONS", "cors", "*/*", 401}, {"OPTIONS", "", "", 401}, {"DELETE", "", "text/html", 401}, {"PROPFIND", "", "text/html", 401}, {"GET", "same-origin", "", 401},
	} {
		p := d.askAs(nil, "/forward-auth/wiki", "wiki.example", "/a?b=c", "X-Forwarded-Method", c.method, "Sec-Fetch-Mode", c.mode, "Accept", c.accept)
		if p.Status != c.want || p.Header.Get("Cache-Control") != "no-store" || p.Body != "" && (c.method == "GET" || !strings.Contains(c.accept, "text/html")) {
			t.Errorf("%+v: %d %v", c, p.Status, p.Header)
		}
		if c.want == 302 && p.Header.Get("Location") != "https://wiki.example/.latchkey/start?to=%2Fa%3Fb%3Dc" {
			t.Errorf("%+v: leads to %s", c, p.Header.Get("Location"))
		}
		if c.want == 401 && p.Header.Get("Www-Authenticate") == "" {
			t.Errorf("%+v: no challenge", c)
		}
		d.askAs(nil, "/auth-request/wiki", "wiki.example", "/", "X-Original-Method", c.method, "Sec-Fetch-Mode", c.mode, "Accept", c.accept).Is(http.StatusUnauthorized)
	}
	w := d.inside(d.AddUser("ada"), "wiki.example")
	b := d.Browser()
	r := b.Request(http.MethodHead, "/forward-auth/wiki", nil)
	r.Header = w.request(http.MethodHead, "https://wiki.example/", nil).Header
	for name, value := range map[string]string{"X-Forwarded-Method": "POST", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "wiki.example", "X-Forwarded-Uri": "/"} {
		r.Header.Set(name, value)
	}
	if p := b.Send(r); p.Status != 200 || p.Header.Get("Remote-User") != "ada" {
		t.Errorf("HEAD: %d", p.Status)
	}
	for _, method := range []string{"POST", "PUT", "OPTIONS"} {
		r := d.Browser().Request(method, "/forward-auth/wiki", nil)
		if p := d.Browser().Send(r); p.Status < 400 {
			t.Errorf("%s: %d", method, p.Status)
		}
	}
}
