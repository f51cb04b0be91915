package attack

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// spellings are the ways in which a key could lie about.
func spellings(key []byte) []string {
	base32 := factor.EncodeSecret(key)
	return []string{
		base32, strings.ToLower(base32), factor.GroupSecret(base32), string(key), hex.EncodeToString(key),
		base64.StdEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key),
	}
}

// TestLO04_SecretsStayInside types, shows and sends every kind of secret, and
// looks for each in the database, in the log and on the pages afterwards.
func TestLO04_SecretsStayInside(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ivan := a.AddUser("ivan", apptest.Invited)
	secrets := map[string]string{
		"first password": "canary one on a wire", "second password": "canary two on a wire", "wrong password": "canary of a wrong password",
		"password as name": "canary-typed-as-a-name", "recovery code tried": "CANA-RYCA-NARY-0000", "refused password": "canary",
	}
	delete(secrets, "refused password") // too common a word to look for
	invitation := ivan.Link(store.PurposeInvite)
	secrets["invitation"] = strings.TrimPrefix(invitation, "/invite/")
	b := a.Browser()
	b.Get(invitation)
	b.Post("/invite", "new_password", secrets["first password"]).Redirects("/security/authenticators/new")
	key, id := enrolment(t, b)
	for i, s := range spellings(key) {
		secrets[fmt.Sprint("key ", i)] = s
	}
	confirming := a.CodeFor(key)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", confirming).Redirects("/security/recovery-codes")
	ivan.Secret = key
	b.Open("/security/recovery-codes").Doc().Find("#codes li").Each(func(i int, s *goquery.Selection) {
		secrets[fmt.Sprint("recovery code ", i)] = s.Text()
		secrets[fmt.Sprint("recovery code without dashes ", i)] = strings.ReplaceAll(s.Text(), "-", "")
		ivan.Codes = append(ivan.Codes, s.Text())
	})
	b.Get("/security/recovery-codes.txt").Is(http.StatusOK)
	b.Post("/security/recovery-codes", "saved", "1").Redirects("/profile")
	b.Post("/security/password", "current_password", secrets["first password"], "new_password", secrets["second password"]).Redirects("/security")
	ivan.Password = secrets["second password"]

	guesses := a.Browser()
	guesses.Post("/login", "username", "ivan", "password", secrets["wrong password"])
	guesses.Post("/login", "username", secrets["password as name"], "password", secrets["wrong password"])
	guesses.Post("/login", "password", secrets["wrong password"], "nonsense", secrets["password as name"])
	r := guesses.Request(http.MethodPost, "/login?password="+url.QueryEscape(secrets["wrong password"]), url.Values{"x": {"y"}})
	guesses.Send(r)
	guesses.Password(ivan)
	guesses.Post("/login/recovery", "recovery_code", secrets["recovery code tried"]).Is(422)
	guesses.Post("/login/recovery", "recovery_code", ivan.Codes[0]).Redirects("/profile")
	a.Clock.Add(time.Minute)
	b.Confirm(ivan)
	reset := ivan.Link(store.PurposePassword)
	secrets["password link"] = strings.TrimPrefix(reset, "/reset/")
	a.Browser().Get(reset)
	for _, browser := range []*apptest.Browser{b, guesses} {
		for name, values := range browser.Ever {
			for i, value := range values {
				secrets[fmt.Sprint(name, " ", i)] = value
			}
		}
	}
	keyFile, err := os.ReadFile(filepath.Join(a.Folder, "latchkey.key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets["key of the server"] = strings.Fields(string(keyFile))[3]

	admin := a.Browser()
	admin.SignIn(a.Admin)
	places := map[string]string{"database": a.Files(), "log": a.Log.String()}
	crawl(t, a, "user", b, places)
	crawl(t, a, "administrator", admin, places)
	for place, text := range places {
		for what, s := range secrets {
			if strings.Contains(text, s) || place != "database" && strings.Contains(text, url.QueryEscape(s)) {
				t.Errorf("%s lies in %s", what, place)
			}
		}
	}
	if regexp.MustCompile(`\b` + confirming + `\b`).MatchString(a.Log.String()) {
		t.Error("a code lies in the log")
	}
	if !strings.Contains(places["log"], "/invite/:token") || !strings.Contains(places["user /security"], "Phone") {
		t.Error("this test looked at the wrong places")
	}
}

// crawl adds every page that somebody can open.
func crawl(t *testing.T, a *apptest.App, who string, b *apptest.Browser, places map[string]string) {
	t.Helper()
	todo, seen := []string{"/profile", "/security", "/admin", "/help", "/confirm"}, map[string]bool{}
	for len(todo) > 0 && len(seen) < 300 {
		path, _, _ := strings.Cut(todo[0], "#")
		todo = todo[1:]
		if seen[path] || strings.HasPrefix(path, "/static/") || path == "/security/authenticators/new" {
			continue
		}
		seen[path] = true
		p := b.Clone().Open(path)
		places[who+" "+path] = p.Body
		p.Doc().Find("a[href^='/']").Each(func(_ int, s *goquery.Selection) { todo = append(todo, s.AttrOr("href", "")) })
	}
	if len(seen) < 10 {
		t.Errorf("%s found only %d pages", who, len(seen))
	}
}

// TestOT06_KeyIsShownOnce asks for the enrolment page again afterwards.
func TestOT06_KeyIsShownOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	nell := a.AddUser("nell", apptest.NoPhone)
	b := a.Browser()
	b.Password(nell)
	key, id := enrolment(t, b)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key)).Redirects("/security/recovery-codes")
	again, _ := enrolment(t, b)
	if string(again) == string(key) {
		t.Error("the page shows the key that was confirmed")
	}
	a.Clock.Add(10 * time.Minute)
	b.Get("/security/recovery-codes").Redirects("/security")
	b.Get("/security/recovery-codes.txt").Redirects("/security")
}

// TestMA01_LinksComeFromTheConfiguration sends every header that elsewhere has
// changed the host of a link.
func TestMA01_LinksComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	admin := a.Browser()
	admin.SignIn(a.Admin)
	lie := func(r *http.Request) *http.Request {
		r.Host = "evil.example"
		for name, value := range map[string]string{
			"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Server": "evil.example", "X-Host": "evil.example",
			"Forwarded": "host=evil.example;proto=https", "X-Original-Host": "evil.example", "X-Rewrite-Url": "//evil.example/", "X-Original-Url": "//evil.example/",
			"X-Forwarded-Prefix": "//evil.example", "X-Forwarded-Port": "666", "X-Forwarded-Scheme": "https",
		} {
			r.Header.Set(name, value)
		}
		return r
	}
	links := 0
	look := func(p *apptest.Page) {
		t.Helper()
		if strings.Contains(p.Header.Get("Location"), "evil") || strings.HasPrefix(p.Header.Get("Location"), "http") {
			t.Errorf("%s leads to %s", p.Path, p.Header.Get("Location"))
		}
		p.Doc().Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, attribute := range s.Nodes[0].Attr {
				if slices.Contains([]string{"href", "src", "action", "value", "content"}, attribute.Key) && strings.Contains(attribute.Val, "evil") {
					t.Errorf("%s has %s=%q", p.Path, attribute.Key, attribute.Val)
				}
			}
		})
		links += strings.Count(p.Body, a.URL+"/invite/") + strings.Count(p.Body, a.URL+"/reset/")
		for _, c := range p.Header.Values("Set-Cookie") {
			if strings.Contains(c, "evil") || strings.Contains(c, "Domain") || strings.Contains(c, "Secure") {
				t.Errorf("%s sets %s", p.Path, c)
			}
		}
	}
	post := func(path string, fields url.Values) *apptest.Page {
		return admin.Send(lie(admin.Request(http.MethodPost, path, fields)))
	}
	p := post("/admin/users/new", url.Values{"username": {"carl"}, "role": {"user"}, "first_sign_in": {"link"}}).Is(http.StatusSeeOther)
	look(p)
	look(admin.Send(lie(admin.Request(http.MethodGet, p.Header.Get("Location"), nil))).Is(http.StatusOK))
	alice := a.AddUser("alice")
	p = post("/admin/users/"+alice.ID+"/password-link", url.Values{"reason": {"forgot"}}).Is(http.StatusSeeOther)
	look(admin.Send(lie(admin.Request(http.MethodGet, p.Header.Get("Location"), nil))).Is(http.StatusOK))
	if links < 2 {
		t.Errorf("%d links of ours were shown, want one of each kind", links)
	}
	for _, path := range []string{"/", "/login", "/profile", "/security", "/admin", "/nowhere", "/.well-known/change-password"} {
		look(admin.Send(lie(admin.Request(http.MethodGet, path, nil))))
		look(a.Browser().Send(lie(a.Browser().Request(http.MethodGet, path, nil))))
	}
	look(a.Browser().Send(lie(a.Browser().Request(http.MethodPost, "/login", url.Values{"username": {"alice"}, "password": {alice.Password}}))))
	empty := apptest.Start(t, apptest.Options{Empty: true})
	q := empty.Browser().Send(lie(empty.Browser().Request(http.MethodGet, "/setup", nil))).Is(http.StatusOK).SeesNot("evil")
	q.Sees(empty.URL)
}

// TestAU12_EveryDoorIsKnown lists who calls the one function that makes a
// session. A new caller is a new door: decide first that it is as strong.
func TestAU12_EveryDoorIsKnown(t *testing.T) {
	t.Parallel()
	want := []string{"login/check.go", "login/code.go", "security/enrol.go"}
	for call, want := range map[string][]string{
		".StartSession(": want,
		".AddSession(":   {"web/session.go"},
	} {
		var got []string
		files, err := filepath.Glob("../*/*.go")
		if err != nil || len(files) < 50 {
			t.Fatal(len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for range strings.Count(string(text), call) {
				if !strings.HasSuffix(file, "_test.go") {
					got = append(got, strings.TrimPrefix(file, "../"))
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is called by %v, want %v", call, got, want)
		}
	}
}
