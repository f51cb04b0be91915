package attack

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// faulty mounts routes that go wrong, for the answers that no page of ours gives.
func faulty(s *web.Site) {
	s.Get("/panic", web.Anyone, func(v *web.Visitor) error { panic("canary of the panic") })
	s.Get("/tx-panic", web.Anyone, func(v *web.Visitor) error {
		return v.Tx(func(tx *store.Tx) error {
			if err := tx.SetMeta("half", "done"); err != nil {
				return err
			}
			panic("canary of the panic")
		})
	})
	s.Get("/error", web.Anyone, func(v *web.Visitor) error { return fmt.Errorf("canary of the error") })
	s.Get("/gone-wrong", web.Anyone, func(v *web.Visitor) error { return v.DB.Healthy(v.Context()) })
}

// everyAnswer returns one answer of every status that the program gives.
func everyAnswer(t *testing.T, a *apptest.App) map[string]*apptest.Page {
	t.Helper()
	b := a.Browser()
	b.SignIn(a.Admin)
	post := func(change func(*http.Request)) *apptest.Page {
		r := a.Browser().Request(http.MethodPost, "/login", url.Values{"username": {"x"}, "password": {"y"}})
		change(r)
		return a.Browser().Send(r)
	}
	get := func(path string) *apptest.Page { return b.Clone().Get(path) }
	all := map[string]*apptest.Page{
		"200 profile":    get("/profile"),
		"200 security":   get("/security"),
		"200 users":      get("/admin/users"),
		"200 login":      a.Browser().Get("/login"),
		"200 health":     get("/healthz"),
		"200 ready":      get("/readyz"),
		"302 well-known": get("/.well-known/change-password"),
		"303 to sign in": a.Browser().Get("/profile"),
		"400 field":      a.Browser().Post("/login", "nonsense", "1"),
		"403 origin":     post(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }),
		"404 nowhere":    get("/nowhere"),
		"404 file":       get("/static/nothing.css"),
		"405 method":     a.Browser().Send(a.Browser().Request(http.MethodDelete, "/login", nil)),
		"405 route":      b.Clone().Post("/profile"),
		"410 link":       get("/invite/none"),
		"413 body":       a.Browser().Post("/login", "username", strings.Repeat("x", 70<<10)),
		"415 type":       post(func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }),
		"422 form":       a.Browser().Post("/login", "username", "", "password", ""),
		"500 panic":      get("/panic"),
		"500 tx panic":   get("/tx-panic"),
		"500 error":      get("/error"),
	}
	for all["429 limit"] = guess(a.Browser(), "nobody"); all["429 limit"].Status == 422; {
		all["429 limit"] = guess(a.Browser(), "nobody")
	}
	breakTable(t, a, "meta", "UPDATE")
	breakTable(t, a, "meta", "INSERT")
	all["503 broken"], all["503 not ready"] = get("/gone-wrong"), get("/readyz")
	for name, p := range all {
		if got := fmt.Sprint(p.Status); !strings.HasPrefix(name, got) {
			t.Errorf("%s: answered %s", name, got)
		}
	}
	return all
}

func TestWE01_HeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; " +
		"require-trusted-types-for 'script'; trusted-types 'none'"
	for _, https := range []bool{false, true} {
		a := apptest.Start(t, apptest.Options{HTTPS: https, Mount: faulty})
		for name, p := range everyAnswer(t, a) {
			for header, want := range map[string]string{
				"Content-Security-Policy":      policy,
				"X-Content-Type-Options":       "nosniff",
				"Referrer-Policy":              "same-origin",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Cache-Control":                "no-store",
				"Strict-Transport-Security":    pick(https, "max-age=31536000", ""),
				"Server":                       "", "X-Powered-By": "", "Access-Control-Allow-Origin": "",
			} {
				if got := p.Header.Get(header); got != want {
					t.Errorf("%s: %s is %q, want %q", name, header, got, want)
				}
			}
			if kind := p.Header.Get("Content-Type"); p.Body != "" && !strings.HasSuffix(strings.ToLower(kind), "; charset=utf-8") {
				t.Errorf("%s: Content-Type %q", name, kind)
			}
			if p.Header.Get("Permissions-Policy") == "" {
				t.Errorf("%s: no Permissions-Policy", name)
			}
			if (p.Status == 429 || name == "503 broken") && p.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", name)
			}
		}
	}
}

// TestWE02_NothingInline looks for what the policy would block.
func TestWE02_NothingInline(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mount: faulty})
	for name, p := range everyAnswer(t, a) {
		doc := p.Doc()
		if n := doc.Find("[style], style, script:not([src]), iframe, object, embed, base, meta[http-equiv]").Length(); n > 0 {
			t.Errorf("%s: %d elements that have no place here", name, n)
		}
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, attribute := range s.Nodes[0].Attr {
				if strings.HasPrefix(attribute.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(attribute.Val)), "javascript:") {
					t.Errorf("%s: %s=%q", name, attribute.Key, attribute.Val)
				}
			}
		})
	}
}

func TestAV08_PanicIsAPageAndALine(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mount: faulty})
	for _, path := range []string{"/panic", "/tx-panic", "/error"} {
		p := a.Browser().Get(path).Is(500).SeesNot("canary", "goroutine", ".go:", "panic")
		reference := p.Doc().Find("code").Last().Text()
		if reference == "" || !strings.Contains(a.Log.String(), `"id":"`+reference+`"`) {
			t.Errorf("%s: the reference %q is not in the log", path, reference)
		}
	}
	if !strings.Contains(a.Log.String(), "canary of the panic") {
		t.Error("the log does not say what went wrong")
	}
	if n := number(t, a, `SELECT count(*) FROM meta WHERE name = 'half'`); n != 0 {
		t.Error("half a transaction was kept")
	}
	a.Browser().SignIn(a.Admin).At("/profile") // no transaction is left open
}

func TestWE04_Origins(t *testing.T) {
	t.Parallel()
	for _, https := range []bool{false, true} {
		a := apptest.Start(t, apptest.Options{HTTPS: https})
		alice := a.AddUser("alice")
		b := a.Browser()
		b.SignIn(alice)
		own, host := a.URL, strings.TrimPrefix(strings.TrimPrefix(a.URL, "http://"), "https://")
		foreign := []string{
			"null", "https://evil.example", own + ".evil.example", own + "/", strings.Replace(own, "127.0.0.1", "localhost", 1),
			pick(https, "http://", "https://") + host, "file://", own[:len(own)-1], own + "," + own, "//" + host, host,
			strings.Replace(own, "127.0.0.1", "127.0.0.1.", 1), strings.Replace(own, "127.0.0.1", "evil@127.0.0.1", 1),
		}
		type sent struct{ site, origin string }
		want := map[sent]bool{{"", ""}: false, {"", own}: true}
		for _, site := range []string{"same-origin", "none"} {
			want[sent{site, own}], want[sent{site, ""}] = true, true
		}
		for _, site := range []string{"same-site", "cross-site", "nonsense", "SAME-ORIGIN", "same-origin, same-origin"} {
			want[sent{site, own}], want[sent{site, ""}] = false, false
		}
		for _, origin := range foreign {
			for _, site := range []string{"", "same-origin", "none", "same-site", "cross-site"} {
				want[sent{site, origin}] = false
			}
		}
		for s, allowed := range want {
			for path, visitor := range map[string]*apptest.Browser{"/security/sessions/end-others": b, "/login": a.Browser()} {
				c := visitor.Clone()
				r := c.Request(http.MethodPost, path, nil)
				r.Header.Del("Origin")
				r.Header.Del("Sec-Fetch-Site")
				if s.site != "" {
					r.Header.Set("Sec-Fetch-Site", s.site)
				}
				if s.origin != "" {
					r.Header.Set("Origin", s.origin)
				}
				r.Header.Set("Referer", own+"/security")
				if got := c.Send(r).Status; (got != http.StatusForbidden) != allowed {
					t.Errorf("%s with Sec-Fetch-Site %q and Origin %q: %d, allowed %v", path, s.site, s.origin, got, allowed)
				}
			}
		}
		if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'session.ended'`); n != 5 {
			t.Errorf("%d of the forms were acted upon, want 5", n)
		}
	}
}

func TestWE05_Methods(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	all, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer(":id", alice.ID, ":token", "none", ":name", "none.css")
	has := map[string]bool{}
	for _, r := range all {
		has[r.Method+" "+r.Path] = true
	}
	before := rows(t, a)
	for _, r := range all {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "POSTS", "LINK"} {
			c := b.Clone()
			p := c.Send(c.Request(method, fill.Replace(r.Path), nil))
			if p.Status != http.StatusMethodNotAllowed || p.Header.Get("Allow") == "" {
				t.Errorf("%s %s answers %d, Allow %q", method, r.Path, p.Status, p.Header.Get("Allow"))
			}
		}
		if r.Method == http.MethodPost && !has["GET "+r.Path] {
			for _, change := range []func(*http.Request){
				func(*http.Request) {},
				func(r *http.Request) { r.Header.Set("X-HTTP-Method-Override", "POST") },
				func(r *http.Request) { r.Header.Set("X-Method-Override", "POST") },
				func(r *http.Request) { r.URL.RawQuery = "_method=POST" },
			} {
				c := b.Clone()
				request := c.Request(http.MethodGet, fill.Replace(r.Path), nil)
				change(request)
				if p := c.Send(request); p.Status != http.StatusMethodNotAllowed && p.Status != http.StatusNotFound {
					t.Errorf("GET %s answers %d", r.Path, p.Status)
				}
			}
		}
	}
	b.Clone().Post("/logout", "_method", "DELETE").Is(http.StatusBadRequest)
	if after := rows(t, a); after != before || !b.SignedInAs(alice) {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// nexts are places that a visitor must not be sent to, spelled in the ways that
// have worked elsewhere.
var nexts = strings.Split(strings.TrimSpace(`
https://evil.example
http://evil.example/profile
HTTPS://EVIL.EXAMPLE
//evil.example
///evil.example
////evil.example
/\evil.example
\/evil.example
\\evil.example
/\/evil.example
/\\evil.example
\evil.example
https:evil.example
https:/evil.example
http:evil.example
javascript:alert(1)
JavaScript:alert(1)
data:text/html,x
vbscript:x
/profile//evil.example
/profile/../..//evil.example
/profile/..//evil.example
/profile/.//evil.example
/./profile
/profile/.
/profile/..
/profile/../admin
/%2fevil.example
/%5cevil.example
/%2f%2fevil.example
%2f%2fevil.example
//%2fevil.example
/profile%2f..%2f..
/profile%0d%0aSet-Cookie:x=y
/profile%00
/profile;https://evil.example
/profile@evil.example
@evil.example
evil.example
.evil.example
/.evil.example
?next=//evil.example
#//evil.example
/profile#//evil.example
/profile?next=https://evil.example
/profile?a=\\evil
/profile?a=<script>
/profileevil
/profile.evil.example
/securityevil.example
/adminevil
/Profile
/login
/logout
/login/cancel
/setup
/invite/token
/reset/token
/static/app.js
/healthz
http:///evil.example
http:\\evil.example
http://127.0.0.1@evil.example
//127.0.0.1@evil.example
//evil.example\@127.0.0.1
/profile /evil
 //evil.example
　//evil.example
/ /evil.example
／／evil.example
//evil。example
/profile/../../evil.example/%2e%2e
/profile/%2e%2e/%2e%2e/evil
/profile?`+strings.Repeat("a", 600)), "\n")

// breaks are those that do not fit on a line.
var breaks = []string{
	"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", "ht\ntps://evil.example", "/profile\r\nLocation: //evil.example",
	"/\x00/evil.example", "/profile\u202e", "//\u200bevil.example", "java\tscript:alert(1)", "/profile\\..\\..\\evil",
}

var ours = regexp.MustCompile(`^/(profile|security|admin)(/[^/\\]+)*(\?[^\\\s]*)?$`)

// lands reports whether a Location stays with us however a browser reads it: it
// drops tabs and line breaks, and takes a backslash for a slash.
func lands(base, location string) bool {
	seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimSpace(location))
	b, err := url.Parse(base)
	if err != nil {
		return false
	}
	to, err := b.Parse(seen)
	clean, _, _ := strings.Cut(seen, "?")
	return err == nil && to.Scheme == b.Scheme && to.Host == b.Host && seen == location && path.Clean(clean) == clean &&
		ours.MatchString(location) && !strings.Contains(strings.ToLower(location), "evil")
}

func TestWE06_NextStaysHere(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	nell := a.AddUser("nell", apptest.NoPhone)
	inside := a.Browser()
	inside.SignIn(nell)
	all := append(append([]string{}, nexts...), breaks...)
	if len(all) < 60 {
		t.Fatalf("only %d spellings", len(all))
	}
	for i, next := range all {
		query := "?next=" + url.QueryEscape(next)
		places := map[string]string{
			"/login while signed in": inside.Clone().Get("/login" + query).Header.Get("Location"),
			"/confirm while fresh":   inside.Clone().Get("/confirm" + query).Header.Get("Location"),
			"/login with a password": a.Browser().Post("/login", "username", "nell", "password", nell.Password, "next", next).Header.Get("Location"),
		}
		if i%10 == 0 { // a hash each
			places["/confirm with a password"] = inside.Post("/confirm", "password", nell.Password, "next", next).Header.Get("Location")
		}
		for place, location := range places {
			if location != "" && !lands(a.URL, location) {
				t.Errorf("%s: next=%q leads to %q", place, next, location)
			}
		}
		if places["/login with a password"] == "" && !strings.ContainsRune(next, 0) {
			t.Errorf("next=%q keeps people from signing in", next)
		}
		form := a.Browser().Get("/login" + query)
		if hidden := form.Doc().Find("input[name=next]").AttrOr("value", "/profile"); !lands(a.URL, hidden) {
			t.Errorf("the form keeps next=%q as %q", next, hidden)
		}
	}
	for _, next := range []string{"/security", "/admin/users?q=a%20b&page=2", "/profile/edit", "/security/activity?before=12"} {
		a.Browser().Post("/login", "username", "nell", "password", nell.Password, "next", next).Redirects(next)
	}
}

func TestWE09_OnlyForms(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	bodies := map[string]string{
		"application/json":                   `{"username":"alice","password":"` + alice.Password + `","role":"admin"}`,
		"application/xml":                    `<f><username>alice</username></f>`,
		"text/xml":                           `<f><username>alice</username></f>`,
		"text/plain":                         "username=alice&password=" + url.QueryEscape(alice.Password),
		"multipart/form-data; boundary=x":    "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n--x--\r\n",
		"":                                   "username=alice&password=" + url.QueryEscape(alice.Password),
		"application/x-www-form-urlencoded2": "username=alice&password=" + url.QueryEscape(alice.Password),
		"application/x-www-form-urlencoded, text": "username=alice&password=" + url.QueryEscape(alice.Password),
		"application/msgpack":                     "\x81",
	}
	for kind, body := range bodies {
		r := a.Browser().Request(http.MethodPost, "/login", nil)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.Header["Content-Type"] = []string{kind}
		if kind == "" {
			r.Header.Del("Content-Type")
		}
		if p := a.Browser().Send(r); p.Status != http.StatusUnsupportedMediaType || p.Header.Get("Set-Cookie") != "" {
			t.Errorf("Content-Type %q: %d", kind, p.Status)
		}
	}
	r := a.Browser().Request(http.MethodPost, "/login", url.Values{"username": {"alice"}, "password": {alice.Password}})
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	a.Browser().Send(r).Redirects("/login/code")
}

func TestAV01_SizesAreBounded(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	all, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Method != http.MethodPost || r.Path == "/setup" {
			continue
		}
		c := b.Clone()
		if r.Access == web.CodeStage || r.Access == web.PasswordStage {
			continue // asked in TestWE12
		}
		path := strings.ReplaceAll(r.Path, ":id", a.Admin.ID)
		if p := c.Post(path, "x", strings.Repeat("y", 64<<10)); p.Status != http.StatusRequestEntityTooLarge && p.Status != http.StatusNotFound {
			t.Errorf("%s answers %d to 64 KiB", r.Path, p.Status)
		}
	}
	r := a.Browser().Request(http.MethodGet, "/login", nil)
	r.Header.Set("Cookie", strings.Repeat("x=y; ", 8<<10))
	a.Browser().Send(r).Is(http.StatusRequestHeaderFieldsTooLarge)
	a.Browser().Get("/login?next=" + strings.Repeat("x", 15<<10)).Is(http.StatusOK)
}

// TestAV01_BrokenRequests speaks to the socket itself.
func TestAV01_BrokenRequests(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	host := strings.TrimPrefix(a.URL, "http://")
	for name, text := range map[string]string{
		"no host":            "GET /login HTTP/1.1\r\n\r\n",
		"two hosts":          "GET /login HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"NUL in a header":    "GET /login HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
		"NUL in the path":    "GET /lo\x00gin HTTP/1.1\r\nHost: a\r\n\r\n",
		"two lengths":        "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
		"length and chunks":  "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"negative length":    "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"space before colon": "GET /login HTTP/1.1\r\nHost : a\r\n\r\n",
		"HTTP/0.9":           "GET /login\r\n",
		"garbage":            "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprint(conn, text)
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if !regexp.MustCompile(`^HTTP/1\.[01] (4\d\d|501) `).Match(answer) {
			t.Errorf("%s: %.60q", name, answer)
		}
	}
	a.Browser().Get("/login").Is(http.StatusOK)
}
