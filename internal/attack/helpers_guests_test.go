package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/web/route"
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

func (g guest) want(r route.Route) string {
	if r.Path == "/confirm" && g.user != nil {
		return passes // an enrolment needs a fresh proof as well
	}
	switch r.Access {
	case route.Proxy, route.ApplicationHost:
		return notThere // for everybody: nobody here is a proxy, or on the host of an application
	case route.CodeStage:
		return g.code
	case route.EnrolStage:
		return g.enrol
	case route.PasswordStage:
		return g.password
	case route.LinkStage:
		return g.link
	case route.SignedIn:
		return g.session
	case route.Fresh:
		return g.fresh
	case route.Administrator:
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
	return strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, ".jsonl") || path == "/admin/backups/:backup"
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
