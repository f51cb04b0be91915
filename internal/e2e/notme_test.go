package e2e

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// mailLink is the path of the link in the newest mail to an address that begins like
// this.
func mailLink(t *testing.T, a *apptest.App, to, path string) (found string) {
	t.Helper()
	for _, m := range a.Post() {
		for _, link := range m.Links() {
			if here, ours := strings.CutPrefix(link, a.URL); ours && strings.HasPrefix(here, path) && m.Recipients[0] == to {
				found = here
			}
		}
	}
	if found == "" {
		t.Fatalf("no mail to %s with a link to %s", to, path)
	}
	return found
}

// walkAddress looks at everything on the way to a new address.
func walkAddress(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{Mail: true})
	a.Set("delete_self", "yes")
	alice := a.AddUser("alice")
	b := signedIn(t, a, alice)
	b.open("/profile/edit").inspect("edit profile, with mail")
	b.fill("Email", "new@example.net").press("Save changes").inspect("profile, address waits")
	b.press("Send again").at("/profile").inspect("profile, sent again")
	b.open(mailLink(t, a, "new@example.net", "/email/")).at("/email").inspect("confirm the address")
	b.press("Confirm address").at("/profile").inspect("profile, address confirmed")
	b.open("/profile").follow("Delete your account").inspect("delete yourself")
	b.press("Delete account").inspect("delete yourself, name not typed")
	b.fill("Type your username", "alice").press("Delete account").inspect("sign-in, deleted")
	admin := b.as(signedInBrowser(a, a.Admin))
	admin.open("/profile/delete").inspect("delete yourself, refused")
	return b
}

func signedInBrowser(a *apptest.App, u *apptest.User) *apptest.Browser {
	b := a.Browser()
	b.SignIn(u)
	return b
}

// walkNotMe looks at everything on the way out of somebody else's hands.
func walkNotMe(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	b := signedIn(t, a, alice)
	for range 5 {
		a.Clock.Add(time.Second)
		b.open("/security/recovery-codes/new").press("Make new codes")
	}
	b.open("/security").inspect("security, with notices")
	b.open("/security/not-me").inspect("not me")
	b.open(mailLink(t, a, alice.Email, "/not-me/")).at("/not-me").inspect("not me, from the mail")
	b.press("Sign out everywhere").inspect("not me, done")
	b.open("/not-me/done?way=sign-in").inspect("not me, the last administrator")
	b.open("/not-me/done").inspect("not me, without mail")
	return b.as(signedInBrowser(a, a.Admin)).open("/admin")
}

// TestStory_AddressAndNotMeWithoutScript changes the address and says of it "this was
// not me", all of it without script.
func TestStory_AddressAndNotMeWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	b := signedIn(t, a, alice).noScript()
	b.open("/profile/edit").fill("Email", "new@example.net").press("Save changes").at("/profile")
	if text := b.text(); !strings.Contains(text, "We have sent a link to new@example.net.") || !strings.Contains(text, "Not confirmed") {
		t.Errorf("the profile says:\n%s", text)
	}
	b.open(mailLink(t, a, "new@example.net", "/email/")).press("Confirm address").at("/profile")
	if u := alice.Now(); u.Email != "new@example.net" || !u.EmailConfirmed {
		t.Errorf("the address is %q", u.Email)
	}
	old := newTab(t, a.URL).noScript()
	old.open(mailLink(t, a, alice.Email, "/not-me/")).press("Sign out everywhere")
	if text := old.text(); !strings.Contains(text, "You are signed out everywhere") {
		t.Errorf("afterwards the page says:\n%s", text)
	}
	if b.open("/profile"); !strings.HasPrefix(b.path(), "/login") || alice.Now().PasswordClosed.IsZero() {
		t.Errorf("still at %s, closed at %v", b.path(), alice.Now().PasswordClosed)
	}
}
