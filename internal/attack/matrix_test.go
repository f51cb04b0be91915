package attack

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/route"
)

// What a route may answer to somebody, besides letting them pass.
const (
	passes    = "passes"
	toLogin   = "/login"
	toCode    = "/login/code"
	toEnrol   = "/security/authenticators/new"
	toReset   = "/reset"
	toProfile = "/profile"
	toConfirm = "/confirm"
	notThere  = "404"
)

// TestAC01_AccessMatrix asks every route as everybody. Forms carry a field that
// none has: somebody who passes is told so (400) and changes nothing.
func TestAC01_AccessMatrix(t *testing.T) {
	t.Parallel()
	for name, https := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{HTTPS: https})
			bystander := a.AddUser("bystander")
			a.Tx(func(tx *store.Tx) error {
				// One name finds all of them.
				_, err := tx.AddRequest(store.Request{ID: bystander.ID, UserID: bystander.ID})
				_, noteErr := tx.AddNote(store.Note{ID: bystander.ID, UserID: bystander.ID, Text: "x"})
				_, approvalErr := tx.AddApproval(store.Approval{ID: bystander.ID, UserID: bystander.ID, Kind: "password-link"})
				_, streamErr := tx.AddStream(store.Stream{ID: bystander.ID, Kind: "webhook", Name: "x"})
				return errors.Join(err, noteErr, approvalErr, streamErr, tx.AddBulkJob(store.BulkJob{ID: bystander.ID, Action: "disable"}),
					tx.Audit(audit.Entry{Event: audit.UserDisabled, Result: audit.ResultOK, SubjectID: bystander.ID}))
			})
			all, err := a.Site.Routes()
			if err != nil {
				t.Fatal(err)
			}
			for kind, g := range guests(t, a) {
				visitPublic(t, a, kind, g, all)
				for _, r := range all {
					if r.Access == route.Anyone {
						continue
					}
					if got, want := visit(t, a, g, r, bystander), g.want(r); got != want {
						t.Errorf("%s at %s %s: %s, want %s", kind, r.Method, r.Path, got, want)
					}
				}
			}
		})
	}
}

// visit asks one route as one guest and says what happened.
func visit(t *testing.T, a *apptest.App, g guest, r route.Route, bystander *apptest.User) string {
	t.Helper()
	id := bystander.ID
	if g.user != nil && strings.HasPrefix(r.Path, "/security/authenticators/:id") {
		mine, err := a.DB.Authenticators(g.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(mine) > 0 {
			id = mine[0].ID
		}
	}
	seq := ""
	if strings.Contains(r.Path, ":seq") {
		seq = revertible(t, a, bystander)
	}
	if strings.Contains(r.Path, ":group") {
		if _, err := a.DB.Group("matrix"); err != nil {
			addGroup(t, a, "matrix", "")
		}
	}
	if strings.Contains(r.Path, ":app") {
		if _, err := a.DB.Application("matrix"); err != nil {
			addApp(t, a, "matrix", "everyone")
		}
	}
	if strings.Contains(r.Path, ":backup") {
		keepBackup(t, a)
	}
	path := strings.NewReplacer(":backup", "1", ":group", "matrix", ":app", "matrix", ":id", id, ":note", id, ":session", id, ":seq", seq, ":token", strings.Repeat("B", 43)).Replace(r.Path)
	b := g.browser.Clone()
	p := b.Send(b.Request(r.Method, path, url.Values{"no_such_field": {"1"}}))
	if p.Status >= 500 {
		t.Fatalf("%s %s answers %d", r.Method, path, p.Status)
	}
	return outcome(r, p)
}

// revertible is the number of an event about the user that could be taken back.
func revertible(t *testing.T, a *apptest.App, u *apptest.User) string {
	t.Helper()
	found, err := a.DB.AuditEntries(t.Context(), store.AuditFilter{Subject: u.ID, Event: audit.UserDisabled, Limit: 1})
	if err != nil || len(found) == 0 {
		t.Fatalf("no event that could be taken back: %v", err)
	}
	return strconv.FormatInt(found[0].Seq, 10)
}

func outcome(r route.Route, p *apptest.Page) string {
	to, _, _ := strings.Cut(p.Header.Get("Location"), "?")
	switch {
	case (r.Method == http.MethodPost || r.Path == "/apps/enter") && p.Status == http.StatusBadRequest:
		return passes
	case p.Status == http.StatusNotFound:
		return notThere
	case p.Status == http.StatusSeeOther && to != "/security" && !strings.HasPrefix(to, "/admin/"):
		return to // no access leads to the places left out here: a handler did
	case r.Method != http.MethodPost && (p.Status == http.StatusSeeOther || p.Status == http.StatusOK || p.Status == http.StatusGone):
		return passes
	}
	return p.Header.Get("Location") + http.StatusText(p.Status)
}

// TestAC02_RoleIsReadAtEveryRequest demotes an administrator who is signed in.
func TestAC02_RoleIsReadAtEveryRequest(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ada := a.AddUser("ada", apptest.Administrator)
	b := a.Browser()
	b.SignIn(ada)
	if !b.SignedInAs(ada) {
		t.Fatal("not signed in")
	}
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, ada.ID, user.RoleUser); return err })
	b.Get("/profile").Redirects("/login?notice=expired")
}
