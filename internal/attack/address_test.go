package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// asksFor changes the address in a signed-in browser.
func asksFor(b *apptest.Browser, email string) *apptest.Page {
	return b.Post("/profile/edit", "name", "Alice", "email", email)
}

const (
	confirmSubject = "Confirm your email address"
	askedSubject   = "Your email address is about to change"
	changedSubject = "Your email address was changed"
	resetSubject   = "Choose a new password"
	confirmed      = "/login?notice=email-confirmed"
)

// TestMA08_OldAddressCountsUntilTheNewOneIsConfirmed walks the whole way, with the mail
// opened on another device.
func TestMA08_OldAddressCountsUntilTheNewOneIsConfirmed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	b, phone := a.Browser(), a.Browser()
	b.SignIn(alice)
	asksFor(b, "new@example.net").Redirects("/profile")
	b.Open("/profile").Sees("alice@example.org", "new@example.net", "Not confirmed", "Send again", "We have sent a link to new@example.net.")
	mailed(a, alice.Email, askedSubject)
	if u := alice.Now(); u.Email != alice.Email || !u.EmailConfirmed || u.EmailPending != "new@example.net" {
		t.Fatalf("before: %q (%v), waits: %q", u.Email, u.EmailConfirmed, u.EmailPending)
	}
	reset := alice.Link(store.PurposePassword)
	link := linkIn(a, mailed(a, "new@example.net", confirmSubject), "/email")
	for range 3 { // mail scanners look too, and use nothing up
		a.Browser().Get(link).Redirects("/email")
	}
	phone.Open(link).At("/email").Sees("new@example.net", "alice")
	if alice.Now().Email != alice.Email {
		t.Fatal("looking at the page confirmed the address")
	}
	phone.Submit("Confirm address").Sees("Your email address is confirmed.")
	if u := alice.Now(); u.Email != "new@example.net" || !u.EmailConfirmed || u.EmailPending != "" {
		t.Errorf("after: %q (%v), waits: %q", u.Email, u.EmailConfirmed, u.EmailPending)
	}
	if phone.Session() != "" {
		t.Error("the link signed somebody in")
	}
	mailed(a, alice.Email, changedSubject)
	a.Browser().Get(reset).Is(http.StatusGone) // made for the old address
	a.Browser().Get(link).Is(http.StatusGone)
	b.Open("/profile").Sees("new@example.net").SeesNot("Not confirmed", alice.Email)
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'email.confirmed' AND subject_id = $1`, alice.ID); n != 1 {
		t.Errorf("%d rows email.confirmed, want 1", n)
	}
}

// TestMA08_NewAddressNeedsAFreshProof: a stolen session asks for nothing.
func TestMA08_NewAddressNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	for name, withMail := range map[string]bool{"mail": true, "no mail": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Mail: withMail})
			alice := a.AddUser("alice")
			b := a.Browser()
			b.SignIn(alice)
			a.Clock.Add(11 * time.Minute)
			asksFor(b, "thief@example.net").Redirects("/confirm?next=%2Fprofile%2Fedit%3Fkept%3D1")
			asksFor(b, "").Redirects("/confirm?next=%2Fprofile%2Fedit%3Fkept%3D1")
			asksFor(b, alice.Email).Redirects("/profile") // the name alone needs none
			if u := alice.Now(); u.Email != alice.Email || u.EmailPending != "" {
				t.Errorf("the address is %q, waits %q", u.Email, u.EmailPending)
			}
			b.Confirm(alice)
			asksFor(b, "new@example.net").Redirects("/profile")
		})
	}
}

// TestMA08_AnothersAddressIsNotToldAtTheRequest asks for an address that somebody has
// and one that nobody has: only the mailbox learns the difference.
func TestMA08_AnothersAddressIsNotToldAtTheRequest(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, carl := a.AddUser("alice"), a.AddUser("carl")
	b := a.Browser()
	b.SignIn(alice)
	ask := func(email string) string {
		asksFor(b, email).Redirects("/profile")
		return strings.ReplaceAll(b.Open("/profile").Text(), email, "ADDRESS")
	}
	free := ask("nobody@example.net")
	if taken := ask(carl.Email); taken != free {
		t.Errorf("told apart:\n%s\n%s", free, taken)
	}
	reader := a.Browser()
	link := linkIn(a, mailed(a, carl.Email, confirmSubject), "/email")
	reader.Open(link).At("/email")
	reader.Post("/email").Is(http.StatusConflict).Sees("Another user has this email address.")
	if alice.Now().Email != alice.Email || carl.Now().Email != carl.Email {
		t.Error("an address went over to another user")
	}
	plain := apptest.Start(t, apptest.Options{}) // without mail there is nobody else to tell it
	alice, carl = plain.AddUser("alice"), plain.AddUser("carl")
	b = plain.Browser()
	b.SignIn(alice)
	asksFor(b, carl.Email).Is(422).Sees("Another user has this email address")
	asksFor(b, "new@example.net").Redirects("/profile")
	if u := alice.Now(); u.Email != "new@example.net" || u.EmailPending != "" {
		t.Errorf("without mail the address is %q, waits %q", u.Email, u.EmailPending)
	}
}

// TestMA08_ConfirmingWorksOnceInACrowd races one link.
func TestMA08_ConfirmingWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	a.Tx(func(tx *store.Tx) error { return tx.SetPendingEmail(alice.ID, "new@example.net") })
	link := alice.LinkAbout(store.PurposeEmail, "new@example.net")
	all := browsers(a, crowd, func(b *apptest.Browser) { b.Get(link).Redirects("/email") })
	once(t, "the link", confirmed, race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/email") }))
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'email.confirmed'`); n != 1 {
		t.Errorf("confirmed %d times, want once", n)
	}
}

// TestMA02_UnconfirmedAddressesGetNoResets: an address that an administrator typed gets
// one only after its link was opened.
func TestMA02_UnconfirmedAddressesGetNoResets(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	bob := a.AddUser("bob", func(n *store.NewUser, _ *apptest.User) { n.EmailConfirmed = false })
	forgets := func() bool {
		a.Clock.Add(2 * time.Hour) // past every limit
		a.Browser().Post("/forgot", "username", "bob")
		_, ok := post(a, bob.Email, resetSubject)
		return ok
	}
	if forgets() {
		t.Fatal("a reset went to an address that nobody confirmed")
	}
	b := a.Browser()
	b.SignIn(bob)
	b.Open("/profile").Sees("Not confirmed")
	b.Post("/profile/edit", "name", "Bob the Second", "email", bob.Email).Redirects("/profile")
	if bob.Now().EmailConfirmed {
		t.Fatal("saving the name confirmed the address")
	}
	b.Open("/profile")
	b.Submit("Send a link").Sees("We have sent a link to bob@example.org.")
	reader := a.Browser()
	reader.Open(linkIn(a, mailed(a, bob.Email, confirmSubject), "/email"))
	reader.Submit("Confirm address")
	if !bob.Now().EmailConfirmed {
		t.Fatal("the address is not confirmed")
	}
	if !forgets() {
		t.Error("no reset goes to the confirmed address")
	}
}

// TestMA08_FirstAddressIsConfirmedToo is for somebody who never had one.
func TestMA08_FirstAddressIsConfirmedToo(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	bob := a.AddUser("bob", func(n *store.NewUser, _ *apptest.User) { n.Email, n.EmailKey, n.EmailConfirmed = "", "", false })
	b := a.Browser()
	b.SignIn(bob)
	b.Post("/profile/edit", "name", "Bob", "email", "bob@example.net").Redirects("/profile")
	if u := bob.Now(); u.Email != "" || u.EmailPending != "bob@example.net" {
		t.Fatalf("address %q, waits %q", u.Email, u.EmailPending)
	}
	reader := a.Browser()
	reader.Open(linkIn(a, mailed(a, "bob@example.net", confirmSubject), "/email"))
	reader.Submit("Confirm address")
	if u := bob.Now(); u.Email != "bob@example.net" || !u.EmailConfirmed {
		t.Errorf("address %q, confirmed %v", u.Email, u.EmailConfirmed)
	}
	reader = a.Browser()
	reader.Password(&apptest.User{Username: "bob@example.net", Password: bob.Password}).Redirects("/login/code")
}

// TestMA08_LinksAreSentFiveTimesAnHour counts both ways to a stranger's mailbox.
func TestMA08_LinksAreSentFiveTimesAnHour(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	for i := range 3 {
		asksFor(b, fmt.Sprintf("victim%d@example.net", i)).Redirects("/profile")
	}
	for range 4 {
		b.Get("/profile")
		b.Post("/profile/email/send-again").Redirects("/profile")
	}
	b.Open("/profile").Sees("We have sent you several links already. Try again in an hour.")
	asksFor(b, "victim9@example.net").Is(422).Sees("We have sent you several links already")
	sent := 0
	for _, m := range a.Post() {
		if m.Subject == confirmSubject {
			sent++
		}
	}
	// Those that wait are forgotten when a newer one comes.
	if sent > 5 || sent == 0 {
		t.Errorf("%d links sent, want at most 5", sent)
	}
	if n := number(t, a, `SELECT tries FROM limits WHERE bucket = 'address'`); n != 5 {
		t.Errorf("%d links counted, want 5", n)
	}
	a.Clock.Add(time.Hour)
	b.Post("/profile/email/send-again")
	mailed(a, "victim2@example.net", confirmSubject)
}
