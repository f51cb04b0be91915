package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

func TestMA03_InvitationWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	bob := a.AddUser("bob", apptest.Invited)
	link := bob.Link(store.PurposeInvite)
	all := browsers(a, crowd, func(b *apptest.Browser) { b.Get(link).Redirects("/invite") })
	pages := race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/invite", "new_password", fmt.Sprintf("password number %d of the crowd", i))
	})
	once(t, "the invitation", "/security/authenticators/new", pages)
	if n := number(t, a, `SELECT count(*) FROM pending_sign_ins WHERE user_id = $1`, bob.ID); n != 1 {
		t.Errorf("%d pending sign-ins, want 1", n)
	}
}

func TestMA03_PasswordLinkWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	bob := a.AddUser("bob")
	link := bob.Link(store.PurposePassword)
	all := browsers(a, crowd, func(b *apptest.Browser) { b.Get(link).Redirects("/reset") })
	pages := race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/reset", "new_password", fmt.Sprintf("password number %d of the crowd", i))
	})
	once(t, "the password link", "/login?notice=password-changed", pages)
	if got := bob.Now().CredVersion; got != 2 {
		t.Errorf("the password changed %d times, want once", got-1)
	}
}

// TestMA04_LinkLeavesTwoStepAlone uses a password link as somebody who has the
// mailbox and nothing else.
func TestMA04_LinkLeavesTwoStepAlone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	thief := a.Browser()
	thief.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
	for _, path := range []string{"/profile", "/login/code", "/login/recovery", "/security/authenticators/new", "/admin"} {
		thief.Clone().Get(path).Redirects("/reset")
	}
	thief.Get("/invite").Is(http.StatusGone)
	thief.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	if grants(thief.Page) || thief.Session() != "" {
		t.Error("the link signed somebody in")
	}
	alice.Password = newPassword
	thief.Password(alice).Redirects("/login/code")
}

// TestMA03_LinksAreOfOneKindAndTime tries links as what they are not.
func TestMA03_LinksAreOfOneKindAndTime(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	bob, alice := a.AddUser("bob", apptest.Invited), a.AddUser("alice")
	gone := func(path string) { t.Helper(); a.Browser().Get(path).Is(http.StatusGone) }
	link := bob.Link(store.PurposeInvite)
	gone(strings.Replace(link, "/invite/", "/reset/", 1))
	gone(link[:len(link)-1])
	older := link
	link = bob.Link(store.PurposeInvite)
	gone(older)
	a.Clock.Add(24 * time.Hour)
	gone(link)
	reset := alice.Link(store.PurposePassword)
	gone(strings.Replace(reset, "/reset/", "/invite/", 1))
	b := a.Browser()
	b.SignIn(alice)
	b.Post("/security/password", "current_password", alice.Password, "new_password", newPassword).Redirects("/security")
	gone(reset)
	reset = alice.Link(store.PurposePassword)
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, alice.ID, user.RoleAdmin); return err })
	gone(reset) // made for somebody with another role
	followed := a.Browser()
	reset = alice.Link(store.PurposePassword)
	followed.Get(reset).Redirects("/reset")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(true, alice.ID); return err })
	followed.Post("/reset", "new_password", "nine lamps on a pier").Redirects("/login?notice=link-over")
	gone(reset)
}

// lie adds every header that elsewhere has changed the host of a link.
func lie(r *http.Request) *http.Request {
	for name, value := range map[string]string{
		"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Server": "evil.example", "X-Host": "evil.example",
		"Forwarded": "host=evil.example;proto=https", "X-Original-Host": "evil.example", "X-Rewrite-Url": "//evil.example/", "X-Original-Url": "//evil.example/",
		"X-Forwarded-Prefix": "//evil.example", "X-Forwarded-Port": "666", "X-Forwarded-Scheme": "https",
	} {
		r.Header.Set(name, value)
	}
	return r
}

// believed names everything in an answer that follows the lie.
func believed(p *apptest.Page) (all []string) {
	if to := p.Header.Get("Location"); strings.Contains(to, "evil") || strings.HasPrefix(to, "http") {
		all = append(all, "Location: "+to)
	}
	for _, c := range p.Header.Values("Set-Cookie") {
		if strings.Contains(c, "evil") || strings.Contains(c, "Domain") || strings.Contains(c, "Secure") {
			all = append(all, "Set-Cookie: "+c)
		}
	}
	p.Doc().Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, attribute := range s.Nodes[0].Attr {
			if slices.Contains([]string{"href", "src", "action", "value", "content"}, attribute.Key) && strings.Contains(attribute.Val, "evil") {
				all = append(all, attribute.Key+"="+attribute.Val)
			}
		}
	})
	return all
}

// TestMA01_LinksComeFromTheConfiguration makes links and opens pages under a false
// name, through a proxy that may say some things, but not this.
func TestMA01_LinksComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	alice, admin := a.AddUser("alice"), a.Browser()
	admin.SignIn(a.Admin)
	send := func(b *apptest.Browser, method, path string, fields url.Values) *apptest.Page {
		t.Helper()
		p := b.Send(lie(b.Request(method, path, fields)))
		if all := believed(p); len(all) > 0 {
			t.Errorf("%s %s believes the client: %v", method, path, all)
		}
		return p
	}
	for path, form := range map[string]url.Values{
		"/admin/users/new": {"username": {"carl"}, "role": {"user"}, "first_sign_in": {"link"}},
		"/admin/users/" + alice.ID + "/password-link": {"reason": {"forgot"}},
	} {
		to := send(admin, http.MethodPost, path, form).Is(http.StatusSeeOther).Header.Get("Location")
		p := send(admin, http.MethodGet, to, nil).Is(http.StatusOK)
		if !strings.Contains(p.Body, a.URL+"/invite/") && !strings.Contains(p.Body, a.URL+"/reset/") {
			t.Errorf("%s shows no link of ours:\n%s", path, p.Text())
		}
	}
	for _, path := range []string{"/", "/login", "/profile", "/security", "/admin", "/nowhere", "/.well-known/change-password"} {
		send(admin, http.MethodGet, path, nil)
		send(a.Browser(), http.MethodGet, path, nil)
		r := lie(admin.Request(http.MethodGet, path, nil))
		r.Host = "evil.example"
		if p := admin.Clone().Send(r).Is(http.StatusMisdirectedRequest); strings.Contains(strings.ReplaceAll(p.Body, "You are at https://evil.example", ""), "evil") {
			t.Errorf("%s under a false name says\n%s", path, p.Body)
		}
	}
	send(a.Browser(), http.MethodPost, "/login", url.Values{"username": {"alice"}, "password": {alice.Password}}).Redirects("/login/code")
	empty := apptest.Start(t, apptest.Options{Empty: true})
	b := empty.Browser()
	b.Send(lie(b.Request(http.MethodGet, "/setup", nil))).Is(http.StatusOK).SeesNot("evil").Sees(empty.URL)
}

// TestWE10_AFormBehindAnotherLink has the fields of its own page and no others, also where
// the link that was followed is of another kind.
func TestWE10_AFormBehindAnotherLink(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	for path, own := range map[string]string{"/lost-phone/new": "password", "/lost-phone/cancel": "", "/email": ""} {
		for _, field := range []string{"password", "new_password", "role"} {
			b := a.Browser()
			b.Get(a.AddUser(field + strings.ReplaceAll(path, "/", "-")).Link(store.PurposeNotMe))
			want := http.StatusBadRequest
			if field == own {
				want = http.StatusGone
			}
			b.Post(path, field, "x").Is(want)
		}
	}
}
