package e2e

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// TestStory_ForgottenPasswordWithoutScript forgets a password, chooses another by mail
// and is still asked for the code (MA-04).
func TestStory_ForgottenPasswordWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice := a.AddUser("alice")
	b := newTab(t, a.URL).noScript()
	b.open("/login").follow("Forgot your password?").fill("Username or email", "ALICE@example.org").press("Send the link")
	b.open(mailLink(t, a, alice.Email, "/reset/")).at("/reset")
	b.fill("New password", guestPassword).press("Set password").at("/login?notice=password-changed")
	b.fill("Username or email", "alice", "Password", guestPassword).press("Sign in").at("/login/code")
	b.fill("Code", alice.Code()).press("Continue").at("/profile")
	mailLink(t, a, alice.Email, "/not-me/")
}

// TestStory_LostPhoneWithoutScript loses a phone and gets a new one by way of an
// administrator.
func TestStory_LostPhoneWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := newTab(t, a.URL).noScript()
	b.open("/login").fill("Username or email", "alice", "Password", alice.Password).press("Sign in")
	b.follow("I lost my phone").fill("What happened?", "It is gone.", "How can an administrator contact you?", "extension 12").press("Ask for help")
	b.dropCookies()
	desk := b.as(signedInBrowser(a, a.Admin)).open("/admin").follow("Lost phones").follow("Alice")
	desk.tick("Approve").fill("Reason", "I called back.").press("Decide")
	link := eval[string](b, "document.getElementById('link').innerText")
	b.dropCookies()
	b.open(strings.TrimPrefix(link, a.URL)).fill("Password", alice.Password).press("Continue").at("/security/authenticators/new")
	b.fill("6-digit code", codeOnScreen(b, a)).press("Turn on").at("/security/recovery-codes")
}

// TestStory_RememberedBrowserWithoutScript skips the code in a browser that was
// remembered, forgets it, and is asked again.
func TestStory_RememberedBrowserWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	a.Set("remember_days", "30")
	alice := a.AddUser("alice")
	b := newTab(t, a.URL).noScript()
	b.open("/login").fill("Username or email", "alice", "Password", alice.Password).press("Sign in")
	b.tick("Skip this step on this browser for 30 days").fill("Code", alice.Code()).press("Continue").at("/profile")
	b.signOut()
	b.open("/login").fill("Username or email", "alice", "Password", alice.Password).press("Sign in").at("/profile")
	b.open("/security").press("Forget Headless Chrome on Linux").at("/confirm?next=%2Fsecurity") // nobody has typed a code here
	a.Clock.Add(time.Minute)
	b.fill("Password", alice.Password, "Code", alice.Code()).press("Continue").at("/security")
	b.press("Forget Headless Chrome on Linux").signOut()
	a.Clock.Add(time.Minute)
	b.open("/login").fill("Username or email", "alice", "Password", alice.Password).press("Sign in").at("/login/code")
}

// TestStory_OwnThingsWithoutScript tries a recovery code out, adds a second app and
// removes the first, takes the data along and goes.
func TestStory_OwnThingsWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	a.Set("delete_self", "yes")
	alice := a.AddUser("alice")
	b := signedIn(t, a, alice).noScript()
	b.open("/security").follow("Test one recovery code").fill("Recovery code", alice.Codes[0]).press("Test it").at("/security")
	if !strings.Contains(b.text(), "That recovery code works.") || alice.Now().CodesLeft != 10 {
		t.Errorf("%d codes left: %s", alice.Now().CodesLeft, b.text())
	}
	b.follow("Add an app").fill("Name for this app", "New phone", "6-digit code", codeOnScreen(b, a)).press("Turn on").at("/security")
	b.follow("Remove Phone").press("Remove app").at("/security")
	if alice.Now().Authenticators != 1 {
		t.Errorf("%d apps", alice.Now().Authenticators)
	}
	b.open("/profile").follow("Delete your account").fill("Type your username", "alice").press("Delete account").at("/login?notice=deleted")
	if alice.Now().DeletedAt.IsZero() {
		t.Error("still there")
	}
}

// TestStory_MailSettingsWithoutScript sends a test message and reads the server's answer.
func TestStory_MailSettingsWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := signedIn(t, a, a.Admin).noScript()
	b.open("/admin/settings/mail").press("Send a test message to me").at("/admin/settings/mail")
	if n := len(a.Mail.Messages()); n != 1 || !strings.Contains(b.text(), "250") {
		t.Errorf("%d messages; the page says %s", n, b.text())
	}
}
