package e2e

import (
	"slices"
	"strings"
	"testing"
)

const (
	password      = "nine tall herons wading"
	guestPassword = "seven lamps on a pier"
)

// TestWE02_StoryWithoutScript walks from an empty folder to a second person's
// profile with scripts off, in the real program.
func TestWE02_StoryWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless, "zbarimg", "oathtool")
	s := serve(t)
	b := newTab(t, s.url).noScript()

	app, codes := setUp(b, s)
	b.sees("Ann Lee", "ann@example.org").signOut().at("/login?notice=signed-out").sees("You have signed out.")
	wrongCode(b, app)
	b.fill("Code", app.code()).press("Continue").at("/profile").sees("Ann Lee")

	b.signOut().fill("Username or email", "ann@example.org", "Password", password).press("Sign in")
	b.follow("Use a recovery code instead").fill("Recovery code", strings.ToLower(codes[2])).press("Continue")
	b.at("/profile").sees("You used a recovery code. 9 of 10 left.")

	invitee(newTab(t, s.url).noScript(), invite(b))
	b.follow("Users").sees("Bob Fry", "Ann Lee")
	if got := b.console(); len(got) > 0 {
		t.Errorf("the console says %q", got)
	}
	if got := b.foreign(s.url); len(got) > 0 {
		t.Errorf("asked others for %q", got)
	}
}

// setUp makes Ann the first administrator.
func setUp(b *tab, s server) (*phone, []string) {
	b.t.Helper()
	b.open(s.setup).fill("Username", "ann", "Name", "Ann Lee", "Email", "ann@example.org", "Password", password)
	b.press("Create administrator").at("/security/authenticators/new")
	app := b.scan()
	if got := app.uri.Query().Get("issuer"); got != "Latchkey" || !strings.HasSuffix(app.uri.Path, "ann") || len(app.key()) != 20 {
		b.t.Errorf("the QR code says %s", app.uri)
	}
	if key := strings.ReplaceAll(eval[string](b, "document.getElementById('key').innerText"), " ", ""); key != app.secret() {
		b.t.Errorf("the QR code holds %s, the key below it is %s", app.secret(), key)
	}
	b.fill("6-digit code", app.code()).press("Turn on").at("/security/recovery-codes")
	codes := recoveryCodes(b)
	b.press("Finish").sees("Tick the box when you have saved the codes")
	b.tick("I have saved these codes somewhere safe").press("Finish").at("/admin")
	b.open("/profile")
	return app, codes
}

func recoveryCodes(b *tab) []string {
	b.t.Helper()
	codes := eval[[]string](b, "[...document.querySelectorAll('#codes li')].map((e) => e.innerText)")
	if len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		b.t.Fatalf("not ten recovery codes: %q", codes)
	}
	return codes
}

// wrongCode goes as far as the code and gets it wrong once.
func wrongCode(b *tab, app *phone) {
	b.t.Helper()
	b.fill("Username or email", "ann", "Password", password).press("Sign in").at("/login/code")
	b.fill("Code", app.wrong()).press("Continue").sees("There is a problem", "That code is not right.")
	if got := b.title(); got != "Error: Enter your code · Latchkey" {
		b.t.Errorf("after a wrong code the title is %q", got)
	}
	b.follow("That code is not right. Check the app shows Latchkey, and that your phone's clock is set automatically.")
	if got := eval[string](b, "document.querySelector(':target').name + document.getElementById('code').value"); got != "code" {
		b.t.Errorf("the summary leads to %q, want the empty field of the code", got)
	}
}

// invite adds Bob and returns the link.
func invite(b *tab) string {
	b.t.Helper()
	b.follow("Users").at("/admin/users").follow("Add user")
	b.fill("Username", "bob", "Name", "Bob Fry", "Email", "bob@example.org").press("Add user")
	return eval[string](b, "document.getElementById('link').innerText")
}

// invitee follows the link and gets no further without an authenticator.
func invitee(b *tab, link string) {
	b.t.Helper()
	b.open(link).at("/invite").sees("bob")
	b.fill("New password", guestPassword).press("Set password").at("/security/authenticators/new")
	b.open("/profile").at("/security/authenticators/new")
	app := b.scan()
	b.fill("Name for this app", "Tablet", "6-digit code", app.code()).press("Turn on").at("/security/recovery-codes")
	recoveryCodes(b)
	b.tick("I have saved these codes somewhere safe").press("Finish").at("/profile").sees("Bob Fry")
	b.open("/admin/users").sees("Page not found")
	b.open(link).sees("This link has been used")
}
