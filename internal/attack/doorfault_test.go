package attack

import (
	"net/http"
	"testing"
)

// TestFD06_ADatabaseErrorDenies: what cannot be looked up lets nobody in, and what cannot be written
// down (that a proxy asked, that a session is in use) keeps nobody out.
func TestFD06_ADatabaseErrorDenies(t *testing.T) {
	t.Parallel()
	d := startDoor(t)
	w := d.inside(d.AddUser("ada"), "wiki.example")
	repairs := []func(){breakTable(t, d.App, "application_asks", "INSERT"), breakTable(t, d.App, "application_asks", "UPDATE"), breakTable(t, d.App, "sessions", "UPDATE")}
	d.Clock.Add(120_000_000_000)
	for _, path := range []string{"/forward-auth/wiki", "/auth-request/wiki"} {
		d.askAs(w, path, "wiki.example", "/").Is(http.StatusOK)
	}
	for _, repair := range repairs {
		repair()
	}
	db := open(t, d.App)
	for _, rename := range []string{"ALTER TABLE application_sessions RENAME TO gone", "ALTER TABLE applications RENAME TO away"} {
		if _, err := db.Exec(rename); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/forward-auth/wiki", "/auth-request/wiki"} {
			p := d.askAs(w, path, "wiki.example", "/")
			if p.Status < 500 || p.Header.Get("Remote-User") != "" {
				t.Errorf("%s after %s: %d", path, rename, p.Status)
			}
		}
	}
}
