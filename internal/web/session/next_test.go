package session

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

// hostileNext are ways to write another site, another scheme, or a page that is
// none of ours, so that a careless check takes it for a path.
func hostileNext() []string {
	return []string{
		"", " ", "/", "//", "///", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example",
		"/\\/evil.example", "//\\evil.example", "/\tevil.example", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example",
		"\x00//evil.example", "/\x00/evil.example", "/%09/evil.example", "/%5cevil.example", "/%5c%5cevil.example", "/%2f/evil.example", "/%2fevil.example", "%2f%2fevil.example",
		"http://evil.example", "https://evil.example", "HTTPS://evil.example/profile", "http:evil.example", "http:/evil.example", "http:///evil.example", "https:profile",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "mailto:a@b.example", "file:///etc/passwd", "blob:x", "view-source:x",
		"evil.example", "evil.example/profile", "profile", "./profile", "../profile", "?next=/profile", "#/profile", "/profile#//evil.example", "/profile#x",
		"//evil.example/profile", "//profile", "//profile@evil.example", "/profile@evil.example", "https://id.example.org@evil.example/profile", "//id.example.org", "https://id.example.org/profile",
		"/.", "/..", "/./profile", "/profile/..", "/profile/../..//evil.example", "/profile/.", "/profile/./x", "/profile/../admin", "/profile//x", "/profile/", "/profile//", "/profile//evil.example",
		"/profile/%2e%2e/x", "/profile/..%2f", "/profile/%2f%2fevil.example", "/profile\\..\\x", "/profile/\\evil.example", "/profile;x", "/profile,x", "/profile:80", "/profile*", "/profile'", `/profile"`, "/profile<x>", "/profile|x",
		"/profile\n", "/profile\r\nSet-Cookie: a=b", "/profile%0d%0aSet-Cookie:%20a=b", "/profile?a=b\r\nX: y", "/profile?a=b\n", "/profile?a=b#c", "/profile?a=/b", "/profile?a=//evil.example", "/profile?a=\\", "/profile?a b", "/profile?a=<x>", "/profile?a?b",
		"/profile\u2028x", "/profile\u3002evil.example", "/／evil.example", "／／evil.example", "/profile/é", "/profile?a=é", "/profile\u202e", "\ufeff/profile", "/profile\xff", "/pro\u0000file",
		"/login", "/logout", "/login/code", "/setup", "/confirm?next=/profile", "/invite/x", "/reset/x", "/static/app.js", "/healthz", "/profiles", "/profile.evil.example", "/adminx", "/Profile", "/PROFILE", "/admin../x", "/security%2fx",
		"/profile?" + strings.Repeat("a", 500),
	}
}

func TestWE06_SafeNextDropsWhatIsNotAPageOfOurs(t *testing.T) {
	t.Parallel()
	if n := len(hostileNext()); n < 60 {
		t.Errorf("only %d hostile spellings", n)
	}
	for _, next := range hostileNext() {
		if got := SafeNext(next); got != "" {
			t.Errorf("SafeNext(%q) = %q, want nothing", next, got)
		}
	}
}

func TestWE06_SafeNextKeepsOurPages(t *testing.T) {
	t.Parallel()
	for _, next := range []string{
		"/profile", "/profile/edit", "/security", "/security/authenticators/new", "/security/authenticators/01hz-x_y~z/remove", "/admin", "/admin/users",
		"/admin/users?q=a%20b&status=active&sort=name", "/admin/users?q=anna%40example.org&after=x", "/admin/audit?from=2026-01-01&to=2026-02-01T10:00", "/profile?", "/admin/users/..a", "/admin/users/a..b",
		"/profile?" + strings.Repeat("a", 491),
	} {
		if got := SafeNext(next); got != next {
			t.Errorf("SafeNext(%q) = %q", next, got)
		}
	}
}

// FuzzWE06_SafeNext: what comes out is nothing or a path of ours, for Go's parser,
// for a browser's, and after a redirect.
func FuzzWE06_SafeNext(f *testing.F) {
	for _, next := range append(hostileNext(), "/profile", "/admin/users?q=a%20b&after=x") {
		f.Add(next)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := SafeNext(next)
		if got == "" {
			return
		}
		if got != next {
			t.Errorf("SafeNext(%q) = %q: it repairs", next, got)
		}
		if again := SafeNext(got); again != got {
			t.Errorf("%q passes once and then becomes %q", got, again)
		}
		u, err := url.Parse(got)
		if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" || u.Fragment != "" || path.Clean(u.Path) != u.Path {
			t.Errorf("%q is %+v, %v", got, u, err)
		}
		// A browser drops tabs and line breaks and reads \ as /.
		browser := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(strings.TrimSpace(got))
		if browser != got || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsFunc(got, func(r rune) bool { return r < '!' || r > '~' }) {
			t.Errorf("a browser reads %q in another way", got)
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		if !slices.Contains([]string{"profile", "security", "admin", "applications"}, first) && u.Path != EnterPath {
			t.Errorf("%q is none of the pages", got)
		}
		w := httptest.NewRecorder()
		http.Redirect(w, httptest.NewRequest(http.MethodGet, "/login", nil), got, http.StatusSeeOther)
		if sent := w.Header().Get("Location"); sent != got {
			t.Errorf("%q is sent as %q", got, sent)
		}
	})
}
