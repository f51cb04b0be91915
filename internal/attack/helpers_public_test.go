package attack

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/web/route"
)

// Answers of public routes that are not the same for everybody.
const (
	home    = "wherever somebody belongs"
	notIn   = "200, or 303 /profile inside"
	unknown = "400 " // a form with a field that it does not have
)

// public is what the routes answer that anyone may use: the status, and where it leads.
// A public route that is not here fails the test: decide what it tells whom. Forms answer
// unknown unless it is said here.
var public = map[string]string{
	"/": home, "/login": notIn, "/login/with-code": notIn,
	"/forgot": "200 ", "/help": "200 ", "/not-me/done": "200 ", "/lost-phone/withdrawn": "200 ",
	"/healthz": "200 ", "/readyz": "200 ", "/favicon.ico": "200 ",
	"/.well-known/change-password": "302 /security/password",
	// There is no logo, no file of that name, and set-up is over.
	"/theme.css": "404 ", "/static/:name": "404 ", "/setup": "404 ", "POST /setup": "404 ",
	// Nobody has been sent such a link.
	"/invite/:token": "410 ", "/reset/:token": "410 ", "/email/:token": "410 ", "/not-me/:token": "410 ",
	"/lost-phone/cancel/:token": "410 ", "/lost-phone/new/:token": "410 ",
}

// wantPublic is what a public route answers to this guest, or "" if nobody decided it.
func (g guest) wantPublic(r route.Route) string {
	if r.Method == http.MethodPost {
		if want, known := public["POST "+r.Path]; known {
			return want
		}
		return unknown
	}
	switch want := public[r.Path]; {
	case want == home && g.session != passes:
		return "303 " + g.session
	case want == home, want == notIn && g.user != nil:
		return "303 " + toProfile
	case want == notIn:
		return "200 "
	default:
		return want
	}
}

// people finds the names of the users of the matrix.
var people = regexp.MustCompile(`(?i)\b(alice|ada|dave|dora|demi|nell|linus|lars|bystander|root-admin)\b`)

// visitPublic asks every public route as one guest. Each answers what it must, tells
// of nobody but the guest, and leaves the database and the guest's cookies as they are.
func visitPublic(t *testing.T, a *apptest.App, kind string, g guest, all []route.Route) {
	t.Helper()
	before := contents(t, a)
	b := g.browser.Clone()
	cookies := maps.Clone(b.Cookies)
	for _, r := range all {
		if r.Access != route.Anyone {
			continue
		}
		path := strings.NewReplacer(":token", strings.Repeat("B", 43), ":name", "none.css").Replace(r.Path)
		p := b.Send(b.Request(r.Method, path, url.Values{"no_such_field": {"1"}}))
		got := fmt.Sprintf("%d %s", p.Status, p.Header.Get("Location"))
		if want := g.wantPublic(r); got != want {
			t.Errorf("%s at %s %s: %q, want %q", kind, r.Method, r.Path, got, want)
		}
		for _, name := range people.FindAllString(p.Body, -1) {
			if g.user == nil || !strings.EqualFold(name, g.user.Username) {
				t.Errorf("%s at %s %s reads of %s", kind, r.Method, r.Path, name)
			}
		}
	}
	for name, value := range b.Cookies {
		if old, had := cookies[name]; had && old != value {
			t.Errorf("%s has another %s", kind, name)
		}
	}
	after := contents(t, a)
	for _, table := range slices.Sorted(maps.Keys(before)) {
		if before[table] != after[table] {
			t.Errorf("%s has changed %s:\n%s\n%s", kind, table, before[table], after[table])
		}
	}
}
