package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/store"
)

// lookedAt is somebody with something on every page, whom an administrator looks at.
func lookedAt(t *testing.T) (a *apptest.App, grace *apptest.User, desk *apptest.Browser, base string) {
	t.Helper()
	a = apptest.Start(t, apptest.Options{})
	a.Set("remember_days", "30")
	a.Set("delete_self", "yes")
	grace = a.AddUser("grace")
	a.Browser().SignIn(grace)
	a.Browser().SignIn(grace)
	e := audit.Entry{At: a.Clock.Now(), Event: audit.PasswordChanged, Result: audit.ResultOK, ActorID: grace.ID, SubjectID: grace.ID, IP: "203.0.113.9"}
	a.Tx(func(tx *store.Tx) error { return a.Site.Notify(tx, grace.Now(), mail.PasswordChanged, e, mail.Facts{}) })
	desk, base = a.Browser(), "/admin/users/"+grace.ID
	desk.SignIn(a.Admin)
	desk.Post(base+"/view-as", "reason", "She called about a missing browser").Redirects(base + "/as/profile")
	return a, grace, desk, base
}

var lookedPages = []string{"/as/profile", "/as/security", "/as/applications", "/as/activity"}

// belongings is everything stored about one user, but what is written down.
func belongings(t *testing.T, a *apptest.App, id string) string {
	t.Helper()
	db := open(t, a)
	var all strings.Builder
	for _, table := range []string{"authenticators", "pending_authenticators", "recovery_codes", "sessions", "pending_sign_ins", "links", "browsers", "notices", "requests", "users"} {
		column := "user_id"
		if table == "users" {
			column = "id"
		}
		rows, err := db.Query(`SELECT * FROM `+table+` WHERE `+column+` = $1 ORDER BY 1, 2`, id)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			row := make([]any, len(names))
			for i := range row {
				row[i] = new(any)
			}
			if err := rows.Scan(row...); err != nil {
				t.Fatal(err)
			}
			for i, name := range names {
				fmt.Fprintf(&all, "%s.%s=%v\n", table, name, *row[i].(*any))
			}
		}
		rows.Close()
	}
	return all.String()
}

func TestAC05_LookingNeedsAReasonThatTheUserSees(t *testing.T) {
	t.Parallel()
	a, grace, desk, base := lookedAt(t)
	const why = "She called about a missing browser"
	e := entries(t, a, store.AuditFilter{Event: audit.UserViewed})
	if len(e) != 1 || e[0].ActorID != a.Admin.ID || e[0].SubjectID != grace.ID || cmp.Diff([]audit.Detail{{Name: "reason", After: why}}, e[0].Details) != "" {
		t.Errorf("%+v", e)
	}
	for _, page := range lookedPages {
		desk.Open(base+page).At(base+page).Sees("You are viewing Grace’s pages.", "You cannot change anything", "Root-admin")
	}
	hers := a.Browser()
	hers.SignIn(grace)
	for _, page := range []string{"/security", "/security/activity"} {
		hers.Open(page).Sees("An administrator viewed your pages", "“"+why+"”")
	}
	linus := a.AddUser("linus")
	second := a.Browser()
	second.SignIn(a.Admin)
	for _, page := range lookedPages {
		desk.Get("/admin/users/" + linus.ID + page).Redirects("/admin/users/" + linus.ID + "/view-as")
		second.Get(base + page).Redirects(base + "/view-as")
	}
	for _, reason := range []string{"", " ", strings.Repeat("x", 501), "a\u202eb"} {
		second.Post(base+"/view-as", "reason", reason).Is(http.StatusUnprocessableEntity)
	}
	second.Post("/admin/users/"+a.Admin.ID+"/view-as", "reason", "me").Is(http.StatusConflict)
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, linus.ID, a.Clock.Now()); return err })
	second.Post("/admin/users/"+linus.ID+"/view-as", "reason", "gone").Is(http.StatusConflict)
	if n := len(entries(t, a, store.AuditFilter{Event: audit.UserViewed})); n != 1 {
		t.Errorf("%d looks are written down", n)
	}
}

// TestAC05_LookingEnds by the button, even when the proof is too old to act, by itself
// and with the session.
func TestAC05_LookingEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*apptest.App, *apptest.Browser, string){
		"the button": func(a *apptest.App, b *apptest.Browser, base string) {
			a.Clock.Add(12 * time.Minute)
			b.Open(base + "/as/security")
			b.Submit("Stop").At(base)
		},
		"its time": func(a *apptest.App, b *apptest.Browser, base string) {
			a.Clock.Add(15*time.Minute - time.Second)
			b.Get(base + "/as/profile").Is(http.StatusOK)
			a.Clock.Add(time.Second)
		},
		"sign-out": func(a *apptest.App, b *apptest.Browser, _ string) {
			b.Post("/logout").Is(http.StatusSeeOther)
			b.SignIn(a.Admin)
		},
		"another user": func(a *apptest.App, b *apptest.Browser, _ string) {
			path := "/admin/users/" + a.AddUser("linus").ID
			b.Post(path+"/view-as", "reason", "him").Redirects(path + "/as/profile")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _, desk, base := lookedAt(t)
			end(a, desk, base)
			for _, page := range lookedPages {
				desk.Get(base + page).Redirects(base + "/view-as")
			}
		})
	}
	a, grace, desk, base := lookedAt(t)
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, grace.ID, a.Clock.Now()); return err })
	desk.Get(base + "/as/profile").Redirects(base + "/view-as")
	desk.Open(base + "/view-as").Sees("in the recycle bin")
	desk.Post("/viewing/end").Is(http.StatusSeeOther)
	a.Clock.Add(time.Minute)
	desk.Post("/viewing/end").Redirects("/")
	if n := number(t, a, `SELECT count(*) FROM looks`); n != 0 {
		t.Errorf("%d looks left", n)
	}
}

// TestAC05_LookingChangesNothing sends every form of the product while pages are looked
// at. What a form does, it does as the administrator: to the user nothing happens.
func TestAC05_LookingChangesNothing(t *testing.T) {
	t.Parallel()
	a, grace, desk, base := lookedAt(t)
	before := belongings(t, a, grace.ID)
	all, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	apps, err := a.DB.Authenticators(grace.ID)
	if err != nil || len(apps) != 1 {
		t.Fatal(apps, err)
	}
	sessions, err := a.DB.Sessions(grace.ID, a.Clock.Now())
	if err != nil || len(sessions) != 2 {
		t.Fatal(sessions, err)
	}
	ids := []string{grace.ID, apps[0].ID, sessions[0].ID}
	forms := []url.Values{{}, {"label": {"Mine"}}, {"name": {"Mallory"}, "email": {"m@example.org"}}, {"until": {"4102444800000"}},
		{"current_password": {grace.Password}, "new_password": {"eleven grey owls waiting"}}, {"confirm_username": {"grace"}}, {"saved": {"1"}}}
	sent := 0
	for _, r := range all {
		if r.Method != http.MethodPost || strings.HasPrefix(r.Path, "/admin") || r.Path == "/logout" {
			continue
		}
		for _, id := range ids {
			for _, form := range forms {
				b := desk.Clone()
				path := strings.NewReplacer(":id", id, ":token", strings.Repeat("B", 43)).Replace(r.Path)
				if p := b.Send(b.Request(http.MethodPost, path, form)); p.Status >= 500 {
					t.Errorf("%s answers %d", path, p.Status)
				}
				sent++
			}
		}
	}
	for _, page := range append([]string{"/as", "/as/stop", "/as/password"}, lookedPages...) {
		if p := desk.Clone().Post(base+page, "name", "Mallory"); p.Status != http.StatusNotFound && p.Status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s answers %d", page, p.Status)
		}
	}
	if diff := cmp.Diff(before, belongings(t, a, grace.ID)); diff != "" || sent < 100 {
		t.Errorf("after %d forms:\n%s", sent, diff)
	}
}

// entries reads the audit log through a filter.
func entries(t *testing.T, a *apptest.App, f store.AuditFilter) []audit.Entry {
	t.Helper()
	f.Limit = 50
	all, err := a.DB.AuditEntries(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
