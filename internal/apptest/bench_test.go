package apptest_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// BenchmarkForwardAuth is what a proxy asks about each request of somebody who has an application open,
// from the handler's first line to its last, with its SELECT, without the network.
func BenchmarkForwardAuth(b *testing.B) {
	a := apptest.Start(b, apptest.Options{Proxied: true})
	ada := a.AddUser("ada")
	browser := a.Browser()
	browser.SignIn(ada)
	token, now := secret.Token(), a.Clock.Now()
	a.Tx(func(tx *store.Tx) error {
		if _, err := tx.AddApplication(store.Application{Slug: "wiki", Name: "Wiki", Hosts: []string{"wiki.example"}, Everyone: true, Created: now}); err != nil {
			return err
		}
		s, _, _, err := a.DB.SessionByHash(secret.HashToken(browser.Session()), now)
		if err != nil {
			return err
		}
		return tx.AddOpened("", secret.HashToken(token), secret.ID(), s.ID, "wiki", "wiki.example", now)
	})
	a.Site.Log = slog.New(slog.DiscardHandler)
	r := browser.Request(http.MethodGet, "/forward-auth/wiki", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Cookie", "__Host-latchkey-app="+token)
	for name, value := range map[string]string{"Method": "GET", "Proto": "https", "Host": "wiki.example", "Uri": "/", "For": "198.51.100.7"} {
		r.Header.Set("X-Forwarded-"+name, value)
	}
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		if a.Site.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

// BenchmarkPage is each of the signed-in pages that have a goal from the handler's first
// line to its last, with its statements, without the network.
func BenchmarkPage(b *testing.B) {
	a := apptest.Start(b, apptest.Options{})
	for i := range 30 {
		a.AddUser(fmt.Sprint("user-", i))
	}
	alice, admin := a.Browser(), a.Browser()
	alice.SignIn(a.AddUser("alice"))
	admin.SignIn(a.AddUser("admin", apptest.Administrator))
	a.Site.Log = slog.New(slog.DiscardHandler)
	for _, page := range []struct {
		path string
		by   *apptest.Browser
	}{{"/profile", alice}, {"/security", alice}, {"/admin/users", admin}, {"/admin", admin}} {
		b.Run(page.path[1:], func(b *testing.B) {
			page.by.Open(page.path)
			r := page.by.Request(http.MethodGet, page.path, nil)
			r.RemoteAddr = "127.0.0.1:1"
			b.ReportAllocs()
			for b.Loop() {
				a.Site.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
