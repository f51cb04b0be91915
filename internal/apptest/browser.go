package apptest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// UserAgent is what a Browser calls itself.
const UserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// maxRedirects is where a browser gives up.
const maxRedirects = 10

// Browser is one browser: cookies and the page it shows. It belongs to one
// goroutine; Clone makes one for another.
type Browser struct {
	// Page is what the browser shows.
	*Page
	// Cookies are kept by name. A test may plant some.
	Cookies map[string]string
	// Ever are the values that each cookie has had, oldest first.
	Ever map[string][]string

	app     *App
	address string // of the client, if the App is behind a proxy
	agent   string // what it calls itself
}

// Browser returns a new browser without cookies.
func (a *App) Browser() *Browser {
	return &Browser{app: a, Cookies: map[string]string{}, Ever: map[string][]string{}, Page: &Page{app: a}, agent: UserAgent}
}

// Clone returns another browser with the same cookies, as somebody has who copied them.
// It does not call itself the same, so that the forms of the two are never copies of one.
func (b *Browser) Clone() *Browser {
	c := b.Twin()
	c.agent = fmt.Sprintf("%s.%d", UserAgent, b.app.browsers.Add(1))
	return c
}

// Twin returns this browser once more, as it is now: what it sends comes from the same
// browser.
func (b *Browser) Twin() *Browser {
	c := b.app.Browser()
	c.address, c.agent = b.address, b.agent
	maps.Copy(c.Cookies, b.Cookies)
	return c
}

// From makes the browser come from another address. The App must be Proxied.
func (b *Browser) From(address string) *Browser {
	b.app.TB.Helper()
	if !b.app.options.Proxied {
		b.app.TB.Fatal("Browser.From needs Options.Proxied")
	}
	b.address = address
	return b
}

// CookieName is the name that a cookie has here: over https it carries the prefix
// __Host-.
func (a *App) CookieName(name string) string {
	if a.options.HTTPS {
		return "__Host-" + name
	}
	return name
}

// Session is the value of the session's cookie, or "".
func (b *Browser) Session() string { return b.Cookies[b.app.CookieName("latchkey")] }

// Pending is the value of the cookie of a pending sign-in, or "".
func (b *Browser) Pending() string { return b.Cookies[b.app.CookieName("latchkey-pending")] }

// Request returns a request as this browser would send it for an address that was
// typed: a test changes it, and sends it with Send. Form may be nil.
func (b *Browser) Request(method, path string, form url.Values) *http.Request {
	b.app.TB.Helper()
	r, err := http.NewRequest(method, b.app.URL+path, strings.NewReader(form.Encode()))
	b.app.must(err)
	r.Header.Set("User-Agent", b.agent)
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Site", "none")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.app.URL)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if b.address != "" {
		r.Header.Set("X-Forwarded-For", b.address)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: b.Cookies[name]})
	}
	return r
}

// Send sends a request, keeps the cookies of the answer and shows it; it follows
// no redirect. It offers to take everything compressed, as browsers do.
func (b *Browser) Send(r *http.Request) *Page {
	b.app.TB.Helper()
	answer, err := b.app.client.Do(r)
	b.app.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	b.app.must(err)
	// An application's host has our files below a path of ours.
	if path := r.URL.Path; answer.Uncompressed && !strings.HasPrefix(strings.TrimPrefix(path, "/.latchkey"), "/static/") && path != "/favicon.ico" {
		b.app.TB.Errorf("%s went out compressed, which only files may (decision 113)", path)
	}
	b.keep(answer.Cookies())
	b.Page = &Page{
		Status: answer.StatusCode, Header: answer.Header, Body: string(body), Path: r.URL.RequestURI(), app: b.app,
	}
	return b.Page
}

func (b *Browser) keep(cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) {
			delete(b.Cookies, c.Name)
			continue
		}
		b.Cookies[c.Name] = c.Value
		b.Ever[c.Name] = append(b.Ever[c.Name], c.Value)
	}
}

// Get asks for a page and follows no redirect.
func (b *Browser) Get(path string) *Page {
	b.app.TB.Helper()
	return b.Send(b.Request(http.MethodGet, path, nil))
}

// Post sends a form, given as names and values by turns, and follows no redirect.
func (b *Browser) Post(path string, fields ...string) *Page {
	b.app.TB.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.Send(b.Request(http.MethodPost, path, form))
}

// Open shows the page at a path, following redirects.
func (b *Browser) Open(path string) *Page {
	b.app.TB.Helper()
	b.Get(path)
	return b.follow()
}

// follow follows redirects, which must all stay here.
func (b *Browser) follow() *Page {
	b.app.TB.Helper()
	for range maxRedirects {
		if b.Status < 300 || b.Status > 399 {
			return b.Page
		}
		to := b.Header.Get("Location")
		if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
			b.app.TB.Fatalf("%s redirects to %q", b.Path, to)
		}
		b.Get(to)
	}
	b.app.TB.Fatalf("more than %d redirects, the last to %s", maxRedirects, b.Path)
	return nil
}

// SignIn signs the user in, waiting for the phone's next code, and shows the page
// that follows. It fails the test if that is not possible.
func (b *Browser) SignIn(u *User) *Page {
	b.app.TB.Helper()
	b.Password(u)
	if u.Secret != nil {
		b.app.Clock.Add(30 * time.Second)
		b.Post("/login/code", "code", u.Code()).Redirects("/profile")
	}
	return b.follow()
}

// Password takes the first step of signing in only, from a page that was just opened.
func (b *Browser) Password(u *User) *Page {
	b.app.TB.Helper()
	b.Twin().Get("/login")
	return b.Post("/login", "username", u.Username, "password", u.Password).Is(http.StatusSeeOther)
}

// Confirm proves inside a session who holds it, with the phone's next code.
func (b *Browser) Confirm(u *User) *Page {
	b.app.TB.Helper()
	b.app.Clock.Add(30 * time.Second)
	return b.Post("/confirm", "password", u.Password, "code", u.Code()).Is(http.StatusSeeOther)
}

// SignedInAs reports whether this browser's session belongs to the user now. It
// shows nothing and follows nothing.
func (b *Browser) SignedInAs(u *User) bool {
	b.app.TB.Helper()
	c := b.Clone()
	return c.Get("/profile").Status == http.StatusOK && strings.Contains(c.Body, "<dd>"+u.Username+"</dd>")
}
