// Package apptest puts a person in front of the real program: the real handler
// behind a real server, a real database file in a folder of the test, and a
// browser that keeps cookies, fills in forms by their labels and reads what the
// page says. Only two things are not as in production: the clock, which the test
// moves, and the cost of a password, which no configuration reaches.
//
// A story reads like what a person does:
//
//	a := apptest.Start(t, apptest.Options{})
//	alice := a.AddUser("alice")
//	b := a.Browser()
//	b.Open("/login")
//	b.Submit("Sign in", "Username or email", "alice", "Password", alice.Password)
//	b.Submit("Continue", "Code", alice.Code())
//	b.At("/profile").Sees("Member since")
//
// Every method that cannot do what it is asked ends the test.
package apptest

import (
	"context"
	"crypto/tls"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/web/conns"

	"latchkey/internal/mail/mailtest"
	"latchkey/internal/password"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// Cost is the work of a password in tests: the least that a stored hash may have,
// about a fortieth of a real one. password.ParseCost, which production asks, refuses it.
var Cost = password.Cost{MemoryKiB: 8 << 10, Time: 1, Threads: 1}

// Options are what differs between tests.
type Options struct {
	// HTTPS serves over TLS, so that cookies have their prefix and are Secure.
	HTTPS bool
	// Empty leaves the database without anybody; otherwise the administrator
	// "root-admin" exists, so that set-up is over.
	Empty bool
	// Proxied makes this machine a trusted proxy, so that Browser.From works.
	Proxied bool
	// Mail starts a mail server that catches what is sent; see App.Post.
	Mail bool
	// OneNode leaves it at one node on PostgreSQL, for a test of what each process does alone: how many
	// passwords it hashes at once, how many files it sends.
	OneNode bool
	// Mount adds routes of the test's own before the program's.
	Mount func(*web.Site)
}

// App is the program, running. It is safe for concurrent use, except for Restart.
type App struct {
	TB     testing.TB
	Folder string
	URL    string // the public base URL, without a slash at the end
	Clock  *Clock
	Log    *Log
	Ring   *secret.Ring
	DB     *store.DB
	// Database is the path of the database, or its address in PostgreSQL.
	Database string
	Site     *web.Site
	// Admin is the administrator that exists unless Options.Empty.
	Admin *User
	// Mail is the mail server, with Options.Mail.
	Mail *mailtest.Server

	options  Options
	base     *url.URL
	nodes    atomic.Pointer[[]*node]
	turn     atomic.Uint64 // requests so far
	client   *http.Client
	bodies   bodies
	browsers atomic.Int64 // clones so far
	rawOnce  sync.Once
	raw      *sql.DB // of Raw, in PostgreSQL
}

// Start runs the program on a new folder until the test ends.
func Start(t testing.TB, o Options) *App {
	t.Helper()
	a := &App{TB: t, Folder: t.TempDir(), Clock: NewClock(), Log: &Log{}, options: o}
	a.fill()
	server := httptest.NewUnstartedServer(nil)
	scheme := "http://"
	if o.HTTPS {
		scheme = "https://"
	}
	a.URL = scheme + server.Listener.Addr().String()
	var err error
	a.base, err = url.Parse(a.URL)
	a.must(err)
	if o.Mail {
		a.Mail = mailtest.Start(t)
	}
	a.open()
	server.Config = conns.NewServer(a.Site, a.Site.Log)
	server.Listener = web.LimitConnections(a.Site, server.Listener)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.bodies.watch(r)
		a.next().site.ServeHTTP(w, r)
	})
	if o.HTTPS {
		server.StartTLS()
	} else {
		server.Start()
	}
	a.client = newClient(server, o.HTTPS)
	t.Cleanup(func() { server.Close(); a.close(); a.tell(); a.forget(); server = nil })
	if !o.Empty {
		a.Admin = a.AddUser("root-admin", Administrator)
	}
	return a
}

// newClient returns a client of the server that follows no redirect.
func newClient(server *httptest.Server, https bool) *http.Client {
	client := server.Client()
	client.Timeout = time.Minute
	transport := client.Transport.(*http.Transport)
	transport.MaxIdleConnsPerHost = 100
	if https { // a form that is refused ends its connection, and handshakes are dear
		transport.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(0)
		transport.TLSClientConfig.CurvePreferences = []tls.CurveID{tls.CurveP256}
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// Tx writes to the database directly, for what a test has to arrange.
func (a *App) Tx(fn func(*store.Tx) error) {
	a.TB.Helper()
	a.must(a.DB.Tx(context.Background(), fn))
}

// Set changes a setting, as /admin/settings would.
func (a *App) Set(name, value string) {
	a.TB.Helper()
	a.Tx(func(tx *store.Tx) error { return tx.SetSetting(name, value) })
	a.must(a.Site.LoadSettings())
}

func (a *App) must(err error) {
	a.TB.Helper()
	if err != nil {
		a.TB.Fatal(err)
	}
}

// tell shows what went wrong inside when the test failed.
func (a *App) tell() {
	if a.TB.Failed() {
		a.TB.Logf("the program's last warnings and errors:\n%s", a.Log.Trouble())
	}
}

// forget lets go of the program. The testing package holds on to what was given to
// Cleanup until the whole package is done, and hundreds of programs that have ended
// would be walked through by each collection of garbage.
func (a *App) forget() {
	a.nodes.Store(nil)
	a.Site, a.DB, a.Ring, a.Mail, a.client = nil, nil, nil, nil, nil
	a.Log, a.Clock, a.options = nil, nil, Options{}
}

// Client is a client of the server that follows no redirect, for what is no browser.
func (a *App) Client() *http.Client { return a.client }
