package attack

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestAU13_TheBrowserThatDidItIsNotWarned does each thing a person does and looks at the
// pages of the same browser, now and after signing in again, and at another's.
func TestAU13_TheBrowserThatDidItIsNotWarned(t *testing.T) {
	t.Parallel()
	for name, c := range toldEvents() {
		if c.byAdmin {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Mail: true})
			alice := a.AddUser("alice")
			b, elsewhere := a.Browser(), a.Browser()
			b.SignIn(alice)
			if name == "recovery code used" {
				b.Post("/logout")
			}
			c.do(t, a, b, alice)
			for _, page := range []string{"/profile", "/security"} {
				b.Open(page).SeesNot("Important messages", c.notice)
			}
			mailed(a, alice.Email, c.subject)
			b.Post("/logout")
			a.Clock.Add(time.Hour)
			b.SignIn(alice)
			b.Open("/profile").SeesNot("Important messages")
			elsewhere.SignIn(alice)
			elsewhere.Open("/profile").Sees("Important messages", c.notice).SeesNot("New sign-in")
			b.Open("/profile").Sees("New sign-in from Firefox on Linux.").SeesNot(c.notice)
			// A copied cookie is in another browser, as far as that can be seen.
			copied := b.Clone()
			copied.Open("/profile").Sees(c.notice)
		})
	}
}

// TestAU13_WhoeverChoseThePasswordIsNotWarned follows a link in a browser that was never
// signed in, and signs in there.
func TestAU13_WhoeverChoseThePasswordIsNotWarned(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	old, b := a.Browser(), a.Browser()
	old.SignIn(alice)
	b.Open(alice.Link(store.PurposePassword)).At("/reset")
	b.Submit("Set password", "New password", newPassword)
	alice.Password = newPassword
	b.SignIn(alice)
	b.Open("/profile").SeesNot("Important messages")
	old.SignIn(alice)
	old.Open("/profile").Sees("Your password was changed.")
}

// TestAU13_NoticesOfOneKindAreOne folds them, each still to be read.
func TestAU13_NoticesOfOneKindAreOne(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b, other := a.Browser(), a.Browser()
	b.SignIn(alice)
	other.SignIn(alice)
	for range 3 {
		a.Clock.Add(2 * time.Minute) // sooner it would be the same form once more
		b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	}
	p := other.Open("/security").Sees("New recovery codes were made, and the old ones no longer work. (3 times)", "2 more like this")
	if n := strings.Count(p.Text(), "New recovery codes were made"); n != 2 { // the other is the hidden name of "This was not me"
		t.Errorf("%d notices, want one", n)
	}
	other.Submit("Got it").SeesNot("Important messages")
}

// TestAU13_WhatIsNoLongerTrueGoes takes things back and finds nothing left to be warned of.
func TestAU13_WhatIsNoLongerTrueGoes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	b, other := a.Browser(), a.Browser()
	b.SignIn(alice)
	other.SignIn(alice)
	other.Open("/security")

	asksFor(b, "new@example.net").Redirects("/profile")
	other.Open("/security").Sees("Somebody asked to change the email address")
	b.Post("/profile/email/cancel")
	other.Open("/security").SeesNot("Somebody asked to change the email address")

	key, id := enrolment(t, b)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", a.CodeFor(key)).Redirects("/security")
	apps, err := a.DB.Authenticators(alice.ID)
	if err != nil || len(apps) != 2 {
		t.Fatalf("%d apps, %v", len(apps), err)
	}
	b.Post("/security/authenticators/" + apps[1].ID + "/remove").Redirects("/security")
	other.SignIn(alice)
	other.Open("/security").Sees("“Tablet” was removed").SeesNot("“Tablet” was added")
	key, id = enrolment(t, b)
	b.Post("/security/authenticators/new", "enrollment", id, "label", "Tablet", "code", a.CodeFor(key)).Redirects("/security")
	other.SignIn(alice)
	other.Open("/security").Sees("“Tablet” was added").SeesNot("“Tablet” was removed")

	act(a, func(by account.Action) error { return by.Disable(alice.Now()) })
	act(a, func(by account.Action) error { return by.Enable(alice.Now()) })
	other.SignIn(alice)
	other.Open("/security").SeesNot("you can no longer sign in")
}
