package binary

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// request is a request that an attack may change before it is sent.
type request struct {
	Method, Path string
	Header       [][2]string
	Body         string
}

// set puts a header line in place of those of the same name.
func (r *request) set(name, value string) *request {
	r.del(name)
	r.Header = append(r.Header, [2]string{name, value})
	return r
}

// add adds a header line, whether or not there is one of that name.
func (r *request) add(name, value string) *request {
	r.Header = append(r.Header, [2]string{name, value})
	return r
}

// del takes the header lines of a name away.
func (r *request) del(name string) *request {
	r.Header = slices.DeleteFunc(r.Header, func(h [2]string) bool { return strings.EqualFold(h[0], name) })
	return r
}

// body gives the request another body of another type; "" for none.
func (r *request) body(kind, text string) *request {
	r.Body = text
	r.del("Content-Type")
	if kind != "" {
		r.add("Content-Type", kind)
	}
	return r
}

// bytes is the request as it goes over the wire. Content-Length is added unless the request
// says itself how long it is.
func (r *request) bytes() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.Method, r.Path)
	framed := false
	for _, h := range r.Header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
		framed = framed || strings.EqualFold(h[0], "Content-Length") || strings.EqualFold(h[0], "Transfer-Encoding")
	}
	if !framed && (r.Body != "" || r.Method == http.MethodPost) {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	b.WriteString("Connection: close\r\n\r\n" + r.Body)
	return []byte(b.String())
}

// browser is one browser: its address, its cookies and the answer that it shows.
type browser struct {
	Answer
	// Cookies are kept by name. An attack may plant some.
	Cookies map[string]string
	// Address is that of the client.
	Address string

	agent string // what it calls itself
	t     *T
}

// browser returns a new one without cookies, at an address of its own.
func (t *T) browser() *browser {
	return &browser{Cookies: map[string]string{}, Address: t.address(), agent: userAgent, t: t}
}

const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// copy returns another browser with the same cookies and address, as a thief has. It calls
// itself something else, so that its forms are not taken for those of a person who pressed
// a button twice: these are answered alike (package web/repeat).
func (b *browser) copy() *browser {
	c := b.twin()
	c.agent = fmt.Sprintf("%s.%d", userAgent, b.t.next.Add(1))
	return c
}

// twin returns this browser once more: what it sends comes from the same browser.
func (b *browser) twin() *browser {
	return &browser{Cookies: maps.Clone(b.Cookies), Address: b.Address, agent: b.agent, t: b.t}
}

// from moves the browser to another address.
func (b *browser) from(address string) *browser { b.Address = address; return b }

// host is the name that the site is asked for by.
func (t *T) host() string {
	return strings.TrimPrefix(strings.TrimPrefix(t.base, "https://"), "http://")
}

// cookie is the name that a cookie of the program has here: latchkey, latchkey-pending or
// latchkey-browser, with a prefix over https.
func (t *T) cookie(name string) string {
	if strings.HasPrefix(t.base, "https") {
		return "__Host-" + name
	}
	return name
}

// session is the value of the session's cookie, pending that of a pending sign-in, or "".
func (b *browser) session() string { return b.Cookies[b.t.cookie("latchkey")] }
func (b *browser) pending() string { return b.Cookies[b.t.cookie("latchkey-pending")] }

// form joins names and values by turns.
func form(fields ...string) string {
	var pairs []string
	for i := 0; i+1 < len(fields); i += 2 {
		pairs = append(pairs, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
	}
	return strings.Join(pairs, "&")
}

// request returns what this browser would send: a typed address, or a form of our own page.
func (b *browser) request(method, path string, fields ...string) *request {
	r := &request{Method: method, Path: path, Header: [][2]string{
		{"Host", b.t.host()}, {"User-Agent", b.agent},
		{"Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "document"},
	}}
	if strings.HasPrefix(b.t.base, "https") {
		r.add("X-Forwarded-For", b.Address).add("X-Forwarded-Proto", "https")
	}
	if method == http.MethodPost {
		r.add("Sec-Fetch-Site", "same-origin").add("Origin", b.t.base).body("application/x-www-form-urlencoded", form(fields...))
	} else {
		r.add("Sec-Fetch-Site", "none")
	}
	var cookies []string
	for _, name := range slices.Sorted(maps.Keys(b.Cookies)) {
		cookies = append(cookies, name+"="+b.Cookies[name])
	}
	if cookies != nil {
		r.add("Cookie", strings.Join(cookies, "; "))
	}
	return r
}

// send sends a request, keeps the cookies of the answer and shows it. It follows no
// redirect. No answer at all shows as status 0. A form that is asked to come back, because
// too many passwords wait, is sent again, as a person would.
func (b *browser) send(r *request) Answer {
	b.t.Helper()
	b.t.note(r)
	from := ""
	if !strings.HasPrefix(b.t.base, "https") {
		from = b.Address
	}
	answer, err := b.t.server.Ask(from, r.bytes())
	for tries := 0; err == nil && r.Method == http.MethodPost && answer.Status == http.StatusServiceUnavailable && tries < 20; tries++ {
		<-time.After(500 * time.Millisecond) // others fill the queue for passwords; it did not count
		answer, err = b.t.server.Ask(from, r.bytes())
	}
	if err != nil {
		answer = Answer{}
	}
	b.t.saw(answer)
	for _, c := range cookiesOf(answer) {
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) {
			delete(b.Cookies, c.Name)
		} else {
			b.Cookies[c.Name] = c.Value
		}
	}
	b.Answer = answer
	return answer
}

func cookiesOf(a Answer) []*http.Cookie { return (&http.Response{Header: a.Header}).Cookies() }

// get asks for a page and post sends a form; neither follows a redirect.
func (b *browser) get(path string) Answer {
	b.t.Helper()
	return b.send(b.request(http.MethodGet, path))
}

func (b *browser) post(path string, fields ...string) Answer {
	b.t.Helper()
	return b.send(b.request(http.MethodPost, path, fields...))
}

// want fails the attack unless the browser shows this status and, for a redirect, leads to
// this path. It is for the steps that lead to an attack, and for what must go well.
func (b *browser) want(status int, to string) *browser {
	b.t.Helper()
	if b.Status != status || to != "" && b.To() != to {
		b.t.Fatalf("answered %d to %q, want %d to %q\n%s", b.Status, b.To(), status, to, text(b.Body))
	}
	return b
}

// in reports whether the browser's session is that of this person, without showing it.
func (b *browser) in(p *person) bool {
	b.t.Helper()
	c := b.copy()
	return c.get("/profile").Status == http.StatusOK && strings.Contains(c.Body, "<dd>"+p.Name+"</dd>")
}
