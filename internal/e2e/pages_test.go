package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"latchkey/internal/apptest"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// as gives the tab the cookies of a browser that signed in without a screen.
func (b *tab) as(other *apptest.Browser) *tab {
	b.t.Helper()
	for name, value := range other.Cookies {
		call(b, network.SetCookie, network.SetCookieParams{
			Name: name, Value: value, URL: b.base, HTTPOnly: new(true), SameSite: network.CookieSameSiteLax,
		})
	}
	return b
}

// signedIn is a tab in which the user is signed in.
func signedIn(t *testing.T, a *apptest.App, u *apptest.User) *tab {
	t.Helper()
	return signedInTab(newTab(t, a.URL), a, u)
}

// signedInTab hands a session to a tab.
func signedInTab(b *tab, a *apptest.App, u *apptest.User) *tab {
	b.t.Helper()
	other := a.Browser()
	other.SignIn(u)
	return b.as(other)
}

// notPages are routes whose answer is no page: redirects, files, texts and refusals. That of /apps/enter
// moves on by itself; TestFD02_FrontDoor walks through it.
var notPages = regexp.MustCompile(`^/(|healthz|readyz|favicon\.ico|apps/enter|\.latchkey/(start|enter|denied)|(\.latchkey/)?static/:name|(forward-auth|auth-request)/:app|theme\.css|invite/:token|reset/:token|email/:token|not-me/:token|lost-phone/(new|cancel)/:token|admin/settings|admin/backups/:backup|admin/groups/:group/members` +
	`|\.well-known/change-password|security/recovery-codes\.txt|.*\.(csv|json|jsonl))$`)

// TestWE13_EveryPageIsAccessibleAndQuiet shows every page of the product, as the
// people who see it, and wants of each what tab.inspect says. A route that nobody
// looked at fails the test: add it to one of the walks.
func TestWE13_EveryPageIsAccessibleAndQuiet(t *testing.T) {
	t.Parallel()
	need(t, headless)
	var mu sync.Mutex
	var visited []string
	t.Run("pages", func(t *testing.T) {
		for name, walk := range map[string]func(*testing.T) *tab{
			"first run": walkFirstRun, "signing in": walkSigningIn, "links": walkLinks, "errors": walkErrors,
			"my pages": walkMine, "my security": walkSecurity, "administration": walkAdministration,
			"one user": walkOneUser, "acts on users": walkActs, "several users": walkBulk, "streams": walkStreams, "backups": walkBackups, "groups": walkGroups, "applications": walkApplications, "front door": walkDoor, "mail": walkMail, "address": walkAddress, "not me": walkNotMe, "policy": walkPolicy, "looking": walkLooking,
			"lost phone": walkLostPhone, "words": walkWords, "import": walkImport,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := walk(t)
				mu.Lock()
				defer mu.Unlock()
				visited = append(visited, b.visited...)
			})
		}
	})
	routes, err := apptest.Start(t, apptest.Options{}).Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		if r.Method == http.MethodGet && !notPages.MatchString(r.Path) && !matched(r.Path, visited) {
			t.Errorf("nobody looked at %s", r.Path)
		}
	}
}

var parameter = regexp.MustCompile(`:[a-z]+`)

// matched reports whether one of the paths belongs to the route.
func matched(route string, paths []string) bool {
	pattern := regexp.MustCompile("^" + parameter.ReplaceAllString(strings.ReplaceAll(route, ".", `\.`), "[a-z0-9-]+") + "$")
	for _, path := range paths {
		if pattern.MatchString(path) {
			return true
		}
	}
	return false
}

func walkFirstRun(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{Empty: true})
	b := newTab(t, a.URL)
	b.open("/").at("/setup").inspect("set-up")
	b.press("Create administrator").inspect("set-up, with mistakes")
	b.open("/setup?code=" + a.SetupCode()).inspect("set-up, from the link")
	b.fill("Username", "ann", "Password", password).press("Create administrator").at("/security/authenticators/new")
	b.inspect("enrolment, forced")
	b.fill("6-digit code", "12").press("Turn on").inspect("enrolment, with mistakes")
	b.fill("6-digit code", codeOnScreen(b, a)).press("Turn on").at("/security/recovery-codes").inspect("recovery codes")
	b.press("Finish").inspect("recovery codes, not ticked")
	b.tick("I have saved these codes somewhere safe").press("Finish").at("/admin").inspect("overview, empty")
	b.openMenu().inspect("overview, own menu open")
	b.open("/profile").inspect("profile, first visit")
	b.open("/admin/users").inspect("users, alone")
	return b
}

func walkSigningIn(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := newTab(t, a.URL)
	for _, notice := range []string{"", "?notice=signed-out", "?notice=start-again", "?next=%2Fsecurity"} {
		b.open("/login" + notice).inspect("sign-in " + notice)
	}
	b.press("Sign in").inspect("sign-in, empty")
	b.fill("Username or email", "alice", "Password", "wrong").press("Sign in").inspect("sign-in, wrong")
	for _, use := range []string{"", "?use=recovery"} {
		b.open("/login/with-code" + use).inspect("sign-in with a code " + use)
	}
	b.open("/help").inspect("help")
	b.open("/login").fill("Username or email", "alice", "Password", alice.Password).press("Sign in")
	b.at("/login/code").inspect("code")
	b.fill("Code", alice.WrongCode()).press("Continue").inspect("code, wrong")
	b.follow("Use a recovery code instead").inspect("recovery code")
	b.fill("Recovery code", "no").press("Continue").inspect("recovery code, wrong")
	b.follow("I have no codes").inspect("help, lost phone")
	return b
}

func walkLinks(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	bob, eve := a.AddUser("bob", apptest.Invited), a.AddUser("eve")
	b := newTab(t, a.URL)
	link := bob.Link(store.PurposeInvite)
	b.open(link).at("/invite").inspect("invitation")
	b.fill("New password", "short").press("Set password").inspect("invitation, too short")
	b.fill("New password", guestPassword).press("Set password").at("/security/authenticators/new")
	b.open(link).inspect("link, used")
	b.open(eve.Link(store.PurposePassword)).inspect("link, in the middle of something else")
	b.dropCookies()
	b.open(eve.Link(store.PurposePassword)).at("/reset").inspect("reset")
	b.fill("New password", "eve").press("Set password").inspect("reset, too short")
	b.fill("New password", guestPassword).press("Set password").inspect("reset, done")
	return b
}

func walkErrors(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
		for path, err := range map[string]error{
			"/test/400": problem.New(problem.BadRequest, ""),
			"/test/409": problem.New(problem.Conflict, ""), "/test/429": &problem.Problem{Kind: problem.TooMany, RetryAfter: 4 * time.Minute},
			"/test/500": http.ErrBodyNotAllowed, "/test/503": &problem.Problem{Kind: problem.Unavailable, RetryAfter: 10 * time.Second},
		} {
			s.Get(path, route.Anyone, func(v *web.Visitor) error {
				if _, failed := v.SignedIn(); failed != nil {
					return failed
				}
				return err
			})
		}
	}})
	b := newTab(t, a.URL)
	paths := []string{"/nowhere", "/test/400", "/test/409", "/test/429", "/test/500", "/test/503", "/login?next=1&next=2"}
	for _, path := range paths {
		b.open(path).inspect("error " + path)
	}
	strangeForms(b)
	other := a.Browser()
	other.SignIn(a.Admin)
	b.as(other)
	for _, path := range []string{"/nowhere", "/test/500", "/admin/users/no", "/admin/users?status=no"} {
		b.open(path).inspect("error, signed in, " + path)
	}
	return b
}

// strangeForms sends what no form of ours sends.
func strangeForms(b *tab) {
	b.t.Helper()
	for name, change := range map[string]string{
		"413": "f.querySelector('input').value = 'x'.repeat(70000)", "415": "f.enctype = 'text/plain'",
		"400": "f.querySelector('input').name = 'role'", "404": "f.action = '/healthy'",
	} {
		b.open("/login")
		eval[bool](b, "(() => { const f = document.forms[0]; "+change+"; return true })()")
		b.press("Sign in").inspect("form answered " + name)
	}
}
