package attack

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// routes is every route outside the administration with the access it must
// declare. A route that is not here fails the test: decide first who may pass.
const routes = `
GET  /                                      anyone
GET  /login                                 anyone
POST /login                                 anyone
GET  /login/with-code                       anyone
POST /login/with-code                       anyone
POST /login/cancel                          anyone
POST /logout                                anyone
POST /viewing/end                           session
GET  /login/code                            code
POST /login/code                            code
GET  /login/recovery                        code
POST /login/recovery                        code
GET  /login/lost-phone                      code
POST /login/lost-phone                      code
GET  /lost-phone/cancel/:token              anyone
POST /lost-phone/cancel/:token              anyone
GET  /lost-phone/cancel                     link
POST /lost-phone/cancel                     link
GET  /lost-phone/withdrawn                  anyone
GET  /lost-phone/new/:token                 anyone
POST /lost-phone/new/:token                 anyone
GET  /lost-phone/new                        link
POST /lost-phone/new                        link
GET  /security/recovery-codes/try           session
POST /security/recovery-codes/try           session
GET  /forgot                                anyone
POST /forgot                                anyone
GET  /invite/:token                         anyone
POST /invite/:token                         anyone
GET  /reset/:token                          anyone
POST /reset/:token                          anyone
GET  /invite                                password
POST /invite                                password
GET  /reset                                 password
POST /reset                                 password
GET  /setup                                 anyone
POST /setup                                 anyone
GET  /help                                  anyone
GET  /.well-known/change-password           anyone
GET  /healthz                               anyone
GET  /readyz                                anyone
GET  /favicon.ico                           anyone
GET  /theme.css                             anyone
GET  /static/:name                          anyone
GET  /profile                               session
GET  /profile/edit                          session
POST /profile/edit                          session
POST /profile/email/send-again              session
POST /profile/email/cancel                  session
GET  /profile/data.json                     session
GET  /profile/delete                        fresh
POST /profile/delete                        fresh
GET  /email/:token                          anyone
POST /email/:token                          anyone
GET  /email                                 link
POST /email                                 link
GET  /not-me/:token                         anyone
POST /not-me/:token                         anyone
GET  /not-me                                link
POST /not-me                                link
GET  /not-me/done                           anyone
GET  /confirm                               session
POST /confirm                               session
GET  /security                              session
GET  /security/activity                     session
POST /security/notices/seen                 session
GET  /security/not-me                       session
POST /security/not-me                       session
GET  /security/password                     fresh
POST /security/password                     fresh
GET  /security/authenticators/new           enrol
POST /security/authenticators/new           enrol
GET  /security/authenticators/:id/rename    fresh
POST /security/authenticators/:id/rename    fresh
GET  /security/authenticators/:id/remove    fresh
POST /security/authenticators/:id/remove    fresh
GET  /security/recovery-codes               session
POST /security/recovery-codes               session
GET  /security/recovery-codes.txt           session
GET  /security/recovery-codes/new           fresh
POST /security/recovery-codes/new           fresh
POST /security/sessions/end-others          session
POST /security/sessions/:id/end             session
POST /security/browsers/:id/forget          session
GET  /applications                          session
POST /applications/:app/sign-out            session
GET  /apps/enter                            session
GET  /forward-auth/:app                     proxy
GET  /auth-request/:app                     proxy
GET  /.latchkey/start                       application
GET  /.latchkey/enter                       application
GET  /.latchkey/sign-out                    application
POST /.latchkey/sign-out                    application
GET  /.latchkey/signed-out                  application
GET  /.latchkey/denied                      application
GET  /.latchkey/static/:name                application
`

var accessOf = map[string]route.Access{
	"anyone": route.Anyone, "code": route.CodeStage, "enrol": route.EnrolStage, "password": route.PasswordStage, "link": route.LinkStage,
	"session": route.SignedIn, "fresh": route.Fresh, "proxy": route.Proxy, "application": route.ApplicationHost,
}

// declared reads the table above; every GET is a HEAD too.
func declared(t *testing.T) map[string]route.Access {
	t.Helper()
	all := map[string]route.Access{}
	for line := range strings.Lines(routes) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		access, ok := accessOf[f[2]]
		if !ok {
			t.Fatalf("%q names no access", line)
		}
		all[f[0]+" "+f[1]] = access
		if f[0] == http.MethodGet {
			all["HEAD "+f[1]] = access
		}
	}
	return all
}

func TestAC01_EveryRouteDeclaresTheAccessItShould(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	all, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	want := declared(t)
	for _, r := range all {
		name := r.Method + " " + r.Path
		access, known := want[name]
		switch {
		case known && access != r.Access:
			t.Errorf("%s declares access %d, want %d", name, r.Access, access)
		case !known && !strings.HasPrefix(r.Path+"/", "/admin/"):
			t.Errorf("%s: decide who may pass, and add it to the table", name)
		case !known && r.Access != route.Administrator:
			t.Errorf("%s is under /admin and declares access %d", name, r.Access)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is in the table and nowhere else", name)
	}
}

func TestAC01_RouteWithoutAccessStopsTheStart(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
		s.Get("/forgotten", 0, func(v *web.Visitor) error { return v.Text("hello") })
	}})
	if _, err := a.Site.Routes(); err == nil || !strings.Contains(err.Error(), "/forgotten") {
		t.Errorf("Routes: %v, want an error that names /forgotten", err)
	}
	a.Browser().Get("/forgotten").Is(http.StatusNotFound)
}

// TestAC01_UnknownPathsDoNotExist holds for every method that a page could use.
func TestAC01_UnknownPathsDoNotExist(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	for _, path := range []string{
		"/admin.php", "/profile/", "/security/../admin", "//profile", "/login/code/", "/static/../latchkey.key", "/static/%2e%2e%2flatchkey.key",
		"/Profile", "/debug/pprof/", "/metrics", "/users/me", "/token", "/static/",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if p := b.Clone().Send(b.Request(method, path, nil)); p.Status != http.StatusNotFound && p.Status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s answers %d to %q", method, path, p.Status, p.Header.Get("Location"))
			}
		}
	}
}
