package attack

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// TestAU03_MailedResetLeavesTheCodesCounted: who has the mailbox only may reset the
// password again and again, and still has fifty codes in a row and no more.
func TestAU03_MailedResetLeavesTheCodesCounted(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	guesses := 0
	for day := range 8 {
		b := a.Browser()
		b.Post("/forgot", "username", "alice").Redirects("/forgot?notice=sent")
		sent := a.Post()
		b.Get(linkIn(a, sent[len(sent)-1], "/reset")).Redirects("/reset")
		alice.Password = fmt.Sprintf("a long new pass phrase %d", day)
		b.Post("/reset", "new_password", alice.Password).Redirects("/login?notice=password-changed")
		for {
			b.Password(alice).Redirects("/login/code")
			p := b.Post("/login/code", "code", alice.WrongCode())
			if p.Status == http.StatusTooManyRequests {
				break
			}
			guesses++
			if n := number(t, a, `SELECT coalesce(max(tries), 0) FROM limits WHERE bucket = 'code'`); n >= 5 {
				a.Clock.Add(20 * time.Minute)
			}
			if n := number(t, a, `SELECT coalesce(max(tries), 0) FROM limits WHERE bucket = 'code'`); n >= 9 {
				break
			}
		}
		a.Clock.Add(20 * time.Minute)
	}
	if guesses > 50 {
		t.Errorf("%d codes in a row were looked at without a right one; the ceiling is 50", guesses)
	}
}

// TestRequest_AnOlderLinkWithdrawsWhatIsOpen: two mails look alike; whichever is
// clicked, nothing stays open.
func TestRequest_AnOlderLinkWithdrawsWhatIsOpen(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	ask(t, a, alice)
	old := linkIn(a, mailed(a, alice.Email, "Somebody reported your phone as lost"), "/lost-phone/cancel")
	signedInAs(a, alice) // withdraws the first
	_, second := ask(t, a, alice)
	owner := a.Browser()
	owner.Get(old).Redirects("/lost-phone/cancel")
	owner.Post("/lost-phone/cancel").Redirects("/lost-phone/withdrawn")
	if q, _, err := a.DB.Request(second); q.Status != store.RequestCancelled || err != nil {
		t.Errorf("the page says that the request is withdrawn; it is %s, %v", q.Status, err)
	}
	again := a.Browser()
	again.Get(alice.Link(store.PurposeCancel)).Redirects("/lost-phone/cancel")
	again.Post("/lost-phone/cancel").Redirects("/lost-phone/withdrawn?request=none")
	again.Open("/lost-phone/withdrawn?request=none").Sees("no request to withdraw").SeesNot("Nothing was changed")
}

// TestRequest_LinksAreShownWithTheirOwnRequest approves two in two tabs.
func TestRequest_LinksAreShownWithTheirOwnRequest(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	admin := administrator(a, "ada")
	_, first := ask(t, a, a.AddUser("alice"))
	_, second := ask(t, a, a.AddUser("bob"))
	for _, id := range []string{first, second} {
		admin.Post("/admin/requests/"+id, "decision", "approve", "reason", "ok").Is(http.StatusSeeOther)
	}
	if n := admin.Open("/admin/requests/" + first).Doc().Find("#link").Length(); n != 0 {
		t.Error("the page about alice shows bob's link")
	}
}

// TestRequest_RunsOutInWords: what nobody decided is refused, written down and told.
func TestRequest_RunsOutInWords(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	ask(t, a, alice)
	before := alice.Now().Notices
	a.Clock.Add(15 * 24 * time.Hour)
	for range 2 {
		err := a.DB.Tx(context.Background(), func(tx *store.Tx) error { return account.RefuseOverdue(a.Site.Instance, tx, a.Clock.Now()) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = $1`, audit.RequestRefused); n != 1 || alice.Now().Notices != before+1 {
		t.Errorf("%d rows, %d notices after %d", n, alice.Now().Notices, before)
	}
}

// TestAU13_ClosedPasswordStaysClosed: the password that somebody else knows is not
// chosen again.
func TestAU13_ClosedPasswordStaysClosed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	owner := a.Browser()
	owner.Get(alice.Link(store.PurposeNotMe)).Redirects("/not-me")
	owner.Post("/not-me")
	b := a.Browser()
	b.Get(alice.Link(store.PurposePassword)).Redirects("/reset")
	if p := b.Post("/reset", "new_password", alice.Password); p.Status == http.StatusSeeOther && alice.Now().PasswordClosed.IsZero() {
		t.Error("the closed password is open again with the same password")
	}
}

func TestRequest_FirstApprovalGoesWithItsAdministrator(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	boss := a.AddUser("boss", apptest.Administrator)
	evil, one, two := a.AddUser("evil", apptest.Administrator), administrator(a, "ada"), administrator(a, "abe")
	e := signedInAs(a, evil)
	_, id := ask(t, a, boss)
	e.Post("/admin/requests/"+id, "decision", "approve", "reason", "because").Redirects("/admin/requests/" + id)
	two.Post("/admin/users/"+evil.ID+"/disable", "reason", "fired").Is(303)
	one.Post("/admin/requests/"+id, "decision", "approve", "reason", "because").Redirects("/admin/requests/" + id)
	if q, _, _ := a.DB.Request(id); q.Status == store.RequestApproved {
		t.Error("approved by one administrator and one who was disabled")
	}
}

// TestMA08_WaitingAddressDiesWithThePassword: somebody who had the session asked for it.
func TestMA08_WaitingAddressDiesWithThePassword(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	thief := signedInAs(a, alice)
	asksFor(thief, "thief@example.net").Redirects("/profile")
	a.Post()
	a.Clock.Add(time.Minute)
	owner := a.Browser()
	owner.Post("/forgot", "username", "alice")
	sent := a.Post()
	owner.Get(linkIn(a, sent[len(sent)-1], "/reset")).Redirects("/reset")
	owner.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	alice.Password = newPassword
	owner.SignIn(alice)
	if alice.Now().EmailPending != "" {
		t.Error("still waits:", alice.Now().EmailPending)
	}
}

// TestRequest_SecondVoiceIsHeard: the person who asks first does not keep the next one's words
// from the administrators.
func TestRequest_SecondVoiceIsHeard(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	_, id := ask(t, a, alice)
	owner := a.Browser()
	owner.Password(alice).Redirects("/login/code")
	owner.Post("/login/lost-phone", "message", "I am the real one", "contact", "extension 99").Redirects("/login/lost-phone")
	administrator(a, "ada").Get("/admin/requests/"+id).Sees("It fell into the sea.", "I am the real one", "extension 99", "different person")
}
