package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

const (
	// remote is the address of a client that is not the proxy.
	remote = "127.0.0.7"
	// forged is the address that it would like to have.
	forged = "192.0.2.1"
)

// TestAU09_BehindProxies starts each proxy with the documented configuration in front of
// the real program, and uses it as people do.
func TestAU09_BehindProxies(t *testing.T) {
	t.Parallel()
	for name := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, s := behind(t, name, "--trusted-proxies", "127.0.0.1")
			f.redirects(s)
			f.spoofs(s)
			b, session := f.worksInChromium(s)
			f.imports(b, s, session)
		})
	}
}

// TestAU09_BehindProxyOverASocket: the same over a unix socket, for one of them.
func TestAU09_BehindProxyOverASocket(t *testing.T) {
	t.Parallel()
	f, s := behind(t, "nginx", "--addr", "unix:"+filepath.Join(t.TempDir(), "latchkey.sock"))
	f.spoofs(s)
	f.worksInChromium(s)
}

// behind starts the program and this proxy in front of it.
func behind(t *testing.T, name string, flags ...string) (*front, server) {
	t.Helper()
	need(t, name, headless, "zbarimg", "oathtool")
	certificate, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 2)
	f := &front{t: t, folder: t.TempDir(), http: ports[0], https: ports[1], certified: certificate}
	s := serve(t, append(flags, "--url", "https://"+publicHost+":"+f.https)...)
	f.behind = s.listen
	f.start(proxies[name](f))
	return f, s
}

// client comes from another address, trusts the authority and speaks HTTP/2. It follows nothing.
func (f *front) client() *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(remote)}}
	transport := &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: f.roots},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return dialer.DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}
	f.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask sends a request and returns the answer with its body.
func (f *front) ask(method, address, kind string, body []byte, header http.Header) (*http.Response, string) {
	f.t.Helper()
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if r.Header = header.Clone(); r.Header == nil {
		r.Header = http.Header{}
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", "https://"+publicHost+":"+f.https)
	}
	answer, err := f.client().Do(r)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, address, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, address, err)
	}
	if answer.Uncompressed {
		f.t.Errorf("%s %s: the proxy has compressed a page (decision 113)", method, address)
	}
	return answer, string(text)
}

// redirects: plain http leads to the same page over https, and to nothing else.
func (f *front) redirects(s server) {
	f.t.Helper()
	answer, _ := f.ask(http.MethodGet, "http://"+publicHost+":"+f.http+"/reset/a?b=c", "", nil, nil)
	if to := answer.Header.Get("Location"); answer.StatusCode/100 != 3 || to != s.url+"/reset/a?b=c" {
		f.t.Errorf("port 80 answers %d, %q", answer.StatusCode, to)
	}
	answer, _ = f.ask(http.MethodGet, s.url+"/setup", "", nil, nil)
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" {
		f.t.Errorf("answered %d over %s", answer.StatusCode, answer.Proto)
	}
}

// spoofs sends wrong passwords under addresses of its own choice.
func (f *front) spoofs(s server) {
	f.t.Helper()
	body := []byte(url.Values{"username": {"nobody"}, "password": {"x"}}.Encode())
	for _, sent := range [][]string{nil, {forged}, {forged, forged + ":80"}, {forged + ", 127.0.0.1"}, {"\"" + forged}, {forged + ","}, {"unknown"}} {
		header := http.Header{"X-Real-Ip": {forged}, "Forwarded": {"for=" + forged}, "X-Forwarded-Proto": {"http"}}
		if sent != nil {
			header["X-Forwarded-For"] = sent
		}
		answer, text := f.ask(http.MethodPost, s.url+"/login", "application/x-www-form-urlencoded", body, header)
		if answer.StatusCode != http.StatusUnprocessableEntity && answer.StatusCode != http.StatusTooManyRequests {
			f.t.Errorf("with %q: answered %d, %s", sent, answer.StatusCode, text)
		}
	}
}

// worksInChromium returns the tab of the administrator, and the cookie of the session.
func (f *front) worksInChromium(s server) (b *tab, session string) {
	f.t.Helper()
	b = newTab(f.t, s.url)
	_, codes := setUp(b, s)
	b.signOut()
	b.open("/login").fill("Username or email", "ann", "Password", password).press("Sign in").at("/login/code")
	b.follow("Use a recovery code instead").fill("Recovery code", codes[0]).press("Continue").at("/profile")
	if got := eval[string](b, "performance.getEntriesByType('navigation')[0].nextHopProtocol"); got != "h2" {
		f.t.Errorf("Chromium speaks %s", got)
	}
	session = f.session(b)
	b.open("/admin/settings/general").sees("We see you as 127.0.0.1 over https, host "+publicHost+":"+f.https, "Looks right")
	b.open("/admin").seesNot("X-Forwarded-For")
	b.open("/security").sees("127.0.0.1").seesNot(forged)
	b.open("/admin/audit").sees(remote).seesNot(forged)
	if got := b.foreign(s.url); len(got) > 0 {
		f.t.Errorf("asked others for %q", got)
	}
	return b, session
}

// session is the cookie of the session, which must be one for this host and TLS only.
func (f *front) session(b *tab) string {
	f.t.Helper()
	for _, c := range call(b, network.GetCookies, network.GetCookiesParams{}).Cookies {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HTTPOnly || c.Path != "/" || c.Domain != publicHost {
			f.t.Errorf("a cookie %+v", c)
		}
		if c.Name == "__Host-latchkey" {
			return c.Name + "=" + c.Value
		}
	}
	f.t.Fatal("no session")
	return ""
}

// imports a file of almost 16 MB, and tries larger ones.
func (f *front) imports(b *tab, s server, session string) {
	f.t.Helper()
	path := f.file("users.csv", people(15_900_000))
	b.open("/admin/users/import")
	b.do("choosing a file", chromedp.SetUploadFiles("input[type=file]", []string{path}))
	b.press("Check the file").sees("user000001")
	if !strings.HasPrefix(b.path(), "/admin/users/import?batch=") {
		f.t.Errorf("after the upload at %s", b.path())
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "users.csv")
	if err != nil {
		f.t.Fatal(err)
	}
	io.WriteString(part, people(40<<20))
	form.Close()
	answer, text := f.ask(http.MethodPost, s.url+"/admin/users/import", form.FormDataContentType(), body.Bytes(), http.Header{"Cookie": {session}})
	if answer.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, "at most 16 M") {
		f.t.Errorf("40 MB are answered by %d:\n%s", answer.StatusCode, text)
	}
	// A browser that is cut off while it sends would show an error of its own.
	b.open("/admin/users/import")
	b.do("choosing a file", chromedp.SetUploadFiles("input[type=file]", []string{f.file("large.csv", people(17<<20))}))
	b.press("Check the file").sees("at most 16 M")
	os.Remove(filepath.Join(f.folder, "large.csv"))
}

// people is a CSV file of this size. Most of it stands in a column that is not used, so
// that reading it takes no time.
func people(size int) string {
	const hash = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	var s strings.Builder
	s.WriteString("username,email,password_hash,remarks\n")
	filler := strings.Repeat("x", 4000)
	for i := 1; s.Len() < size-5000; i++ {
		fmt.Fprintf(&s, "user%06d,user%06d@example.org,%s,%s\n", i, i, hash, filler)
	}
	return s.String()
}
