package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/arrival"
	"latchkey/internal/web/bodies"
	"latchkey/internal/web/request"
	"latchkey/internal/web/route"
)

// newSite returns a site at this base URL with a new database, mounted as mount
// does it.
func newSite(t *testing.T, base string, mount func(*Site), trusted ...netip.Prefix) *Site {
	t.Helper()
	ring := secret.NewRing()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"), ring, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	i, err := instance.New(instance.Config{
		DB: db, Ring: ring, Log: slog.New(slog.DiscardHandler), URL: u,
		Now: func() time.Time { return time.Unix(1_900_000_000, 0).UTC() },
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(i, Config{TrustedProxies: trusted})
	if err != nil {
		t.Fatal(err)
	}
	if mount != nil {
		mount(s)
	}
	return s
}

// bare is a visitor of a site without a database, for what needs none.
func bare(t testing.TB, r *http.Request) *Visitor {
	t.Helper()
	s := &Site{Instance: &instance.Instance{Config: instance.Config{URL: &url.URL{Scheme: "https", Host: "id.example.org"}, Now: time.Now}}, bodies: bodies.New(), routes: route.NewTable()}
	gate, err := arrival.NewGate(s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.source = request.NewSource(s.Instance, gate)
	s.newEcho()
	return s.visitor(s.echo.NewContext(r, httptest.NewRecorder()))
}

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
	r.Host = "localhost:1"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestAC01_RouteWithoutAccessIsAMistake(t *testing.T) {
	t.Parallel()
	s := newSite(t, "http://localhost:1", nil)
	if _, err := s.Routes(); err != nil {
		t.Errorf("the routes of every site: %v", err)
	}
	ok := func(*Visitor) error { return nil }
	s.Get("/open", route.Anyone, ok)
	if routes, err := s.Routes(); err != nil || len(routes) < 3 {
		t.Errorf("%d routes, %v", len(routes), err)
	}
	s.Post("/forgotten", route.Undeclared, ok)
	if _, err := s.Routes(); err == nil || !strings.Contains(err.Error(), "POST /forgotten") {
		t.Errorf("a route that declares nothing: %v", err)
	}
	other := newSite(t, "http://localhost:1", nil)
	other.echo.GET("/past-the-site", nil)
	if _, err := other.Routes(); err == nil || !strings.Contains(err.Error(), "GET /past-the-site") {
		t.Errorf("a route that the site does not know: %v", err)
	}
}

// TestPage is where a visitor comes back to after another step.
func TestPage(t *testing.T) {
	t.Parallel()
	var got string
	s := newSite(t, "http://localhost:1", func(s *Site) {
		note := func(v *Visitor) error { got = v.page(); return nil }
		for _, path := range []string{"/admin/users/:id", "/security", "/security/password", "/profile", "/profile.csv", "/alone.csv"} {
			s.Get(path, route.Anyone, note)
		}
		for _, path := range []string{
			"/admin/users/:id", "/admin/users/:id/disable", "/security/sessions/:id/end", "/security/password", "/top", "/deep/:a/:b/:c",
		} {
			s.Post(path, route.Anyone, note)
		}
	})
	for _, c := range []struct{ method, target, want string }{
		{"GET", "/profile", "/profile"},
		{"HEAD", "/profile?a=b", "/profile?a=b"},
		{"GET", "/profile?next=//evil.example&x=%00", "/profile?next=//evil.example&x=%00"},
		{"GET", "/admin/users/a%2Fb", "/admin/users/a%2Fb"},
		{"GET", "/admin/users/x.csv", "/admin/users/x.csv"},
		{"GET", "/profile.csv?q=a.csv&sort=", "/profile?q=a.csv&sort="},
		{"GET", "/alone.csv?q=a", "/alone.csv?q=a"},
		{"POST", "/security/password?x=y", "/security/password"},
		{"POST", "/admin/users/42", "/admin/users/42"},
		{"POST", "/admin/users/42/disable?reason=x", "/admin/users/42"},
		{"POST", "/admin/users/a%2Fb%2Fc/disable", "/admin/users/a%2Fb%2Fc"},
		{"POST", "/security/sessions/7/end", "/security"},
		{"POST", "/top", "/"},
		{"POST", "/deep/a/b/c", "/"},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		if c.method == "POST" {
			r = post("")
			r.URL, _ = url.Parse(c.target)
			r.Header.Set("Origin", "http://localhost:1")
		}
		r.Host = "localhost:1"
		got = "(not reached)"
		s.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s %s: %q, want %q", c.method, c.target, got, c.want)
		}
	}
}

// TestLO08_ClosedNetworkIsOneBurst: a network that is over its limit tries a new
// name each time, and the audit log does not grow with it.
func TestLO08_ClosedNetworkIsOneBurst(t *testing.T) {
	t.Parallel()
	var rows, failures int
	s := newSite(t, "http://localhost:1", func(s *Site) {
		s.Post("/try", route.Anyone, func(v *Visitor) error {
			return v.Tx(func(tx *store.Tx) error {
				try, err := v.CountPassword(tx, v.c.Request().Header.Get("X-Name"), user.User{}, false)
				if err != nil || try.Wait == 0 {
					return err
				}
				n, err := try.Failures(tx)
				if failures++; n > 0 {
					rows++
				}
				return err
			})
		})
	})
	for i := range 200 {
		r := post("")
		r.URL.Path = "/try"
		r.Header.Set("Origin", "http://localhost:1")
		r.Header.Set("X-Name", strings.Repeat("x", i))
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if failures != 170 || rows != 5 {
		t.Errorf("%d of 200 tries were held back and %d of them are rows, want 170 and 5", failures, rows)
	}
}
