package attack

import (
	"io"
	"net/http"
	"net/http/httptest"
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
