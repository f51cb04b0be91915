package access

import (
	"net/url"
	gopath "path"
	"strings"
	"testing"

	"latchkey/internal/problem"
)

func TestPublicPathsAreBelowTheirPrefix(t *testing.T) {
	t.Parallel()
	public := []string{"/assets/", "/health"}
	for path, want := range map[string]bool{
		"/assets/": true, "/assets/app.css": true, "/assets/a/b": true, "/health": true, "/health/": true, "/health/live": true,
		"/assets": false, "/assetsx": false, "/Assets/": false, "/healthz": false, "/health.txt": false, "/": false, "": false, "/x/assets/": false,
	} {
		if got := IsPublic(public, path); got != want {
			t.Errorf("%q: %v, want %v", path, got, want)
		}
	}
	if IsPublic(nil, "/") {
		t.Error("something is public of an application that has no public paths")
	}
}

func TestFD03_PathsThatMayMeanTwoThings(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", "x", "*", "/assets/../admin", "/assets/..", "/assets/./x", "/..", "/.", "//", "//assets/", "/assets//x", "/assets/%2e%2e/admin", "/assets/%2E./admin", "/assets/.%2e/x",
		"/assets%2fx", "/assets/..%2Fadmin", "/assets/%5c..%5cadmin", `/assets/..\admin`, `/\evil`, "/assets/#/../x", "/assets/%00", "/assets/%252e%252e/x", "/assets/%", "/assets/%zz",
		"/assets/..;/admin", "/assets/;x=1/..", "/a%3bb", "/assets/%0d%0aX: y", "/assets/\x7f", "/assets/%c0%ae%c0%ae/x", "/a%23b", "/a%3fb", "http://wiki/assets/",
	} {
		if !IsAmbiguous(path) {
			t.Errorf("%q is said to mean one thing only", path)
		}
	}
	for _, path := range []string{"/", "/assets/", "/assets/app.css", "/a/b/c/", "/...", "/.well-known/x", "/a..b", "/%C3%BC", "/ü", "/a%20b", "/~anna/", "/a:b@c,d=e&f"} {
		if IsAmbiguous(path) {
			t.Errorf("%q is said to be ambiguous", path)
		}
	}
}

func TestPublicPathsArePlain(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"/assets/", "/health", " /a/b ", "/.well-known/", "/a-b_c.d~e/", "/azAZ09/"} {
		if _, err := CheckPublic(typed); err != nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{
		"", "/", "assets/", "*", "/*", "/assets/*", "/a b", "/a/../b", "/a/./b", "/a//b", "//", "/%61", "/a?b", "/a#b", `/a\b`, "/ü", "/a;b", "/a\nb", "/a`b", "/a{b", "/a@b", "/a[b", "/a:b",
		"/.latchkey", "/.latchkey/", "/.latchkey/x", "/.LATCHKEY/", "https://wiki/assets/",
	} {
		if _, err := CheckPublic(typed); problem.As(err) == nil || problem.As(err).Field != "public" {
			t.Errorf("%q is taken: %v", typed, err)
		}
	}
}

// FuzzPublicPath: what is public and means one thing is, part by part, below a prefix.
func FuzzPublicPath(f *testing.F) {
	f.Add("/assets/x")
	f.Add("/assets/..%2fadmin")
	f.Fuzz(func(t *testing.T, path string) {
		if IsAmbiguous(path) || !IsPublic([]string{"/assets/"}, path) {
			return
		}
		u, err := url.Parse("https://wiki.example.com" + path)
		if err != nil || !strings.HasPrefix(gopath.Clean(u.Path)+"/", "/assets/") {
			t.Errorf("%q is public and read as %v, %v", path, u, err)
		}
	})
}
