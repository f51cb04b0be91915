package check

import (
	"context"
	"crypto/sha256"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/seen"
	"latchkey/internal/server"
	"latchkey/internal/web"
)

// proxy is what stands in front of the server in a test: it changes requests on their way, and
// answers on their way back.
type proxy struct {
	request func(*httputil.ProxyRequest)
	answer  func(*http.Response) error
}

// good does what a proxy has to do. Everybody comes from far away.
var good = proxy{request: func(r *httputil.ProxyRequest) {
	r.Out.Header.Set("X-Forwarded-For", "198.51.100.9")
	r.Out.Header.Set("X-Forwarded-Proto", "https")
	r.Out.Host = r.In.Host
}}

// serves starts the real server on the folder of the check, behind a proxy with TLS.
func (c *Checker) serves(t *testing.T, by proxy, trusted ...string) {
	t.Helper()
	p := opened(t, c, program.Options{Create: true, Log: c.Log, URL: address(t, at), Version: c.Version})
	must(t, p.CompareHead(time.Now()))
	must(t, p.NoteKeys(context.Background(), time.Now()))
	var networks []netip.Prefix
	for _, text := range trusted {
		networks = append(networks, netip.MustParsePrefix(text))
	}
	site, err := server.New(p, web.Config{TrustedProxies: networks})
	must(t, err)
	behind := httptest.NewServer(site.Site)
	t.Cleanup(func() { behind.Close(); must(t, p.Close()) })
	to := address(t, behind.URL)
	cert, roots := certificate(t, time.Now().Add(90*24*time.Hour), "login.example")
	c.Roots = roots
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); by.request(r) }, ModifyResponse: by.answer}
	c.listens(t, &cert, forward.ServeHTTP, "login.example:443")
	c.Config.URL, c.Config.TrustedProxies, c.Config.PasswordCost = address(t, at), networks, password.DefaultCost()
}

// TestCheck_AsksTheServerThatRuns: what is wrong with the way to it is found out by going there.
func TestCheck_AsksTheServerThatRuns(t *testing.T) {
	t.Parallel()
	with := func(change func(*httputil.ProxyRequest)) proxy {
		return proxy{request: func(r *httputil.ProxyRequest) { good.request(r); change(r) }}
	}
	answers := func(change func(http.Header)) proxy {
		return proxy{request: good.request, answer: func(r *http.Response) error { change(r.Header); return nil }}
	}
	for name, c := range map[string]struct {
		by      proxy
		trusted string
		change  func(*Checker)
		id      string
		want    Level
		says    string
	}{
		"all is well":          {by: good, id: "proxy.forwarded", want: Fine, says: "believes no address"},
		"all is well with TLS": {by: good, id: "address.secure", want: Fine, says: "https only"},
		"it leads there":       {by: good, id: "address", want: Fine, says: "leads to Latchkey"},
		"the proxy passes on what comes": {by: with(func(r *httputil.ProxyRequest) {
			if said := r.In.Header.Get("X-Forwarded-For"); said != "" {
				r.Out.Header.Set("X-Forwarded-For", said)
			}
		}), id: "proxy.forwarded", want: Broken, says: "198.51.100.9 was taken for 192.0.2.77"},
		"the proxy believes X-Real-Ip": {by: with(func(r *httputil.ProxyRequest) {
			if said := r.In.Header.Get("X-Real-Ip"); said != "" {
				r.Out.Header.Set("X-Forwarded-For", said)
			}
		}), id: "proxy.forwarded", want: Broken, says: "by X-Real-Ip"},
		"far too many are trusted": {by: with(func(r *httputil.ProxyRequest) {
			r.Out.Header.Set("X-Forwarded-For", strings.TrimPrefix(r.In.Header.Get("X-Forwarded-For")+", 198.51.100.9", ", "))
		}), trusted: "0.0.0.0/0", id: "proxy.forwarded", want: NotAsked, says: "is a trusted proxy itself"},
		"the server trusts far too many": {by: good, trusted: "0.0.0.0/0", change: func(c *Checker) { c.Config.URL, c.Config.TrustedProxies = nil, nil }, id: "proxy.trusted", want: Broken, says: "strangers are in"},
		"the proxy says nothing":         {by: with(func(r *httputil.ProxyRequest) { r.Out.Header.Del("X-Forwarded-For") }), id: "proxy.way", want: Weak, says: "sent no X-Forwarded-For"},
		"the proxy changes the host":     {by: with(func(r *httputil.ProxyRequest) { r.Out.Host = "internal.example" }), id: "proxy.way", want: Weak, says: "a different host"},
		"the proxy is not trusted":       {by: good, trusted: "10.0.0.0/8", id: "proxy.way", want: Weak, says: "is not a trusted proxy"},
		"the proxy takes HSTS away":      {by: answers(func(h http.Header) { h.Del("Strict-Transport-Security") }), id: "address.hsts", want: Weak, says: "does not tell browsers"},
		"the proxy changes cookies":      {by: answers(func(h http.Header) { h.Set("Set-Cookie", "latchkey-form=x; Path=/; Domain=example") }), id: "address.cookies", want: Broken, says: "latchkey-form is not kept"},
		"the proxy tells nobody":         {by: answers(func(h http.Header) { h.Del("Latchkey-Seen") }), id: "proxy.forwarded", want: NotAsked, says: "does not say how it sees requests"},
		"the command has other flags":    {by: good, change: func(c *Checker) { c.Config.TrustedProxies = nil }, id: "version.server", want: Weak, says: "--trusted-proxies 127.0.0.0/8, unlike"},
		"the command is another version": {by: good, change: func(c *Checker) { c.Version = "9" }, id: "version.server", want: Weak, says: "the version 1"},
		"http is served as well":         {by: good, change: func(c *Checker) { c.Dials["login.example:80"] = "plain" }, id: "address.plain", want: Broken, says: "without TLS: it answers 200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checker := checked(t, wiki())
			checker.Version = "1"
			if c.trusted == "" {
				c.trusted = "127.0.0.0/8"
			}
			checker.serves(t, c.by, c.trusted)
			if c.change != nil {
				c.change(checker)
			}
			if checker.Dials["login.example:80"] == "plain" {
				checker.listens(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("Sign in")) }, "login.example:80")
			}
			all := checker.Run(context.Background())
			for _, f := range all {
				if f.ID == c.id && f.Level == c.want && strings.Contains(f.Says, c.says) {
					return
				}
			}
			t.Errorf("no %s %s with %q in %+v", c.id, c.want, c.says, all)
		})
	}
}

// TestCheck_StrangersLearnNothing: the server tells how it saw a request to those alone who have its key.
func TestCheck_StrangersLearnNothing(t *testing.T) {
	t.Parallel()
	c := checked(t, access.Wish{})
	c.serves(t, good, "127.0.0.0/8")
	p := opened(t, c, program.Options{Untouched: true, Log: c.Log})
	defer p.Close()
	now := time.Now()
	right := seen.Ask(p.Instance, now)
	for name, question := range map[string]string{
		"none": "", "nonsense": "x", "a forged one": right + "x", "an old one": seen.Ask(p.Instance, now.Add(-2*time.Minute)),
		"one of tomorrow": seen.Ask(p.Instance, now.Add(24*time.Hour)), "a right one": right,
	} {
		a, err := ask(context.Background(), c.client(), at+"/readyz", http.Header{"Latchkey-Check": {question}})
		must(t, err)
		if told := a.header.Get("Latchkey-Seen") != ""; told != (name == "a right one") || a.status != http.StatusOK {
			t.Errorf("%s: %d, told: %v", name, a.status, told)
		}
	}
}

// TestCheck_WritesNothing: every file of the folder is afterwards as it was before, whether a server
// uses it or not.
func TestCheck_WritesNothing(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*testing.T, *Checker){
		"stopped": func(t *testing.T, c *Checker) { grow(t, c) },
		"serving": func(t *testing.T, c *Checker) { c.serves(t, good, "127.0.0.0/8") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := checked(t, wiki())
			arrange(t, c)
			c.Dials["login.example:443"] = "127.0.0.1:1" // the server itself writes when it is asked whether it can
			before := files(t, c.Folder)
			if all := c.Run(context.Background()); Count(all, Broken) > 0 {
				t.Errorf("%+v", all)
			}
			after := files(t, c.Folder)
			for path := range after {
				if before[path] != after[path] {
					t.Errorf("%s was changed", path)
				}
			}
			if len(before) != len(after) {
				t.Errorf("%d files before, %d after", len(before), len(after))
			}
		})
	}
}

// files are the contents and times of the files in a folder, but for the memory that SQLite's
// processes share.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "-shm") {
			return err
		}
		info, err := d.Info()
		must(t, err)
		text, err := os.ReadFile(path)
		sum := sha256.Sum256(text)
		all[path] = string(sum[:]) + info.ModTime().String()
		return err
	}))
	return all
}
