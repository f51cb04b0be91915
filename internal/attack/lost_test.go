package attack

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// lostPage wants the page of a database that is gone: no cookie, and no word that
// waiting helps.
func lostPage(t *testing.T, what string, p *apptest.Page) {
	t.Helper()
	if p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Body, "The database is missing") || p.Header.Get("Retry-After") != "" ||
		len(p.Header.Values("Set-Cookie")) > 0 || strings.Contains(p.Body, "latchkey.db") {
		t.Errorf("%s: %d, Retry-After %q, cookies %q", what, p.Status, p.Header.Get("Retry-After"), p.Header.Values("Set-Cookie"))
	}
}

// A database that is deleted or swapped while the server runs: nobody signs in, nothing
// is acknowledged, and /readyz and the log say why.
func TestAV05_LostDatabaseDenies(t *testing.T) {
	apptest.OnFile(t)
	t.Parallel()
	for name, swap := range map[string]func(path string) error{
		"moved": func(path string) error { return os.Rename(path, path+"-away") },
		"swapped": func(path string) error {
			text, err := os.ReadFile(path)
			if err == nil {
				err = os.Rename(path, path+"-away")
			}
			if err == nil {
				err = os.WriteFile(path, text, 0o600)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			alice := a.AddUser("alice")
			b := a.Browser()
			b.SignIn(alice)
			half := halves(a, alice, 1)[0]
			a.Clock.Add(30 * time.Second)
			if err := swap(a.DatabasePath()); err != nil {
				t.Fatal(err)
			}
			lostPage(t, "the code", half.Clone().Post("/login/code", "code", alice.Code()))
			lostPage(t, "a password", a.Browser().Post("/login", "username", "alice", "password", alice.Password))
			lostPage(t, "a change", b.Clone().Post("/profile/edit", "name", "Changed", "email", alice.Email))
			lostPage(t, "a page", b.Clone().Get("/profile"))
			lostPage(t, "the sign-in page", a.Browser().Get("/login"))
			a.Browser().Get("/healthz").Is(http.StatusOK)
			ready := a.Browser().Get("/readyz")
			if ready.Status != http.StatusServiceUnavailable || !strings.Contains(ready.Body, "deleted or replaced") {
				t.Errorf("/readyz: %d %s", ready.Status, ready.Body)
			}
			if !strings.Contains(a.Log.String(), "move the file itself back; if it was deleted, the manual says how to copy it before you stop the server") {
				t.Errorf("the log: %s", a.Log)
			}
			if err := os.Rename(a.DatabasePath()+"-away", a.DatabasePath()); err != nil {
				t.Fatal(err)
			}
			a.Clock.Add(time.Second) // for so long the last answer counts
			a.Browser().Get("/readyz").Is(http.StatusOK)
			b.Get("/profile").Is(http.StatusOK).Sees("Member since")
			half.Post("/login/code", "code", alice.Code()).Redirects("/profile") // nothing was used up
		})
	}
}
