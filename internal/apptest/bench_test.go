package apptest_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/internal/apptest"
)

// BenchmarkProfile is the signed-in page of the throughput goal from the handler's first
// line to its last, with its SELECT, without the network.
func BenchmarkProfile(b *testing.B) {
	a := apptest.Start(b, apptest.Options{})
	alice := a.Browser()
	alice.SignIn(a.AddUser("alice"))
	alice.Open("/profile")
	a.Site.Log = slog.New(slog.DiscardHandler)
	r := alice.Request(http.MethodGet, "/profile", nil)
	r.RemoteAddr = "127.0.0.1:1"
	b.ReportAllocs()
	for b.Loop() {
		a.Site.ServeHTTP(httptest.NewRecorder(), r)
	}
}
