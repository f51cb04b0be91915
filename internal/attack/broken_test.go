package attack

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/web/route"
)

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
		if r.Access == route.CodeStage || r.Access == route.PasswordStage || r.Access == route.LinkStage {
			continue // asked in TestWE12
		}
		path := strings.ReplaceAll(r.Path, ":id", a.Admin.ID)
		most := 64 << 10
		if r.Path == "/admin/settings/general" { // it has long texts
			most = 256 << 10
		}
		if p := c.Post(path, "x", strings.Repeat("y", most)); p.Status != http.StatusRequestEntityTooLarge && p.Status != http.StatusNotFound {
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
