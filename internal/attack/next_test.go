package attack

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/apptest"
)

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
	nell, nora := a.AddUser("nell", apptest.NoPhone), a.AddUser("nora", apptest.NoPhone)
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
			"/login with a password": a.Browser().Post("/login", "username", "nora", "password", nora.Password, "next", next).Header.Get("Location"),
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
		a.Browser().Post("/login", "username", "nora", "password", nora.Password, "next", next).Redirects(next)
	}
}
