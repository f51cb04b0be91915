package attack

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
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
		base32, strings.ToLower(base32), grouped(base32), string(key), hex.EncodeToString(key),
		base64.StdEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key),
	}
}

// grouped is a key in groups of four, as pages show it.
func grouped(base32 string) string {
	var groups []string
	for group := range slices.Chunk([]byte(base32), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// life is what ivan does, and every secret that they or the program had in it.
type life struct {
	*apptest.App
	ivan     *apptest.User
	own      *apptest.Browser
	guesses  *apptest.Browser
	secrets  map[string]string
	firstOne string // the code that turned the phone on
}

// TestLO04_SecretsStayInside types, shows and sends every kind of secret, and
// looks for each in the database, in the log and on the pages afterwards.
func TestLO04_SecretsStayInside(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	l := &life{App: a, ivan: a.AddUser("ivan", apptest.Invited), own: a.Browser(), guesses: a.Browser(), secrets: map[string]string{
		"first password": "canary one on a wire", "second password": "canary two on a wire", "wrong password": "canary of a wrong password",
		"password as name": "canary-typed-as-a-name", "recovery code tried": "CANA-RYCA-NARY-0000",
	}}
	l.begin(t)
	l.guess()
	l.collect(t)
	admin := a.Browser()
	admin.SignIn(a.Admin)
	places := map[string]string{"database": a.Files(), "log": a.Log.String()}
	crawl(t, a, "user", l.own, places)
	crawl(t, a, "administrator", admin, places)
	for place, text := range places {
		for what, s := range l.secrets {
			if strings.Contains(text, s) || place != "database" && strings.Contains(text, url.QueryEscape(s)) {
				t.Errorf("%s lies in %s", what, place)
			}
		}
	}
	if regexp.MustCompile(`\b` + l.firstOne + `\b`).MatchString(a.Log.String()) {
		t.Error("a code lies in the log")
	}
	if !strings.Contains(places["log"], "/invite/:token") || !strings.Contains(places["user /security"], "Phone") {
		t.Error("this test looked at the wrong places")
	}
}

// begin goes from the invitation to a second password.
func (l *life) begin(t *testing.T) {
	t.Helper()
	b, invitation := l.own, l.ivan.Link(store.PurposeInvite)
	l.secrets["invitation"] = strings.TrimPrefix(invitation, "/invite/")
	b.Get(invitation)
	b.Post("/invite", "new_password", l.secrets["first password"]).Redirects("/security/authenticators/new")
	key, id := enrolment(t, b)
	for i, s := range spellings(key) {
		l.secrets[fmt.Sprint("key ", i)] = s
	}
	l.ivan.Secret, l.firstOne = key, l.CodeFor(key)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", l.firstOne).Redirects("/security/recovery-codes")
	b.Open("/security/recovery-codes").Doc().Find("#codes li").Each(func(i int, s *goquery.Selection) {
		l.secrets[fmt.Sprint("recovery code ", i)] = s.Text()
		l.secrets[fmt.Sprint("recovery code without dashes ", i)] = strings.ReplaceAll(s.Text(), "-", "")
		l.ivan.Codes = append(l.ivan.Codes, s.Text())
	})
	b.Get("/security/recovery-codes.txt").Is(http.StatusOK)
	b.Post("/security/recovery-codes", "saved", "1").Redirects("/profile")
	b.Post("/security/password", "current_password", l.secrets["first password"], "new_password", l.secrets["second password"]).Redirects("/security")
	l.ivan.Password = l.secrets["second password"]
}

// guess types secrets where they do not belong, and signs in at last.
func (l *life) guess() {
	b, wrong, odd := l.guesses, l.secrets["wrong password"], l.secrets["password as name"]
	b.Post("/login", "username", "ivan", "password", wrong)
	b.Post("/login", "username", odd, "password", wrong)
	b.Post("/login", "password", wrong, "nonsense", odd)
	b.Send(b.Request(http.MethodPost, "/login?password="+url.QueryEscape(wrong), url.Values{"x": {"y"}}))
	b.Password(l.ivan)
	b.Post("/login/recovery", "recovery_code", l.secrets["recovery code tried"]).Is(422)
	b.Post("/login/recovery", "recovery_code", l.ivan.Codes[0]).Redirects("/profile")
	l.Clock.Add(time.Minute)
	l.own.Confirm(l.ivan)
	reset := l.ivan.Link(store.PurposePassword)
	l.secrets["password link"] = strings.TrimPrefix(reset, "/reset/")
	l.Browser().Get(reset)
}

// collect adds the cookies and the key of the server.
func (l *life) collect(t *testing.T) {
	t.Helper()
	for _, browser := range []*apptest.Browser{l.own, l.guesses} {
		for name, values := range browser.Ever {
			for i, value := range values {
				l.secrets[fmt.Sprint(name, " ", i)] = value
			}
		}
	}
	keyFile, err := os.ReadFile(filepath.Join(l.Folder, "latchkey.key"))
	if err != nil {
		t.Fatal(err)
	}
	l.secrets["key of the server"] = strings.Fields(string(keyFile))[3]
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
	// Going back leads to the codes that are not saved yet, not to a second key.
	b.Get("/security/authenticators/new").Redirects("/security/recovery-codes")
	unsaved := b.Clone()
	b.Post("/security/recovery-codes", "saved", "on").Redirects("/profile")
	b.Get("/security/recovery-codes").Redirects("/security")
	unsaved.Get("/profile").Redirects("/login?notice=expired") // Finish renewed the session
	again, _ := enrolment(t, b)
	if string(again) == string(key) {
		t.Error("the page shows the key that was confirmed")
	}
	b.Get("/security/recovery-codes.txt").Redirects("/security")
}

// TestOT11_UnsavedCodesAreShownForTenMinutes: nobody finds them on a screen later.
func TestOT11_UnsavedCodesAreShownForTenMinutes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	nell := a.AddUser("nell", apptest.NoPhone)
	b := a.Browser()
	b.Password(nell)
	key, id := enrolment(t, b)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key)).Redirects("/security/recovery-codes")
	a.Clock.Add(10*time.Minute - time.Second)
	b.Get("/security/recovery-codes").Is(200)
	a.Clock.Add(time.Second)
	b.Get("/security/recovery-codes").Redirects("/security")
	b.Get("/security/recovery-codes.txt").Redirects("/security")
}

// TestAU12_EveryDoorIsKnown lists who calls the one function that makes a
// session. A new caller is a new door: decide first that it is as strong.
func TestAU12_EveryDoorIsKnown(t *testing.T) {
	t.Parallel()
	for called, want := range map[string][]string{
		"StartSession": {"login.bothInTx", "login.finish", "login.issue", "security.enter"},
		"AddSession":   {"session.StartSession"},
	} {
		if got := callers(t, called); !slices.Equal(got, want) {
			t.Errorf("%s is called by %v, want %v", called, got, want)
		}
	}
}

// callers returns the functions of the program that call a method of this name, or
// mention it.
func callers(t *testing.T, name string) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../*/*.go")
	deeper, _ := filepath.Glob("../*/*/*.go")
	files = append(files, deeper...)
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../apptest/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
					f, _ := d.(*ast.FuncDecl)
					if f == nil {
						t.Fatalf("%s mentions %s outside a function", path, name)
					}
					all = append(all, file.Name.Name+"."+f.Name.Name)
				}
				return true
			})
		}
	}
	slices.Sort(all)
	return all
}
