package apptest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// phone reads the key off the enrolment page, as a person without a camera does.
func phone(t *testing.T, p *apptest.Page) []byte {
	t.Helper()
	key, err := factor.ParseSecret(p.Doc().Find("#key").Text())
	if err != nil {
		t.Fatalf("%s shows no key: %v", p.Path, err)
	}
	return key
}

func codes(p *apptest.Page) (all []string) {
	p.Doc().Find("#codes li").Each(func(_ int, s *goquery.Selection) { all = append(all, s.Text()) })
	return all
}

// TestStory_FirstRun walks from an empty database to a profile.
func TestStory_FirstRun(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Empty: true})
	b := a.Browser()
	b.Open("/").At("/setup")
	b.Open("/setup?code=" + a.SetupCode())
	b.Submit("Create administrator", "Username", "Ann", "Name", "Ann Lee", "Email", "ann@example.org", "Password", "short")
	b.Is(422).Sees("There is a problem")
	if got := b.Value("Username"); got != "Ann" {
		t.Errorf("the form forgot the username: %q", got)
	}
	b.Submit("Create administrator", "Password", "a long red ferry ride")
	b.At("/security/authenticators/new")
	key := phone(t, b.Page)
	b.Submit("Turn on", "6-digit code", a.CodeFor(key))
	b.At("/security/recovery-codes")
	if got := codes(b.Page); len(got) != 10 {
		t.Fatalf("%d recovery codes, want 10", len(got))
	}
	b.Submit("Finish").Is(422)
	if got := b.Error("I have saved these codes somewhere safe"); got == "" {
		t.Error("no message at the tick box")
	}
	b.Submit("Finish", "I have saved these codes somewhere safe", "on").At("/admin").Sees("Set up Latchkey")
	b.Follow("Profile").At("/profile").Sees("Ann Lee", "ann@example.org")
	a.Browser().Get("/setup").Is(404)
}

// TestStory_SignIn signs in with a code, out, and in with a recovery code.
func TestStory_SignIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.Open("/security?x=1").At("/login?next=%2Fsecurity%3Fx%3D1")
	b.Submit("Sign in", "Username or email", "ALICE@example.org", "Password", alice.Password).At("/login/code")
	b.Submit("Continue", "Code", "12 34").Is(422)
	if got := b.Error("Code"); got != "The code must be 6 numbers" {
		t.Errorf("message at the code: %q", got)
	}
	code := alice.Code()
	b.Submit("Continue", "Code", code[:3]+" "+code[3:]).At("/security?x=1").Sees("Where you are signed in")
	b.Submit("Sign out").At("/login?notice=signed-out").Sees("You have signed out.")

	b.Submit("Sign in", "Username or email", "alice", "Password", alice.Password)
	b.Follow("Use a recovery code instead")
	typed := strings.ToLower(strings.ReplaceAll(alice.Codes[3], "-", " "))
	b.Submit("Continue", "Recovery code", typed).At("/profile").Sees("9 of 10 left")
}

// TestStory_Invitation goes from the link to the profile.
func TestStory_Invitation(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	bob := a.AddUser("bob", apptest.Invited)
	b := a.Browser()
	link := bob.Link(store.PurposeInvite)
	b.Open(link).At("/invite").Sees("Choose a password for bob")
	b.Open(link).At("/invite") // a second look uses nothing up
	b.Open("/").At("/invite")
	b.Submit("Set password", "New password", "bobbobbobbob").Is(422)
	b.Submit("Set password", "New password", "seven lamps on a pier").At("/security/authenticators/new")
	b.Open("/profile").At("/security/authenticators/new")
	key := phone(t, b.Page)
	b.Submit("Turn on", "6-digit code", a.CodeFor(key)).At("/security/recovery-codes")
	b.Open("/profile").At("/profile").Sees("bob")
	if got := a.Browser().Get(link).Status; got != 410 {
		t.Errorf("the used link answers %d, want 410", got)
	}
}

// TestStory_PasswordLink changes the password and leaves two-step verification on.
func TestStory_PasswordLink(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	old := a.Browser()
	old.SignIn(alice)
	b := a.Browser()
	b.Open(alice.Link(store.PurposePassword)).At("/reset")
	b.Submit("Set password", "New password", "seven lamps on a pier").At("/login?notice=password-changed")
	if old.SignedInAs(alice) {
		t.Error("the old session outlived the new password")
	}
	alice.Password = "seven lamps on a pier"
	b.SignIn(alice).At("/profile")
}

// TestStory_Security adds, renames and removes an app, makes new recovery codes
// and changes the password.
func TestStory_Security(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	a.Clock.Add(11 * time.Minute)
	b.Open("/security")
	b.Follow("Add an app").Sees("Confirm it is you")
	b.Submit("Continue", "Password", alice.Password, "Code", alice.Code()).At("/security/authenticators/new")
	key := phone(t, b.Page)
	b.Submit("Turn on", "Name for this app", "Tablet", "6-digit code", a.CodeFor(key))
	b.At("/security").Sees("Authenticator app Tablet is on.")
	b.Follow("Rename Tablet")
	b.Submit("Rename", "Name for this app", "Old tablet").Sees("Old tablet")
	b.Follow("Remove Old tablet")
	b.Submit("Remove app").At("/security").Sees("Old tablet has been removed")
	b.Follow("Make new codes")
	b.Submit("Make new codes").At("/security/recovery-codes")
	if got := codes(b.Page); len(got) != 10 || got[0] == alice.Codes[0] {
		t.Errorf("not ten new codes: %v", got)
	}
	b.Open("/security")
	b.Follow("Change password")
	b.Submit("Change password", "Current password", alice.Password, "New password", "seven lamps on a pier").At("/security")
	alice.Password = "seven lamps on a pier"
	a.Browser().SignIn(alice).At("/profile")
}
