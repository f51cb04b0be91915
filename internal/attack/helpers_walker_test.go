package attack

import (
	"html"
	"net/http"
	"net/url"
	"regexp"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
)

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

// setUpApp sets up an authenticator app, saves the codes and goes on from there.
func (w *walker) setUpApp() {
	w.TB.Helper()
	w.isAt(w.URL + "/security/authenticators/new")
	w.home.Page = w.page
	key, err := factor.ParseSecret(w.page.Doc().Find("#key").Text())
	if err != nil {
		w.TB.Fatal(err)
	}
	w.home.Submit("Turn on", "6-digit code", w.CodeFor(key))
	w.home.Submit("Finish", "I have saved these codes somewhere safe", "1")
	w.page, w.url = w.home.Page, w.parse(w.URL+w.home.Path)
	w.follow()
}

// inside walks somebody into an application.
func (d *door) inside(u *apptest.User, host string) *walker {
	d.TB.Helper()
	w := d.walker()
	w.open("https://" + host + "/")
	w.signIn(u)
	w.in(u, "/")
	return w
}

// leave signs out on the host of an application.
func (w *walker) leave(host, everywhere string) {
	w.TB.Helper()
	w.get("https://" + host + "/.latchkey/sign-out").Is(http.StatusOK).Sees("Sign out of everything")
	form := map[string][]string{}
	if everywhere != "" {
		form["everywhere"] = []string{everywhere}
	}
	w.send(host, w.request(http.MethodPost, "https://"+host+"/.latchkey/sign-out", form)).Is(http.StatusSeeOther)
	w.follow().Is(http.StatusOK).Sees("You have signed out")
}
