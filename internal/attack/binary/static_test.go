package binary

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// staticFiles is attacks by way of the files that everybody may have.
var staticFiles = family{"static paths", []attack{
	{id: "WE-15/p", requirement: "No path leads out of the files of the program.", try: func(t *T) string {
		evil := []string{
			"/static/../latchkey.key", "/static/..%2flatchkey.key", "/static/%2e%2e/latchkey.key", "/static/%2e%2e%2flatchkey.key", "/static/..\\latchkey.key", "/static/..%5clatchkey.key", "/static/....//latchkey.key", "/static/..%252flatchkey.key", "/static/%c0%ae%c0%ae/latchkey.key", "/static/..%c0%aflatchkey.key", "/static/./../data/latchkey.db",
			"/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/file:///etc/passwd", "/static/app.css%00.key", "/static/..;/latchkey.key", "/static/data/latchkey.db", "/latchkey.db", "/latchkey.key", "/data/latchkey.db", "/.git/config", "/.env", "/static/.env", "/streams/archive.jsonl", "/proc/self/environ", "/static/../../../../../../proc/self/environ", "/favicon.ico/../latchkey.key", "/theme.css/../latchkey.key", "/server.log", "/static/~root", "/debug/pprof/", "/metrics", "/.latchkey/static/..%2flatchkey.key",
		}
		b := t.browser()
		for _, path := range evil {
			a := b.get(path)
			t.holds(a.Status == 404 || a.Status == 400 || a.Status == 303 && strings.HasPrefix(a.To(), "/login"), "%s: %d %s", path, a.Status, a.To())
			t.holds(!strings.Contains(a.Body, "root:") && !strings.Contains(a.Body, "SQLite format") && !strings.Contains(a.Body, "LATCHKEY"), "%s gives something away", path)
		}
		return fmt.Sprintf("%d paths: no file but those of the program.", len(evil))
	}},
	{id: "WE-15/q", requirement: "A file has one name; there are no folders, no other spellings and no lists.", try: func(t *T) string {
		css := t.asset()
		name := strings.TrimPrefix(css, "/static/")
		evil := []string{"/static", "/static/", "/static/.", "/static/..", "/static//" + name, "/static/./" + name, "/STATIC/" + name, "/static/" + strings.ToUpper(name), css + "/", css + "%20", css + ".", css + "::$DATA", css + "%00", css + "/x", css + ";x", "/static/%61pp.css", "/static/app.css", "/static/app.00000000.css", css + ".gz", css + ".map", css + "~", "/static/fonts/", "/static/*", "//static/" + name, "/static/\u202e" + name}
		b := t.browser()
		for _, path := range evil {
			a := b.get(path)
			t.holds(a.Status == 404 || a.Status == 400, "%s: %d", path, a.Status)
			t.holds(!strings.Contains(a.Header.Get("Cache-Control"), "immutable") && !strings.Contains(a.Header.Get("Cache-Control"), "public"), "%s: what is missing is kept: %s", path, a.Header.Get("Cache-Control"))
		}
		return fmt.Sprintf("%d spellings of a file and of folders: 404, and kept by nobody.", len(evil))
	}},
	{id: "WE-05/n", requirement: "Files are read and nothing else is done to them.", try: func(t *T) string {
		css := t.asset()
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "MKCOL", "MOVE", "COPY", "LOCK", "CONNECT", "get", "FOO"} {
			for _, path := range []string{css, "/static/new.css", "/favicon.ico", "/theme.css"} {
				b := t.browser()
				a := b.send(b.request(method, path))
				t.holds(a.Status >= 400 && a.Status < 500 || a.Status == 501, "%s %s: %d", method, path, a.Status)
				t.holds(a.Header.Get("Access-Control-Allow-Origin") == "" && a.Header.Get("Dav") == "", "%s %s: %v", method, path, a.Header)
			}
		}
		return "14 methods on 4 paths: refused."
	}},
	{id: "WE-15/r", requirement: "Parts of files that are asked for oddly cost nothing and break nothing.", try: func(t *T) string {
		css, b := t.asset(), t.browser()
		whole := len(b.get(css).Body)
		t.holds(whole > 1000, "%d bytes", whole)
		ranges := []string{"bytes=0-", "bytes=0-0", "bytes=-1", "bytes=99999999999-", "bytes=5-1", "bytes=a-b", "bytes=0-18446744073709551615", "bytes=-99999999999", "items=0-1", "bytes=" + strings.Repeat("0-,", 1300) + "0-", "bytes=" + strings.Repeat("0-0,", 1000) + "0-0", "bytes=0-1,1-2,2-3", "bytes", "bytes=,", "bytes=--1"}
		for _, r := range ranges {
			a := b.send(b.request(http.MethodGet, css).add("Range", r))
			t.holds(a.Status == 200 || a.Status == 206 || a.Status == 416 || a.Status == 431, "%.30s: %d", r, a.Status)
			t.holds(len(a.Body) <= 2*whole, "%.30s: %d bytes for a file of %d", r, len(a.Body), whole)
		}
		return fmt.Sprintf("%d ranges, two of a thousand parts: never more than twice the file.", len(ranges))
	}},
	{id: "SE-13/n", requirement: "Only files are kept by caches; what belongs to somebody is not, under no name.", try: func(t *T) string {
		css, b := t.asset(), t.signedIn(t.user())
		a := b.get(css)
		t.holds(strings.Contains(a.Header.Get("Cache-Control"), "immutable") && a.Header.Get("Set-Cookie") == "" && a.Header.Get("X-Content-Type-Options") == "nosniff" && strings.HasPrefix(a.Header.Get("Content-Type"), "text/css"), "the file: %v", a.Header)
		for _, path := range []string{"/profile", "/profile/x.css", "/profile;.css", "/profile%2fx.css", "/profile?x.css", "/profile/..%2fstatic/x.css", "/static/..%2fprofile", "/security/activity", "/profile/data.json", "/", "/login", "/applications/x.js", "/nothing.js"} {
			a := b.get(path)
			t.holds(strings.Contains(a.Header.Get("Cache-Control"), "no-store"), "%s: %d, Cache-Control %q", path, a.Status, a.Header.Get("Cache-Control"))
		}
		return "13 paths that could be taken for files: none is kept; a file is, and sets no cookie."
	}},
}}

func TestStaticFiles(t *testing.T) { run(t, &staticFiles) }

// asset is the path of the stylesheet.
func (t *T) asset() string {
	t.Helper()
	css := t.browser().get("/login").found(`href="(/static/app\.[0-9a-f]+\.css)"`)
	if css == "" {
		t.Fatal("no stylesheet on the page")
	}
	return css
}
