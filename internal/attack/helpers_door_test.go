package attack

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// door is the program with applications behind a small proxy of the test's own, which asks as Caddy does, or
// as nginx does. What it passes on, the application answers with the headers that it got.
type door struct {
	*apptest.App
	proxy *httptest.Server
	// nginx makes the proxy ask and answer as nginx does.
	nginx atomic.Bool
	// dropCookies makes it ask without the browser's cookies.
	dropCookies atomic.Bool
	slugs       map[string]string // by host; fixed once the proxy runs
}

// startDoor starts it with four applications: wiki, mail and docs for everyone, the last with public paths, and
// secret for the group "staff".
func startDoor(t *testing.T) *door {
	t.Helper()
	d := &door{App: apptest.Start(t, apptest.Options{HTTPS: true, Proxied: true}), slugs: map[string]string{
		"wiki.example": "wiki", "wiki2.example": "wiki", "mail.example": "mail", "secret.example": "secret", "docs.example": "docs",
	}}
	addGroup(t, d.App, "staff", "")
	d.add("wiki", access.Wish{Name: "Wiki", Hosts: []string{"wiki.example", "wiki2.example"}, Everyone: true})
	d.add("mail", access.Wish{Name: "Mail", Hosts: []string{"mail.example"}, Everyone: true})
	d.add("secret", access.Wish{Name: "Secret", Hosts: []string{"secret.example"}, Groups: []string{"staff"}})
	d.add("docs", access.Wish{Name: "Docs", Hosts: []string{"docs.example"}, Everyone: true, Public: []string{"/assets/", "/health"}})
	d.proxy = httptest.NewServer(http.HandlerFunc(d.serve))
	t.Cleanup(d.proxy.Close)
	return d
}

func (d *door) by() audit.Entry {
	return audit.Entry{At: d.Clock.Now(), ActorID: d.Admin.ID, ActorName: d.Admin.Username}
}

func (d *door) add(slug string, w access.Wish) {
	d.TB.Helper()
	w.Slug = slug
	a, err := w.Check(d.Site.URL)
	if err != nil {
		d.TB.Fatal(err)
	}
	d.Tx(func(tx *store.Tx) error { return access.AddApplication(tx, d.by(), a) })
}

// edit changes an application.
func (d *door) edit(slug string, change func(*store.Application)) {
	d.TB.Helper()
	d.Tx(func(tx *store.Tx) error {
		a, err := tx.Application(slug)
		if err != nil {
			return err
		}
		change(&a)
		return access.EditApplication(tx, d.by(), a, a.Version)
	})
}

// question is what the proxy asks about a request to a host.
func (d *door) question(r *http.Request, host string) *http.Request {
	path := "/forward-auth/"
	if d.nginx.Load() {
		path = "/auth-request/"
	}
	q, err := http.NewRequest(http.MethodGet, d.URL+path+d.slugs[host], nil)
	if err != nil {
		panic(err)
	}
	q.Header = r.Header.Clone()
	if d.dropCookies.Load() {
		q.Header.Del("Cookie")
	}
	q.Host = host
	if d.nginx.Load() {
		q.Header.Set("X-Original-Url", "https://"+host+r.RequestURI)
		q.Header.Set("X-Original-Method", r.Method)
		return q
	}
	q.Header.Set("X-Forwarded-Method", r.Method)
	q.Header.Set("X-Forwarded-Proto", "https")
	q.Header.Set("X-Forwarded-Host", host)
	q.Header.Set("X-Forwarded-Uri", r.RequestURI)
	return q
}

// serve is the proxy.
func (d *door) serve(w http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	if strings.HasPrefix(r.URL.Path, "/.latchkey/") {
		on, err := http.NewRequest(r.Method, d.URL+r.RequestURI, r.Body)
		if err != nil {
			panic(err)
		}
		on.Header, on.Host, on.ContentLength = r.Header.Clone(), r.Host, r.ContentLength
		d.pass(w, on)
		return
	}
	q := d.question(r, r.Host)
	answer, err := d.Client().Do(q)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusOK:
		for _, name := range identity {
			w.Header()["Echo-"+name] = answer.Header[name]
		}
		io.WriteString(w, "application "+r.Method+" "+r.RequestURI)
	case d.nginx.Load() && answer.StatusCode == http.StatusUnauthorized:
		w.Header().Set("Location", "/.latchkey/start?to="+r.RequestURI)
		w.WriteHeader(http.StatusFound)
	case d.nginx.Load() && answer.StatusCode == http.StatusForbidden:
		on, _ := http.NewRequest(http.MethodGet, d.URL+"/.latchkey/denied", nil)
		on.Header, on.Host = r.Header.Clone(), r.Host
		d.pass(w, on)
	default:
		d.copy(w, answer)
	}
}

func (d *door) pass(w http.ResponseWriter, r *http.Request) {
	answer, err := d.Client().Do(r)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	d.copy(w, answer)
}

func (d *door) copy(w http.ResponseWriter, answer *http.Response) {
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body)
}

var identity = []string{"Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups"}

// walker is a browser that keeps cookies by host and follows redirects and refreshes from one host to another.
type walker struct {
	*door
	home *apptest.Browser
	at   map[string]*apptest.Browser // by host
	page *apptest.Page
	url  *url.URL // of the page
	hops int      // on the last way
}

func (d *door) walker() *walker {
	return &walker{door: d, home: d.Browser().From("198.51.100.7"), at: map[string]*apptest.Browser{}}
}

// on is the browser with the cookies of a host.
func (w *walker) on(host string) *apptest.Browser {
	if "https://"+host == w.URL {
		return w.home
	}
	if w.at[host] == nil {
		w.at[host] = w.Browser()
	}
	return w.at[host]
}

// request is a request for an address, as somebody makes it who typed that.
func (w *walker) request(method, address string, form url.Values) *http.Request {
	w.TB.Helper()
	u, err := url.Parse(address)
	if err != nil {
		w.TB.Fatal(err)
	}
	r := w.on(u.Host).Request(method, u.RequestURI(), form)
	if "https://"+u.Host == w.URL {
		return r
	}
	r.URL, err = url.Parse(w.proxy.URL + u.RequestURI())
	if err != nil {
		w.TB.Fatal(err)
	}
	if r.Host = u.Host; method == http.MethodPost {
		r.Header.Set("Origin", "https://"+u.Host)
	}
	return r
}

// send sends a request to a host and shows the answer; it follows nothing.
func (w *walker) send(host string, r *http.Request) *apptest.Page {
	w.TB.Helper()
	w.page = w.on(host).Send(r)
	w.url = &url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	return w.page
}

// get asks for an address and follows nothing.
func (w *walker) get(address string) *apptest.Page {
	w.TB.Helper()
	u, _ := url.Parse(address)
	return w.send(u.Host, w.request(http.MethodGet, address, nil))
}

// open shows an address, and goes where that leads.
func (w *walker) open(address string) *apptest.Page {
	w.TB.Helper()
	w.hops = 0
	w.get(address)
	return w.follow()
}

var refresh = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]*)"`)

// next is where the page leads by itself; "" for nowhere.
func (w *walker) next() string {
	to := w.page.Header.Get("Location")
	if w.page.Status < 300 || w.page.Status > 399 {
		to = ""
		if m := refresh.FindStringSubmatch(w.page.Body); m != nil {
			to = html.UnescapeString(m[1])
		}
	}
	if to == "" {
		return ""
	}
	u, err := w.url.Parse(to)
	if err != nil || u.Scheme != "https" {
		w.TB.Fatalf("%s leads to %q", w.url, to)
	}
	return u.String()
}

// maxHops is where a browser gives up.
const maxHops = 20

func (w *walker) follow() *apptest.Page {
	w.TB.Helper()
	for to := w.next(); to != ""; to = w.next() {
		if w.hops++; w.hops > maxHops {
			w.TB.Fatalf("more than %d redirects, the last to %s", maxHops, to)
		}
		w.get(to)
	}
	return w.page
}

// signIn signs in on our own host, where the walk has come to.
func (w *walker) signIn(u *apptest.User) *apptest.Page {
	w.TB.Helper()
	w.isAt(w.URL + "/login")
	w.home.Page = w.page
	w.home.Submit("Sign in", "Username or email", u.Username, "Password", u.Password)
	if u.Secret != nil {
		w.Clock.Add(30_000_000_000)
		w.home.Submit("Continue", "Code", u.Code())
	}
	w.page, w.url = w.home.Page, w.parse(w.URL+w.home.Path)
	w.hops = 0
	return w.follow()
}

func (w *walker) parse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		w.TB.Fatal(err)
	}
	return u
}

// isAt checks the address that is shown, without its query.
func (w *walker) isAt(address string) {
	w.TB.Helper()
	u := *w.url
	u.RawQuery = ""
	if u.String() != address {
		w.TB.Fatalf("at %s, want %s: %d %s", w.url, address, w.page.Status, w.page.Text())
	}
}

// in checks that the application answered, to this user.
func (w *walker) in(u *apptest.User, uri string) {
	w.TB.Helper()
	if w.page.Status != http.StatusOK || w.page.Body != "application GET "+uri || w.page.Header.Get("Echo-Remote-User") != u.Username {
		w.TB.Fatalf("at %s: %d %q as %q, want %s as %s", w.url, w.page.Status, w.page.Body, w.page.Header.Get("Echo-Remote-User"), uri, u.Username)
	}
}
