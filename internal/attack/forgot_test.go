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
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/store"
)

const sentPage = "/forgot?notice=sent"

// forgets asks for a reset and returns the message that came of it.
func forgets(t *testing.T, a *apptest.App, name string) mailtest.Message {
	t.Helper()
	before := len(a.Post())
	a.Browser().Post("/forgot", "username", name).Redirects(sentPage)
	all := a.Post()
	if len(all) != before+1 {
		t.Fatalf("%d messages for %q, want one", len(all)-before, name)
	}
	return all[before]
}

// resetPath is the path of the link in a reset message.
func resetPath(t *testing.T, a *apptest.App, m mailtest.Message) string {
	t.Helper()
	links := m.Links()
	if len(links) != 1 || !strings.HasPrefix(links[0], a.URL+"/reset/") {
		t.Fatalf("links %v, want one to %s/reset/", links, a.URL)
	}
	return strings.TrimPrefix(links[0], a.URL)
}

// TestMA02_ResetGoesToTheStoredAddress types the name in every way that leads to a
// user, and in some that look like it.
func TestMA02_ResetGoesToTheStoredAddress(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	a.AddUser("alice")
	for typed, want := range map[string]int{
		"alice": 1, "ALICE": 1, " alice ": 1, "ａｌｉｃｅ": 1, "alice@example.org": 1, "Alice@EXAMPLE.org": 1, "alice＠example.org": 1, "ａlice@example.org": 1,
		"аlice": 0, "аlice@example.org": 0, "alıce@example.org": 0, "alice@exаmple.org": 0, "alice@example.org.": 0, "alice@example.org,eve@example.net": 0,
		"alice@example.org eve@example.net": 0, "eve@example.net;alice@example.org": 0, "<alice@example.org>": 0, `"alice"@example.org`: 0, "alice+x@example.org": 0, "%": 0, "al_ce": 0,
	} {
		forgive(t, a)
		before := len(a.Post())
		a.Browser().Post("/forgot", "username", typed).Redirects(sentPage)
		all := a.Post()
		if got := len(all) - before; got != want {
			t.Errorf("%q sends %d messages, want %d", typed, got, want)
		}
		for _, m := range all[before:] {
			if diff := cmp.Diff([]string{"alice@example.org"}, m.Recipients); diff != "" || m.To != "<alice@example.org>" {
				t.Errorf("%q: to %s %s", typed, m.To, diff)
			}
		}
	}
}

// TestMA02_NoListOfNames sends the field more than once, or as an array.
func TestMA02_NoListOfNames(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	a.AddUser("alice")
	for _, fields := range [][]string{
		{"username", "alice", "username", "eve@example.net"}, {"username", "alice", "username", "alice"},
		{"username[]", "alice@example.org", "username[]", "eve@example.net"}, {"email[]", "alice@example.org", "email[]", "eve@example.net"},
		{"username", "alice", "email", "eve@example.net"}, {"username[0]", "alice"}, {"email", "alice@example.org"},
	} {
		a.Browser().Post("/forgot", fields...).Is(http.StatusBadRequest)
	}
	for _, typed := range []string{"", " ", "alice\r\nBcc: eve@example.net", "alice\x00", "alice%0d%0aBcc:\u2028eve", strings.Repeat("x", 255)} {
		if p := a.Browser().Post("/forgot", "username", typed); p.Status != 422 && p.Status != 400 {
			t.Errorf("%.20q: %d", typed, p.Status)
		}
	}
	if n := len(a.Post()) + number(t, a, `SELECT count(*) FROM mails`); n != 0 {
		t.Errorf("%d messages", n)
	}
}

// TestMA02_WhoGetsNothing are people whom a link would give more than they have, or
// of whom nobody knows that the mailbox is theirs.
func TestMA02_WhoGetsNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	unconfirmed := func(n *store.NewUser, _ *apptest.User) { n.EmailConfirmed = false }
	addressless := func(n *store.NewUser, _ *apptest.User) { n.Email, n.EmailKey, n.EmailConfirmed = "", "", false }
	a.AddUser("disabled-1", apptest.Disabled)
	a.AddUser("invited-01", apptest.Invited)
	a.AddUser("unsure-001", unconfirmed)
	a.AddUser("addressles", addressless)
	gone := a.AddUser("deleted-01")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, gone.ID, a.Clock.Now()); return err })
	waiting := a.AddUser("waiting-01", unconfirmed)
	a.Tx(func(tx *store.Tx) error { return tx.SetPendingEmail(waiting.ID, "new@example.net") })
	for _, name := range []string{"disabled-1", "invited-01", "unsure-001", "unsure-001@example.org", "addressles", "deleted-01", "waiting-01", "new@example.net", "nobody-01"} {
		forgive(t, a)
		a.Browser().Post("/forgot", "username", name).Redirects(sentPage)
	}
	if all := a.Post(); len(all) != 0 {
		t.Errorf("%d messages, the first to %s", len(all), all[0].To)
	}
	if n := number(t, a, `SELECT (SELECT count(*) FROM links) + (SELECT count(*) FROM mails)`); n != 0 {
		t.Errorf("%d links and messages are left", n)
	}
}

// TestMA01_MailedLinksComeFromTheConfiguration asks under false names.
func TestMA01_MailedLinksComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true, Proxied: true})
	a.AddUser("alice")
	b := a.Browser()
	b.Send(lie(b.Request(http.MethodPost, "/forgot", url.Values{"username": {"alice"}}))).Redirects(sentPage)
	all := a.Post()
	if len(all) != 1 || strings.Contains(all[0].Raw, "evil") {
		t.Fatalf("%d messages, which believe the client: %v", len(all), all)
	}
	a.Browser().Get(resetPath(t, a, all[0])).Redirects("/reset")
}

// TestMA03_WhatEndsAResetLink does one thing after the other that ends it.
func TestMA03_WhatEndsAResetLink(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	version := func(u *apptest.User) int64 { return u.Now().Version }
	for name, end := range map[string]func(u *apptest.User){
		"newer":    func(u *apptest.User) { forgets(t, a, u.Username) },
		"time":     func(*apptest.User) { a.Clock.Add(30 * time.Minute) },
		"sign-in":  func(u *apptest.User) { a.Browser().SignIn(u) },
		"disabled": func(u *apptest.User) { a.Tx(func(tx *store.Tx) error { _, err := tx.Disable(true, u.ID); return err }) },
		"password": func(u *apptest.User) {
			a.Tx(func(tx *store.Tx) error { _, err := tx.SetPassword(u.ID, "x", a.Clock.Now()); return err })
		},
		"confirmed": func(u *apptest.User) {
			a.Tx(func(tx *store.Tx) error {
				if err := tx.SetPendingEmail(u.ID, "c@example.net"); err != nil {
					return err
				}
				_, err := tx.ConfirmEmail(u.ID, "c@example.net", "c@example.net")
				return err
			})
		},
		"edited": func(u *apptest.User) {
			a.Tx(func(tx *store.Tx) error {
				_, err := tx.EditUser(store.Edit{ID: u.ID, Version: version(u), Username: u.Username, Email: "e@example.net", EmailKey: "e@example.net"})
				return err
			})
		},
	} {
		forgive(t, a)
		u := a.AddUser("user-" + name)
		path := resetPath(t, a, forgets(t, a, u.Username))
		a.Browser().Get(path).Redirects("/reset") // looking uses nothing up
		followed := a.Browser()
		followed.Get(path).Redirects("/reset")
		a.Browser().Get(strings.Replace(path, "/reset/", "/invite/", 1)).Is(http.StatusGone)
		end(u)
		a.Browser().Get(path).Is(http.StatusGone)
		if p := followed.Post("/reset", "new_password", newPassword); p.Header.Get("Location") == "/login?notice=password-changed" {
			t.Errorf("%s: the link that was followed before still works", name)
		}
	}
}

func TestMA03_ResetLinkWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	bob := a.AddUser("bob")
	path := resetPath(t, a, forgets(t, a, "bob"))
	all := browsers(a, crowd, func(b *apptest.Browser) { b.Get(path).Redirects("/reset") })
	pages := race(t, crowd, func(i int) *apptest.Page {
		return all[i].Post("/reset", "new_password", fmt.Sprintf("password number %d of the crowd", i))
	})
	once(t, "the reset link", "/login?notice=password-changed", pages)
	if got := bob.Now().CredVersion; got != 2 {
		t.Errorf("the password changed %d times, want once", got-1)
	}
	a.Browser().Get(path).Is(http.StatusGone).Sees("This link has been used").Sees("Ask for a new link")
}

// TestMA04_ResetByMail is all that somebody with the mailbox gets.
func TestMA04_ResetByMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, old := a.AddUser("alice"), a.Browser()
	old.SignIn(alice)
	b := a.Browser()
	b.Get(resetPath(t, a, forgets(t, a, "alice"))).Redirects("/reset")
	b.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	if grants(b.Page) || b.Session() != "" || sessions(t, a, alice) != 0 || old.SignedInAs(alice) {
		t.Error("a reset signs in, or leaves somebody signed in")
	}
	if n := number(t, a, `SELECT count(*) FROM browsers WHERE user_id = $1`, alice.ID); n != 0 {
		t.Errorf("%d browsers are still known", n)
	}
	alice.Password = newPassword
	b.Password(alice).Redirects("/login/code")
	now := alice.Now()
	if now.Authenticators != 1 || now.CodesLeft != 10 || now.Notices != 1 {
		t.Errorf("authenticators %d, codes %d, notices %d", now.Authenticators, now.CodesLeft, now.Notices)
	}
	all := a.Post()
	if last := all[len(all)-1]; last.Subject != "Your password was changed" || last.To != "<alice@example.org>" {
		t.Errorf("the last message is %q to %s", last.Subject, last.To)
	}
}

// TestMA04_MailboxIsNoSecondFactor resets somebody's two steps and gives the thief
// the mailbox: neither asking nor an administrator's mail opens a new enrolment.
func TestMA04_MailboxIsNoSecondFactor(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, admin, thief := a.AddUser("alice"), a.Browser(), a.Browser()
	admin.SignIn(a.Admin)
	link := "/admin/users/" + alice.ID + "/password-link"
	admin.Post("/admin/users/"+alice.ID+"/reset-two-step", "reason", "lost").Redirects(link)
	admin.Open(link).SeesNot("Send by email")
	admin.Post(link, "how", "mail").Is(http.StatusConflict)
	thief.Get(resetPath(t, a, forgets(t, a, "alice"))).Redirects("/reset")
	thief.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	thief.Post("/login", "username", "alice", "password", newPassword).Is(422).Sees("Ask your administrator for a password link")
}
