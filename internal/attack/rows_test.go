package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// rows counts the rows of every table. The probe after a failed commit leaves one that says nothing.
func rows(t *testing.T, a *apptest.App) string {
	t.Helper()
	var all []string
	for _, name := range a.Tables() {
		all = append(all, fmt.Sprint(name, "=", number(t, a, `SELECT count(*) FROM "`+name+`"`)))
	}
	return strings.Join(all, " ")
}

func TestSE15_VisitsCreateNoRows(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Browser().Get("/readyz").Is(http.StatusOK) // its probe has a row that stays
	before := rows(t, a)
	for range 50 {
		for _, path := range []string{"/", "/login", "/login/code", "/profile", "/help", "/setup", "/admin", "/invite/x", "/reset/x", "/readyz", "/nowhere"} {
			a.Browser().Get(path)
		}
	}
	if after := rows(t, a); after != before {
		t.Errorf("visits left rows:\n%s\n%s", before, after)
	}
}

func TestSE15_SessionsOfOneUserAreBounded(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Set("two_step", "optional")
	nell := a.AddUser("nell", apptest.NoPhone)
	first := a.Browser()
	first.SignIn(nell)
	for range 54 {
		a.Clock.Add(time.Second)
		a.Browser().SignIn(nell)
	}
	if n := sessions(t, a, nell); n != 50 {
		t.Errorf("%d sessions, want 50", n)
	}
	if n := number(t, a, `SELECT count(*) FROM browsers WHERE user_id = $1`, nell.ID); n != 20 {
		t.Errorf("%d known browsers, want 20", n)
	}
	if first.SignedInAs(nell) {
		t.Error("the oldest session is not the one that went")
	}
}

func TestSE01_TokensAreNotInTheDatabase(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	b.Confirm(alice)
	half := a.Browser()
	half.Password(alice)
	files := a.Files()
	for _, browser := range []*apptest.Browser{b, half} {
		for name, values := range browser.Ever {
			for _, value := range values {
				if len(value) != 43 || strings.Contains(files, value) {
					t.Errorf("%s %q is short, or lies in the database as it is", name, value)
				}
			}
		}
	}
	if !strings.Contains(files, "alice@example.org") {
		t.Error("this test looked at the wrong files")
	}
}
