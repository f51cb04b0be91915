package attack

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
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

// guest is somebody in a state, and what each kind of access answers. An empty
// answer passes.
type guest struct {
	browser *apptest.Browser
	user    *apptest.User // nil: nobody's own things are asked for
	code, enrol, password, link, session, fresh,
	see, act string // the last two: an administrator's GET and POST
}

// stranger is anybody without a living cookie.
func stranger(b *apptest.Browser) guest {
	return guest{b, nil, toLogin, toLogin, toLogin, toLogin, toLogin, toLogin, toLogin, toLogin}
}

// half is anybody with a pending sign-in at the stage of this page.
func half(b *apptest.Browser, page string) guest {
	g := guest{b, nil, page, page, page, page, page, page, page, page}
	switch page {
	case toCode:
		g.code = passes
	case toEnrol:
		g.enrol = passes
	case toReset:
		g.password = passes
	case toLogin:
		g.link = passes
	}
	return g
}

func member(b *apptest.Browser, u *apptest.User, fresh, see, act string) guest {
	return guest{b, u, toProfile, fresh, toProfile, toProfile, passes, fresh, see, act}
}

func (g guest) want(r web.Route) string {
	if r.Path == "/confirm" && g.user != nil {
		return passes // an enrolment needs a fresh proof as well
	}
	switch r.Access {
	case web.CodeStage:
		return g.code
	case web.EnrolStage:
		return g.enrol
	case web.PasswordStage:
		return g.password
	case web.LinkStage:
		return g.link
	case web.SignedIn:
		return g.session
	case web.Fresh:
		return g.fresh
	case web.Administrator:
		if r.Method == http.MethodPost || isExport(r.Path) {
			return g.act
		}
		return g.see
	}
	return passes
}

// isExport reports whether a route gives a list away as a file. It changes nothing,
// so it is a GET; it asks for a fresh proof all the same (AC-06).
func isExport(path string) bool {
	return strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, ".jsonl")
}

// guests returns one of every kind, in front of the same program.
func guests(t *testing.T, a *apptest.App) map[string]guest {
	t.Helper()
	user := func(name string, traits ...apptest.Trait) *apptest.User { return a.AddUser(name, traits...) }
	in := func(u *apptest.User) *apptest.Browser {
		b := a.Browser()
		b.SignIn(u)
		return b
	}
	a.Set("session_idle", "1400")
	a.Set("delete_self", "yes")
	a.Set("two_step", "optional")
	alice, ada, dave, dora, demi := user("alice"), user("ada", apptest.Administrator), user("dave"), user("dora"), user("demi", apptest.Administrator)
	nell := user("nell", apptest.NoPhone)
	toBeEnrolled := in(nell)
	a.Set("two_step", "everyone")
	old := in(ada)
	a.Clock.Add(13 * time.Hour)
	stale, staleAdmin := in(alice), in(ada)
	disabled, deleted, demoted := in(dave), in(dora), in(demi)
	a.Clock.Add(11 * time.Minute)
	all := map[string]guest{
		"nobody":                      stranger(a.Browser()),
		"user":                        member(in(alice), alice, passes, notThere, notThere),
		"user not fresh":              member(stale, alice, toConfirm, notThere, notThere),
		"administrator":               member(in(ada), ada, passes, passes, passes),
		"administrator not fresh":     member(staleAdmin, ada, toConfirm, passes, toConfirm),
		"administrator half a day on": member(old, ada, toConfirm, toConfirm, toConfirm),
		"disabled":                    stranger(disabled),
		"deleted":                     stranger(deleted),
		"demoted":                     stranger(demoted),
		"session with an enrolment to do": {toBeEnrolled, nell, toProfile, toConfirm, toProfile, toProfile,
			toEnrol, toEnrol, toEnrol, toEnrol},
	}
	a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(true, dave.ID); return err })
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, dora.ID, a.Clock.Now()); return err })
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, demi.ID, "user"); return err })
	addHalves(a, all, alice, nell)
	addForgers(a, all)
	return all
}

// addHalves adds everybody who has a pending sign-in.
func addHalves(a *apptest.App, all map[string]guest, alice, nell *apptest.User) {
	a.TB.Helper()
	code, enrol, link, cancel := a.Browser(), a.Browser(), a.Browser(), a.Browser()
	code.Password(alice).Redirects(toCode)
	enrol.Password(nell).Redirects(toEnrol)
	link.Get(a.AddUser("linus").Link(store.PurposePassword)).Redirects(toReset)
	cancel.Get(a.AddUser("lars").Link(store.PurposeCancel)).Redirects("/lost-phone/cancel")
	all["pending code"], all["pending enrolment"], all["link followed"] = half(code, toCode), half(enrol, toEnrol), half(link, toReset)
	all["link with a question followed"] = half(cancel, toLogin)
}

// addForgers adds everybody who changed the cookies by hand.
func addForgers(a *apptest.App, all map[string]guest) {
	session, pending := a.CookieName("latchkey"), a.CookieName("latchkey-pending")
	forge := func(name, value string) guest {
		b := a.Browser()
		b.Cookies[name] = value
		return stranger(b)
	}
	all["token of nobody"] = forge(session, strings.Repeat("A", 43))
	all["empty token"] = forge(session, "")
	all["pending token as session"] = forge(session, all["pending code"].browser.Pending())
	all["enrolment token as session"] = forge(session, all["pending enrolment"].browser.Pending())
	all["session token as pending"] = forge(pending, all["administrator"].browser.Session())
	all["session token as browser"] = forge(a.CookieName("latchkey-browser"), all["administrator"].browser.Session())
}

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
				return errors.Join(err, noteErr, approvalErr, tx.AddBulkJob(store.BulkJob{ID: bystander.ID, Action: "disable"}),
					tx.Audit(audit.Entry{Event: audit.UserDisabled, Result: audit.ResultOK, SubjectID: bystander.ID}))
			})
			all, err := a.Site.Routes()
			if err != nil {
				t.Fatal(err)
			}
			for kind, g := range guests(t, a) {
				visitPublic(t, a, kind, g, all)
				for _, r := range all {
					if r.Access == web.Anyone {
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
func visit(t *testing.T, a *apptest.App, g guest, r web.Route, bystander *apptest.User) string {
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
	path := strings.NewReplacer(":id", id, ":note", id, ":session", id, ":seq", seq, ":token", strings.Repeat("B", 43)).Replace(r.Path)
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

func outcome(r web.Route, p *apptest.Page) string {
	to, _, _ := strings.Cut(p.Header.Get("Location"), "?")
	switch {
	case r.Method == http.MethodPost && p.Status == http.StatusBadRequest:
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
