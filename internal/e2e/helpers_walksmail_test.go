package e2e

import (
	"context"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/mail/mailtest"
)

// walkMail is everything that looks different where there is a mail server.
func walkMail(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	nobody := newTab(t, a.URL)
	nobody.open("/login").inspect("sign in, with mail")
	nobody.follow("Forgot your password?").inspect("forgotten password")
	nobody.press("Send the link").inspect("forgotten password, empty")
	nobody.fill("Username or email", "alice").press("Send the link").at("/forgot?notice=sent").inspect("forgotten password, sent")
	nobody.open(strings.TrimPrefix(a.Post()[0].Links()[0], a.URL)).at("/reset").inspect("reset, from mail")
	nobody.open("/reset/" + strings.Repeat("x", 43)).inspect("link is over, with mail")
	b := signedIn(t, a, a.Admin)
	b.open("/admin/users/new").inspect("add user, with mail")
	b.press("Add user").inspect("add user, with mail and mistakes")
	b.open("/admin/users/" + alice.ID + "/password-link").inspect("password link, with mail")
	b.press("Send by email").inspect("password link, mailed")
	b.open("/admin/settings/mail").inspect("mail settings")
	b.press("Send a test message to me").inspect("mail settings, tested")
	a.Mail.Refuse(func(to string) error {
		if strings.HasPrefix(to, "alice") {
			return mailtest.Refusal(550, "no such user here")
		}
		return mailtest.Refusal(451, "try again later")
	})
	b.open("/admin/users/" + alice.ID + "/password-link").press("Send by email")
	b.open("/admin/users/new").fill("Username", "zoe", "Email", "zoe@example.org").press("Add user")
	if err := a.Site.SendDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.open("/admin/settings/mail").inspect("mail settings, not sent")
	b.visited = append(b.visited, nobody.visited...)
	return b
}
