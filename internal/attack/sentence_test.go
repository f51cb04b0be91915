package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// Each reason for which signing in does not go on has a sentence of its own, and the
// sentence is true.

// blocked sends a form from a browser that keeps no cookies, and follows it as a browser
// does, with the page of the form as referrer unless that is kept back too.
func blocked(a *apptest.App, referrer bool, page, path string, fields ...string) *apptest.Page {
	next := a.Browser().Post(path, fields...)
	for range 5 {
		if next.Status != http.StatusSeeOther {
			break
		}
		b := a.Browser()
		r := b.Request(http.MethodGet, next.Header.Get("Location"), nil)
		if referrer {
			r.Header.Set("Referer", a.URL+page)
		}
		next = b.Send(r)
	}
	return next
}

func TestSentence_CookiesAreNeeded(t *testing.T) {
	t.Parallel()
	a, fresh := apptest.Start(t, apptest.Options{}), apptest.Start(t, apptest.Options{Empty: true})
	a.Set("two_step", "optional")
	alice, nell, nora := a.AddUser("alice"), a.AddUser("nell", apptest.NoPhone, apptest.Administrator), a.AddUser("nora", apptest.NoPhone)
	const told = "Your browser is blocking cookies"
	blocked(a, true, "/login", "/login", "username", "alice", "password", alice.Password).Is(http.StatusOK).Sees(told)
	blocked(a, true, "/login", "/login", "username", "nora", "password", nora.Password).Is(http.StatusOK).Sees(told)
	a.Set("two_step", "everyone")
	blocked(a, true, "/login", "/login", "username", "nell", "password", nell.Password).Is(http.StatusOK).Sees(told)
	blocked(fresh, true, "/setup", "/setup", "setup_code", fresh.SetupCode(), "username", "ann", "new_password", newPassword).Is(http.StatusOK).Sees(told)
	const maybe = "If you have just done that, your browser is blocking cookies"
	blocked(a, false, "/login", "/login", "username", "alice", "password", alice.Password).Is(http.StatusOK).Sees(maybe)
	a.Browser().Open(a.AddUser("ivan", apptest.Invited).Link(store.PurposeInvite)).SeesNot(maybe)
	for _, page := range []string{"/invite", "/reset", "/not-me", "/lost-phone/new", "/email"} {
		a.Browser().Open(page).Is(http.StatusOK).Sees(maybe, "Open the link in your message again")
	}
}

func TestSentence_NoSignInToGoOnWith(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.Get("/login")
	b.Open("/login/code").Is(http.StatusOK).Sees("Sign in with your username and password first.").SeesNot("took too long", "cookies")
	b.Password(alice)
	left := b.Clone()
	a.Clock.Add(11 * time.Minute)
	left.Open("/login/code").Sees("That took too long. Sign in again.")
	a.Tx(func(tx *store.Tx) error { return tx.DropExpired(a.Clock.Now()) })
	left.Open("/login/recovery").Sees("That took too long. Sign in again.")
	b.Password(alice)
	done := b.Clone()
	b.Post("/login/code", "code", alice.Code()).Redirects("/profile")
	done.Open("/login/code").Sees("That sign-in is over").SeesNot("That took too long")
	late := a.Browser()
	late.Get(alice.Link(store.PurposePassword))
	a.Clock.Add(11 * time.Minute)
	late.Open("/reset").Sees("That took too long. Open the link in your message again.")
}

// TestSentence_Links follows links of every kind in every state.
func TestSentence_Links(t *testing.T) {
	t.Parallel()
	for purpose, path := range map[store.Purpose]string{
		store.PurposeInvite: "/invite", store.PurposePassword: "/reset", store.PurposeReset: "/reset", store.PurposeEmail: "/email",
		store.PurposePhone: "/lost-phone/new", store.PurposeNotMe: "/not-me", store.PurposeCancel: "/lost-phone/cancel",
	} {
		t.Run(string(purpose), func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Mail: true})
			n := 0
			link := func() (string, *apptest.User) {
				n++
				u := a.AddUser(fmt.Sprint("user", n))
				return u.LinkAbout(purpose, map[bool]string{true: u.Email, false: ""}[purpose == store.PurposeReset || purpose == store.PurposeInvite]), u
			}
			see := func(link, title string, more ...string) {
				t.Helper()
				p := a.Browser().Open(link).Is(http.StatusGone).Sees(append(more, title)...)
				for _, other := range []string{"This link has been used", "This link has expired", "There is a newer link", "This link no longer works", "This link does not work"} {
					if other != title {
						p.SeesNot(other)
					}
				}
			}
			good, _ := link()
			for _, mistyped := range []string{good[:len(good)-1], good[:len(good)-1] + "~", good + "x", path + "/x", path + "/" + strings.Repeat("A", 43)} {
				see(mistyped, "This link does not work", "copy the whole address once more")
			}
			a.Browser().Open(good).Is(http.StatusOK)
			used, _ := link()
			a.Tx(func(tx *store.Tx) error {
				l, _, err := tx.LinkByHash(secret.HashToken(used[strings.LastIndexByte(used, '/')+1:]), purpose, a.Clock.Now())
				if err != nil {
					return err
				}
				_, err = tx.TakeLink(l.TokenHash, purpose, a.Clock.Now())
				return err
			})
			see(used, "This link has been used", "It was used on 2 Mar 2026")
			if purpose != store.PurposeNotMe && purpose != store.PurposeCancel {
				replaced, v := link()
				v.LinkAbout(purpose, "")
				see(replaced, "There is a newer link", "Open the newest message")
				changed, w := link()
				a.Tx(func(tx *store.Tx) error { _, err := tx.RaiseCredVersion(w.ID); return err })
				see(changed, "This link no longer works", "Something has changed since it was sent")
			}
			disabled, d := link()
			a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(true, d.ID); return err })
			see(disabled, "This link no longer works")
			expired, _ := link()
			a.Clock.Add(24 * time.Hour)
			see(expired, "This link has expired", "It worked until 3 Mar 2026", "Links of this kind work for 24 hours")
		})
	}
}

// TestSentence_LinksOfAdministrators: the link before the newest says so, no matter how
// the two were made.
func TestSentence_LinksOfAdministrators(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, ivan := a.AddUser("alice"), a.AddUser("ivan", apptest.Invited)
	desk := signedInAs(a, a.Admin)
	shown := func(u *apptest.User) string {
		t.Helper()
		desk.Post("/admin/users/"+u.ID+"/password-link", "reason", "", "how", "link").Is(http.StatusSeeOther)
		link := desk.Open("/admin/users/" + u.ID + "/password-link").Doc().Find(".key").First().Text()
		return strings.TrimPrefix(strings.TrimSpace(link), a.URL)
	}
	mailed := func(u *apptest.User) {
		t.Helper()
		desk.Post("/admin/users/"+u.ID+"/password-link", "reason", "", "how", "mail").Is(http.StatusSeeOther)
	}
	for _, u := range []*apptest.User{alice, ivan} {
		for _, next := range []func(){func() { shown(u) }, func() { mailed(u) }} {
			first := shown(u)
			a.Browser().Open(first).Is(http.StatusOK)
			next()
			a.Browser().Open(first).Is(http.StatusGone).Sees("There is a newer link").SeesNot("Something has changed")
		}
	}
}

// TestSentence_Limits reaches every limit, for a name that exists and for one that does
// not.
func TestSentence_Limits(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true, Mail: true})
	alice := a.AddUser("alice")
	texts := map[string]string{}
	for _, name := range []string{"alice", "nobody"} {
		for i := range 11 {
			p := guess(a.Browser().From(fmt.Sprintf("198.51.100.%d", i)), name)
			if p.Status == http.StatusTooManyRequests {
				p.Sees("too many wrong passwords for this username", "You can try again after", "Choose a new password").SeesNot("network")
				texts[name], _, _ = strings.Cut(p.Text(), "Reference")
			}
		}
	}
	if texts["alice"] == "" || texts["alice"] != texts["nobody"] {
		t.Errorf("told differently:\n%s\n%s", texts["alice"], texts["nobody"])
	}
	thief := a.Browser().From("203.0.113.9")
	for i := range 31 {
		guess(thief, fmt.Sprint("name", i))
	}
	thief.Is(http.StatusTooManyRequests).Sees("from your network", "You can try again after").SeesNot("wrong passwords for this username")

	a.Tx(func(tx *store.Tx) error { return a.Site.Unlock(tx, alice.Now()) })
	b := a.Browser().From("192.0.2.1")
	for range 5 {
		b.Password(alice)
		b.Post("/login/code", "code", alice.WrongCode())
	}
	b.Password(alice)
	b.Post("/login/code", "code", alice.WrongCode()).Is(http.StatusTooManyRequests).Sees("too many wrong codes for your account", "A recovery code may still work").SeesNot("network")
	for range 5 {
		b.Password(alice)
		b.Post("/login/recovery", "recovery_code", "0000-0000-0000-0000")
	}
	b.Password(alice)
	b.Post("/login/recovery", "recovery_code", "0000-0000-0000-0000").Is(http.StatusTooManyRequests).Sees("too many wrong recovery codes for your account")
}

// TestSentence_AClosedRoad: waiting does not open it, so no time is told.
func TestSentence_AClosedRoad(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("alice")
	for _, name := range []string{"alice", "nobody"} {
		b := a.Browser()
		for range auth.LimitOf(auth.BucketName).Ceiling {
			guess(b, name)
			a.Clock.Add(time.Hour)
		}
		guess(b, name).Is(http.StatusTooManyRequests).Sees("too many wrong passwords in a row", "does not work any more", "ask your administrator").SeesNot("You can try again after")
	}
}
