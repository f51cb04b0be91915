package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// faulty mounts routes that go wrong, for the answers that no page of ours gives.
func faulty(s *web.Site) {
	s.Get("/panic", route.Anyone, func(v *web.Visitor) error { panic("canary of the panic") })
	s.Get("/tx-panic", route.Anyone, func(v *web.Visitor) error {
		return v.Tx(func(tx *store.Tx) error {
			if err := tx.SetMeta("half", "done"); err != nil {
				return err
			}
			panic("canary of the panic")
		})
	})
	s.Get("/error", route.Anyone, func(v *web.Visitor) error { return fmt.Errorf("canary of the error") })
	s.Get("/gone-wrong", route.Anyone, func(v *web.Visitor) error { return v.DB.Healthy(v.Context()) })
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
	a.Clock.Add(time.Second) // for so long the last answer counts
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
				if got := strings.Join(p.Header.Values(header), " and "); got != want {
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
