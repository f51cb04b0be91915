package e2e

import (
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// TestSE13_BackAfterSignOutShowsNothing, with the back/forward cache of this
// browser on, with scripts and without.
func TestSE13_BackAfterSignOutShowsNothing(t *testing.T) {
	t.Parallel()
	need(t, whole)
	for name, script := range map[string]bool{"with script": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			alice := a.AddUser("alice")
			b := signedInTab(newTabOf(t, whole, a.URL), a, alice)
			if !script {
				b.noScript()
			}
			b.open("/security").open("/profile").sees(alice.Email)
			b.signOut().at("/login?notice=signed-out")
			for b.canGoBack() {
				b.back().seesNot(alice.Email, "Member since", "Where you are signed in")
				if b.restored() {
					t.Errorf("%s came out of the back/forward cache", b.path())
				}
			}
		})
	}
}

// TestUX22_BackToAForm shows that the history works at all here: without a
// session in play, the page before comes back with what it said.
func TestUX22_BackToAForm(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := newTabOf(t, whole, a.URL)
	b.open("/login").follow("Help signing in").at("/help").back().at("/login").sees("Username or email")
}

// TestOT06_BackAfterEnrolmentShowsNoKey: neither the key that was confirmed nor,
// after the codes are saved, the codes come back.
func TestOT06_BackAfterEnrolmentShowsNoKey(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	nora := a.AddUser("nora", apptest.NoPhone)
	b := newTabOf(t, whole, a.URL)
	b.open("/login").fill("Username or email", "nora", "Password", nora.Password).press("Sign in")
	b.at("/security/authenticators/new")
	key := eval[string](b, "document.getElementById('key').textContent")
	b.fill("6-digit code", codeOnScreen(b, a)).press("Turn on").at("/security/recovery-codes")
	codes := recoveryCodes(b)
	b.back().seesNot(key)
	b.open("/security/recovery-codes").sees(codes[0]) // still there until they are saved
	b.tick("I have saved these codes somewhere safe").press("Finish").at("/profile")
	for b.canGoBack() {
		b.back().seesNot(key, codes[0])
	}
	b.open("/security/recovery-codes").at("/security").seesNot(codes[0])
}

// TestOT08_TwoTabs: the app that is switched on is the one whose key the tab
// showed that confirmed it; a tab with an older key shows the one in force.
func TestOT08_TwoTabs(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	nora := a.AddUser("nora", apptest.NoPhone)
	key := "document.getElementById('key').textContent"
	one := newTab(t, a.URL)
	one.open("/login").fill("Username or email", "nora", "Password", nora.Password).press("Sign in")
	if two := one.sibling().open("/security/authenticators/new"); eval[string](one, key) != eval[string](two, key) {
		t.Error("one sign-in shows two keys")
	}
	three := one.sibling().open("/login").fill("Username or email", "nora", "Password", nora.Password).press("Sign in")
	if eval[string](one, key) == eval[string](three, key) {
		t.Fatal("two sign-ins show one key, so this test sees nothing")
	}
	// The code is right for the key in force, but this tab never showed that one.
	one.fill("6-digit code", codeOnScreen(three, a)).press("Turn on").at("/security/authenticators/new")
	if nora.Now().Authenticators != 0 {
		t.Fatal("a key is switched on that the tab did not show")
	}
	if got, want := eval[string](one, key), eval[string](three, key); got != want {
		t.Errorf("the first tab goes on with %s, want the key in force, %s", got, want)
	}
	three.fill("6-digit code", codeOnScreen(three, a)).press("Turn on").at("/security/recovery-codes")
	used := eval[string](one, key)
	one.fill("6-digit code", codeOnScreen(one, a)).press("Turn on").seesNot(used)
	if got := nora.Now().Authenticators; got != 1 {
		t.Errorf("%d authenticators, want 1", got)
	}
}

// TestUX21_ExpiredPendingSignIn: who took too long begins again.
func TestUX21_ExpiredPendingSignIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := newTab(t, a.URL)
	b.open("/login?next=%2Fsecurity").fill("Username or email", "alice", "Password", alice.Password).press("Sign in")
	a.Clock.Add(11 * time.Minute)
	b.fill("Code", alice.Code()).press("Continue")
	b.at("/login?notice=too-slow").sees("That took too long. Sign in again.")
	b.quiet("expired")
}

// TestUX26_ExpiredSession: a form sent after the session is over leads back to its
// page by way of the sign-in.
func TestUX26_ExpiredSession(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedIn(t, a, alice)
	b.open("/profile/edit")
	a.Clock.Add(2 * time.Hour)
	b.fill("Name", "Alice Two").press("Save changes").sees("You were signed out because you were inactive.")
	b.fill("Username or email", "alice", "Password", alice.Password).press("Sign in")
	b.fill("Code", alice.Code()).press("Continue").at("/profile/edit?kept=1")
	if got := alice.Now().Name; got != "Alice" {
		t.Errorf("the form of a dead session changed the name to %s", got)
	}
}

// TestSE13_BackShowsNoLinkAgain: the page with a one-time link is shown once, with
// scripts and without, however the administrator leaves it.
func TestSE13_BackShowsNoLinkAgain(t *testing.T) {
	t.Parallel()
	need(t, whole)
	for name, leave := range map[string]func(*tab){
		"done":           func(b *tab) { b.follow("Done") },
		"menu":           func(b *tab) { b.follow("Audit log") },
		"typed":          func(b *tab) { b.open("/help") },
		"without script": func(b *tab) { b.follow("Done") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			alice := a.AddUser("alice")
			b := signedInTab(newTabOf(t, whole, a.URL), a, a.Admin)
			if name == "without script" {
				b.noScript()
			}
			b.open("/admin/users/" + alice.ID + "/password-link").press("Show the link")
			link := eval[string](b, "document.getElementById('link').textContent")
			b.sees(link)
			leave(b)
			for b.canGoBack() {
				b.back().seesNot(link)
			}
		})
	}
}
