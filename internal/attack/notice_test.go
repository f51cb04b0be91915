package attack

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// act does something to a user as an administrator.
func act(a *apptest.App, do func(account.Action) error) {
	a.TB.Helper()
	by := audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: a.Admin.Username, IP: "198.51.100.66", UserAgent: "The administrator's own"}
	a.Tx(func(tx *store.Tx) error {
		return do(account.Action{Instance: a.Site.Instance, Tx: tx, By: by, Reason: "asked for it by phone"})
	})
}

// tellable is one event that a person is told of.
type tellable struct {
	do      func(t *testing.T, a *apptest.App, b *apptest.Browser, u *apptest.User)
	subject string
	notice  string // on the pages
	byAdmin bool
	// over says that it is no longer true for the person who can read it.
	over bool
}

func toldEvents() map[string]tellable {
	return map[string]tellable{
		"password changed": {func(_ *testing.T, _ *apptest.App, b *apptest.Browser, u *apptest.User) {
			b.Post("/security/password", "current_password", u.Password, "new_password", newPassword).Redirects("/security")
			u.Password = newPassword
		}, "Your password was changed", "Your password was changed.", false, false},
		"authenticator added": {func(t *testing.T, a *apptest.App, b *apptest.Browser, u *apptest.User) {
			key, id := enrolment(t, b)
			b.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", a.CodeFor(key)).Redirects("/security")
		}, "An authenticator app was added", "The authenticator app “Tablet” was added", false, false},
		"authenticator removed": {func(t *testing.T, a *apptest.App, b *apptest.Browser, u *apptest.User) {
			a.Set("two_step", "optional")
			all, err := a.DB.Authenticators(u.ID)
			if err != nil {
				t.Fatal(err)
			}
			b.Post("/security/authenticators/" + all[0].ID + "/remove").Redirects("/security")
			u.Secret = nil
		}, "An authenticator app was removed", "The authenticator app “Phone” was removed", false, false},
		"new recovery codes": {func(_ *testing.T, _ *apptest.App, b *apptest.Browser, u *apptest.User) {
			b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
		}, "New recovery codes were made", "New recovery codes were made", false, false},
		"recovery code used": {func(_ *testing.T, _ *apptest.App, b *apptest.Browser, u *apptest.User) {
			b.Password(u)
			b.Post("/login/recovery", "recovery_code", u.Codes[0]).Redirects("/profile")
		}, "A recovery code was used", "A recovery code was used to sign in as alice.", false, false},
		"address": {func(_ *testing.T, _ *apptest.App, b *apptest.Browser, u *apptest.User) {
			b.Post("/profile/edit", "name", "Alice", "email", "new@example.net").Redirects("/profile")
		}, "Your email address is about to change", "Somebody asked to change the email address of alice to new@example.net.", false, false},
		"address, by an administrator": {func(_ *testing.T, a *apptest.App, _ *apptest.Browser, u *apptest.User) {
			now := u.Now()
			act(a, func(by account.Action) error {
				return by.Edit(store.Edit{ID: u.ID, Version: now.Version, Username: now.Username, Email: "typed@example.net", EmailKey: "typed@example.net"})
			})
		}, "Your email address was changed", "The email address of alice was changed to typed@example.net.", true, false},
		"two-step reset": {func(_ *testing.T, a *apptest.App, _ *apptest.Browser, u *apptest.User) {
			act(a, func(by account.Action) error { return by.ResetTwoStep(u.Now()) })
			a.Tx(func(tx *store.Tx) error { return tx.AllowEnrolment(u.ID) })
			a.Set("two_step", "optional")
			u.Secret = nil
		}, "Your two-step verification was reset", "An administrator reset your two-step verification", true, false},
		"disabled": {func(_ *testing.T, a *apptest.App, _ *apptest.Browser, u *apptest.User) {
			act(a, func(by account.Action) error { return by.Disable(u.Now()) })
			a.Tx(func(tx *store.Tx) error { _, err := tx.Enable(u.ID); return err })
		}, "You can no longer sign in", "An administrator disabled alice", true, true},
	}
}

// TestAU13_PeopleAreTold does each thing and looks into the mailbox, and at the pages
// in another browser: with a mail server and without.
func TestAU13_PeopleAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range toldEvents() {
		for way, withMail := range map[string]bool{"mail": true, "no mail": false} {
			if name == "address" && !withMail {
				continue // it counts at once there: see the address that an administrator typed
			}
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				a := apptest.Start(t, apptest.Options{Mail: withMail})
				alice := a.AddUser("alice")
				b := a.Browser()
				b.SignIn(alice)
				c.do(t, a, b, alice)
				if withMail {
					wantMail(t, a, alice, c)
				}
				wantNotice(t, a, alice, c)
			})
		}
	}
}

func wantMail(t *testing.T, a *apptest.App, u *apptest.User, c tellable) {
	t.Helper()
	m := mailed(a, u.Email, c.subject)
	if strings.Contains(m.Text, "198.51.100.66") {
		t.Errorf("the mail says where the administrator was:\n%s", m.Text)
	}
	if c.byAdmin != !strings.Contains(m.Text, "with Firefox on Linux") {
		t.Errorf("the mail is wrong about where it was done:\n%s", m.Text)
	}
	if c.subject != "You can no longer sign in" {
		a.Browser().Get(linkIn(a, m, "/not-me")).Redirects("/not-me")
	}
}

func wantNotice(t *testing.T, a *apptest.App, u *apptest.User, c tellable) {
	t.Helper()
	other := a.Browser()
	other.SignIn(u)
	if c.over {
		other.Open("/profile").SeesNot("Important messages", c.notice)
		return
	}
	for _, page := range []string{"/profile", "/security"} {
		other.Open(page).At(page).Sees("Important messages", c.notice, "This was not me").SeesNot("198.51.100.66", "New sign-in")
	}
	other.Submit("Got it").At("/security").SeesNot("Important messages")
	other.Open("/profile").SeesNot("Important messages")
	if n, own := u.Now().Notices, noticed(a, u, mail.NewBrowser); n > own {
		t.Errorf("%d notices unseen, want only that this browser is new, for others", n)
	}
}

// TestAU13_DeletedPeopleAreToldByMail holds for what an administrator did; the person's
// own is in TestAU13_DeletingOneself.
func TestAU13_DeletedPeopleAreToldByMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, bob := a.AddUser("alice"), a.AddUser("bob", func(n *store.NewUser, _ *apptest.User) { n.EmailConfirmed = false })
	for _, u := range []*apptest.User{alice, bob} {
		act(a, func(by account.Action) error { return by.Delete(u.Now()) })
	}
	mailed(a, alice.Email, "Your account has been deleted")
	if _, ok := post(a, bob.Email, "Your account has been deleted"); ok {
		t.Error("mail went to an address that nobody confirmed")
	}
	if n := number(t, a, `SELECT count(*) FROM mails WHERE user_id = $1`, bob.ID); n != 0 {
		t.Errorf("%d mails to nobody wait", n)
	}
	if n := alice.Now().Notices; n != 0 {
		t.Errorf("%d notices for somebody who is gone", n)
	}
}

// TestAU13_GotItIsAboutWhatWasShown keeps a notice that came while the page was read.
func TestAU13_GotItIsAboutWhatWasShown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b, thief := a.Browser(), a.Browser()
	b.SignIn(alice)
	thief.SignIn(alice)
	thief.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	b.Open("/security").Sees("New recovery codes were made")
	a.Clock.Add(2 * time.Minute) // sooner it would be the same form once more
	thief.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	b.Submit("Got it").Sees("Important messages", "New recovery codes were made")
	if n := alice.Now().Notices; n != 1 {
		t.Errorf("%d notices unseen, want the one that was not shown", n)
	}
	for _, until := range []string{"", "x", "9999999999999999999"} {
		b.Post("/security/notices/seen", "until", until).Is(400)
	}
}

// TestAC04_NoticesAreTheirOwners tries another's notice and sees another's away.
func TestAC04_NoticesAreTheirOwners(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, eve := a.AddUser("alice"), a.AddUser("eve")
	act(a, func(by account.Action) error { return by.SetRole(alice.Now(), user.RoleAdmin) })
	act(a, func(by account.Action) error { return by.ResetTwoStep(alice.Now()) })
	all, err := a.DB.Notices(alice.ID, false, 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d notices, %v", len(all), err)
	}
	b := a.Browser()
	b.SignIn(eve)
	b.Get("/security/not-me?" + url.Values{"notice": {all[0].ID}}.Encode()).Is(404)
	b.Post("/security/not-me", "notice", all[0].ID).Is(404)
	b.Get("/security/not-me?user=" + alice.ID).Is(400)
	b.Post("/security/notices/seen", "until", "4102444800000").Redirects("/security")
	if !b.SignedInAs(eve) || alice.Now().Notices != 1 || !alice.Now().PasswordClosed.IsZero() {
		t.Error("eve reached alice's notice")
	}
}

// TestAU13_WhatIsShownCanBePutAway: a browser that calls itself differently since an
// update is shown what was done in it, as a copy of it would be, and can put it away.
func TestAU13_WhatIsShownCanBePutAway(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	b.Post("/security/recovery-codes", "saved", "1").Is(303)
	if b.Open("/security"); strings.Contains(b.Body, "New recovery codes were made") {
		t.Error("the browser in which they were made warns of it")
	}
	updated := b.Clone()
	updated.Open("/security").Sees("New recovery codes were made")
	if updated.Submit("Got it"); strings.Contains(updated.Body, "New recovery codes were made") {
		t.Error("what is shown cannot be put away")
	}
}
