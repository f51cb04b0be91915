package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/mail/mailtest"
	"latchkey/internal/store"
)

// administratorAt signs the first administrator in.
func administratorAt(a *apptest.App) *apptest.Browser {
	b := a.Browser()
	b.SignIn(a.Admin)
	return b
}

// TestMailPage_ShowsWhatCouldNotBeSent and lets it be tried again or forgotten.
func TestMailPage_ShowsWhatCouldNotBeSent(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := administratorAt(a)
	b.Open("/admin/settings/mail").Sees("No messages are waiting, and none have failed.", "smtp://127.0.0.1:", "latchkey@example.com", "Set by --smtp (LATCHKEY_SMTP)")
	alice := queued(t, a)
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(451, "<b>busy</b>") })
	a.Post()
	retry := "Try again to send “Your password was changed” to " + alice.Email
	b.Open("/admin/settings/mail").Sees("Your password was changed", "to "+alice.Email, "Waiting", "tried once", "next try", "<b>busy</b>").SeesNot("<b>busy")
	a.Mail.Refuse(nil)
	b.Submit(retry).At("/admin/settings/mail").Sees("We are trying to send it again.")
	if got := a.Post(); len(got) != 1 || got[0].To != "<"+alice.Email+">" {
		t.Fatalf("%d messages, want one", len(got))
	}
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(550, "gone for good") })
	a.AddUser("bob")
	a.Browser().Post("/forgot", "username", "bob").Redirects(sentPage)
	a.Post()
	b.Open("/admin/settings/mail").Sees("Choose a new password", "Failed", "gone for good").SeesNot("Try again")
	m := waiting(t, a)
	b.Post("/admin/settings/mail/" + m.ID + "/retry").Redirects("/admin/settings/mail")
	b.Open("/admin/settings/mail").Sees("This message cannot be tried again.")
	b.Submit("Delete “Choose a new password” to bob@example.org").Sees("The message has been deleted.", "No messages are waiting")
	b.Post("/admin/settings/mail/" + m.ID + "/forget").Redirects("/admin/settings/mail")
	b.Open("/admin/settings/mail").Sees("This message has already been deleted.")
}

func TestMailPage_SendsATestMessage(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := administratorAt(a)
	b.Open("/admin/settings/mail").Sees(a.Admin.Email)
	b.Submit("Send a test message to me").At("/admin/settings/mail").Sees("The mail server accepted the message to "+a.Admin.Email, "250 ")
	got := a.Mail.Messages()
	if len(got) != 1 || got[0].Subject != "Test message" || got[0].To != "<"+a.Admin.Email+">" || number(t, a, `SELECT count(*) FROM mails`) != 0 {
		t.Fatalf("%+v", got)
	}
	a.Mail.Refuse(func(string) error { return mailtest.Refusal(554, "<script>no</script>") })
	b.Submit("Send a test message to me").Sees("was not sent. The mail server said: “554 ", "<script>no</script>").SeesNot("<script>no")
	a.Clock.Add(11 * time.Minute)
	b.Post("/admin/settings/mail").Redirects("/confirm?next=%2Fadmin%2Fsettings%2Fmail")
	b.Post("/admin/settings/mail/x/retry").Redirects("/confirm?next=%2Fadmin%2Fsettings%2Fmail")
}

func TestMailPage_WithoutMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := administratorAt(a)
	b.Open("/admin/settings/mail").Sees("Mail is off", "--smtp").SeesNot("Send a test message")
	b.Post("/admin/settings/mail").Redirects("/admin/settings/mail")
	b.Open("/admin/users/new").SeesNot("Email an invitation")
	b.Post("/admin/users/new", "username", "carl", "email", "carl@example.net", "role", "user", "first_sign_in", "mail").Is(http.StatusUnprocessableEntity)
}

// TestInvitationByMail confirms the address that it was mailed to, and no other.
func TestInvitationByMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := administratorAt(a)
	b.Open("/admin/users/new")
	b.Submit("Add user", "Username", "carl").Sees("Enter an email address, or choose the link")
	b.Submit("Add user", "Username", "carl", "Email", "carl@example.net").Sees("carl has been added. An invitation is on its way to carl@example.net.", "Not confirmed")
	carl := func() (id string, confirmed bool) {
		t.Helper()
		u, err := a.DB.UserByName("carl")
		if err != nil {
			t.Fatal(err)
		}
		return u.ID, u.EmailConfirmed
	}
	id, confirmed := carl()
	if confirmed {
		t.Error("the address counts before anybody answered from it")
	}
	invitation := func() string {
		t.Helper()
		all := a.Post()
		m := all[len(all)-1]
		if m.Subject != "You have been invited" || m.To != "<carl@example.net>" {
			t.Fatalf("%s to %s", m.Subject, m.To)
		}
		return strings.TrimPrefix(m.Links()[0], a.URL)
	}
	first := invitation()
	b.Open("/admin/users/" + id + "/password-link").Sees("New invitation for carl")
	b.Submit("Send by email").At("/admin/users/" + id).Sees("An invitation is on its way to carl@example.net.")
	second := invitation()
	a.Browser().Get(first).Is(http.StatusGone)
	guest := a.Browser()
	guest.Get(second).Redirects("/invite")
	guest.Post("/invite", "new_password", newPassword).Redirects("/security/authenticators/new")
	if _, confirmed := carl(); !confirmed {
		t.Error("the address that the invitation went to is not confirmed")
	}
	all := a.Post()
	if last := all[len(all)-1]; last.Subject != "You have been invited" {
		t.Errorf("the first password is told as %q", last.Subject)
	}
}

// TestInvitationByLink leaves the address as it was: the link may have gone anywhere.
func TestInvitationByLink(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := administratorAt(a)
	b.Open("/admin/users/new")
	p := b.Submit("Add user", "Username", "carl", "Email", "carl@example.net", "Show me a link to pass on", "on")
	path := strings.TrimPrefix(strings.TrimSpace(p.Doc().Find("#link").Text()), a.URL)
	guest := a.Browser()
	guest.Get(path).Redirects("/invite")
	guest.Post("/invite", "new_password", newPassword).Redirects("/security/authenticators/new")
	if u, err := a.DB.UserByName("carl"); err != nil || u.EmailConfirmed {
		t.Errorf("confirmed %v (%v)", u.EmailConfirmed, err)
	}
	dora := a.AddUser("dora", apptest.Invited, func(n *store.NewUser, _ *apptest.User) { n.Email, n.EmailKey, n.EmailConfirmed = "", "", false })
	guest = a.Browser()
	guest.Get(dora.Link(store.PurposeInvite)).Redirects("/invite")
	guest.Post("/invite", "new_password", newPassword).Redirects("/security/authenticators/new")
	if dora.Now().EmailConfirmed {
		t.Error("no address at all is confirmed")
	}
	if n := len(a.Post()); n != 0 {
		t.Errorf("%d messages", n)
	}
}

// TestPasswordLinkByMail goes to confirmed addresses only.
func TestPasswordLinkByMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := administratorAt(a)
	alice := a.AddUser("alice")
	unsure := a.AddUser("unsure", func(n *store.NewUser, _ *apptest.User) { n.EmailConfirmed = false })
	link := func(u *apptest.User) string { return "/admin/users/" + u.ID + "/password-link" }
	handed := alice.Link(store.PurposePassword)
	b.Open(link(alice))
	b.Submit("Send by email").Sees("A link to choose a new password is on its way to alice@example.org.")
	all := a.Post()
	if len(all) != 1 || strings.Contains(all[0].Text, "127.0.0.1 ") || strings.Contains(all[0].Text, "Firefox") {
		t.Fatalf("%d messages, or one that tells where the administrator is: %v", len(all), all)
	}
	a.Browser().Get(resetPath(t, a, all[0])).Redirects("/reset")
	a.Browser().Get(handed).Is(http.StatusGone)
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'password.reset-requested' AND subject_name = 'alice' AND actor_name = 'root-admin' AND details LIKE '%alice@example.org%'`); n != 1 {
		t.Errorf("%d rows in the audit log, want one", n)
	}
	b.Open(link(unsure)).SeesNot("Send by email")
	b.Post(link(unsure), "how", "mail").Is(http.StatusConflict)
	b.Post(link(alice), "how", "pigeon").Is(http.StatusBadRequest)
	b.Post(link(alice), "how", "link").Redirects(link(alice))
	b.Open(link(alice)).Sees(a.URL+"/reset/", "Works once, until").SeesNot("Send by email")
	if b.Cookies[a.CookieName("latchkey-shown")] == "" {
		t.Error("nothing will keep this page from coming back")
	}
	b.Open("/admin")
	if b.Cookies[a.CookieName("latchkey-shown")] != "" {
		t.Error("the cookie of a page that is shown once stays")
	}
}
