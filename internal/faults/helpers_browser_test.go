package faults

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// browser is somebody's browser: it keeps cookies and follows nothing. Each has an address
// of its own, so that no network is taken for many people's.
type browser struct {
	s       *server
	cookies map[string]string
	client  *http.Client
}

// answer is what came back; status 0 if nothing did.
type answer struct {
	status   int
	to, body string
	header   http.Header
}

// leads reports whether it is a 303 to an address that begins so.
func (a answer) leads(to string) bool {
	return a.status == http.StatusSeeOther && strings.HasPrefix(a.to, to)
}

func newBrowser(s *server) *browser { return browserWith(s, map[string]string{}) }

// browserWith is a browser with these cookies, as somebody has who copied them.
func browserWith(s *server, cookies map[string]string) *browser {
	from := net.IPv4(127, byte(1+rand.IntN(200)), byte(rand.IntN(256)), byte(1+rand.IntN(250)))
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: patience}
	return &browser{s, maps.Clone(cookies), &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
		},
	}}
}

// at is the same browser, at another server.
func (b *browser) at(s *server) *browser { return &browser{s, b.cookies, b.client} }

// copied is another browser with the cookies of this one.
func (b *browser) copied() *browser { return browserWith(b.s, b.cookies) }

func (b *browser) get(path string) answer { return b.send(http.MethodGet, path, nil) }

// post sends a form, given as names and values by turns.
func (b *browser) post(path string, fields ...string) answer {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

func (b *browser) send(method, path string, form url.Values) answer {
	r, err := http.NewRequest(method, b.s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{body: err.Error()}
	}
	r.Header.Set("User-Agent", fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 %p", b.client))
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "none")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	got, err := b.client.Do(r)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil && got.StatusCode == http.StatusOK { // a redirect is an answer once its head is here
		return answer{body: err.Error()}
	}
	for _, c := range got.Cookies() {
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Unix(86400, 0)) {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer{got.StatusCode, got.Header.Get("Location"), string(body), got.Header}
}

// signedIn reports whether the browser's session works, as its server sees it now.
func (b *browser) signedIn() bool { return b.copied().get("/profile").status == http.StatusOK }

// between returns what stands in a text between two others, "" if they do not.
func between(text, before, after string) string {
	_, rest, ok := strings.Cut(text, before)
	found, _, end := strings.Cut(rest, after)
	if !ok || !end {
		return ""
	}
	return found
}
