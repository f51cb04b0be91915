package attack

import (
	"net/http"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// elsewhere opens a path as a link on another site does.
func elsewhere(b *apptest.Browser, path string) *apptest.Page { return glances()[1].at(b, path) }

// TestWE04_ForeignLinkDoesNotTakeASignInsPlace is login CSRF: while somebody signs in, a
// foreign page opens a link that is for a stranger, who knows its password afterwards.
func TestWE04_ForeignLinkDoesNotTakeASignInsPlace(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, nell := a.AddUser("alice"), a.AddUser("nell", apptest.NoPhone)
	mallory := a.AddUser("mallory")
	for _, l := range links() {
		stranger := mallory
		if l.purpose == store.PurposeInvite {
			stranger = a.AddUser("mallet", apptest.Invited)
		}
		path := stranger.Link(l.purpose)
		b := a.Browser()
		b.Password(alice).Redirects(toCode)
		pending := b.Pending()
		elsewhere(b, path).Is(http.StatusOK).Sees("You are in the middle of signing in as alice.", "This link is for "+stranger.Username, "Go on signing in as alice")
		if b.Pending() != pending {
			t.Fatalf("%s: the pending sign-in was replaced", l.route)
		}
		b.Follow("Go on signing in as alice").At(toCode)
		a.Clock.Add(time.Minute)
		b.Post(toCode, "code", alice.Code()).Redirects(toProfile)
		if !b.SignedInAs(alice) {
			t.Errorf("%s: the right code did not sign alice in", l.route)
		}
		// An enrolment goes on too.
		n := a.Browser()
		n.Password(nell).Redirects(toEnrol)
		elsewhere(n, path).Is(http.StatusOK).Sees("setting up an authenticator app for nell")
		n.Get(toEnrol).Is(http.StatusOK)
		// An administrator who wants the link says so.
		elsewhere(n, path)
		n.Submit("Use the link for " + stranger.Username).At(l.to)
		forgive(t, a)
	}
}

// TestWE04_OneLinkAfterAnother follows links in the middle of another, of the same one
// and of one that is over.
func TestWE04_OneLinkAfterAnother(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	first, second := alice.Link(store.PurposePassword), bob.Link(store.PurposePassword)
	b := a.Browser()
	elsewhere(b, first).Redirects("/reset")
	pending := b.Pending()
	elsewhere(b, first).Redirects("/reset") // opened twice: nothing to ask
	elsewhere(b, second).Is(http.StatusOK).Sees("choosing a password for alice", "for bob")
	if b.Pending() != pending {
		t.Fatal("the second link replaced the first")
	}
	b.Post(second).Redirects("/reset")
	b.Get("/reset").Sees("bob")
	elsewhere(b, bob.Link(store.PurposeNotMe)).Is(http.StatusOK).Sees("This link is for the same user.")
	b.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	elsewhere(b, first).Redirects("/reset") // nothing is under way any more
	over := a.Browser()
	over.Get(bob.Link(store.PurposePassword)).Redirects("/reset")
	bob.Link(store.PurposePassword) // the one before is over by that
	elsewhere(over, first).Redirects("/reset")
}

// TestWE04_LinkInsteadNeedsOurForm sends the form that replaces from elsewhere.
func TestWE04_LinkInsteadNeedsOurForm(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	b := a.Browser()
	b.Password(alice).Redirects(toCode)
	r := b.Request(http.MethodPost, bob.Link(store.PurposePassword), nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://evil.example")
	b.Send(r).Is(http.StatusForbidden)
	b.Get(toCode).Is(http.StatusOK)
	link := bob.Link(store.PurposePassword)
	all := clones(b, crowd)
	race(t, crowd, func(i int) *apptest.Page { return all[i].Post(link) })
	if n := number(t, a, `SELECT count(*) FROM pending_sign_ins WHERE user_id = $1`, alice.ID); n != 0 {
		t.Errorf("%d pending sign-ins of alice are left", n)
	}
	all[0].Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
	all[1].Post("/reset", "new_password", newPassword).Redirects("/login?notice=link-over")
}

// TestWE05_ShownOnceWaitsForItsReader looks at a link that is shown once in all the ways
// that are not its reader's, and then as its reader.
func TestWE05_ShownOnceWaitsForItsReader(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	admin := signedInAs(a, a.Admin)
	path := "/admin/users/" + a.AddUser("bob").ID
	admin.Post(path+"/password-link", "reason", "").Redirects(path + "/password-link")
	for _, g := range glances() {
		if n := g.at(admin, path+"/password-link").Doc().Find("#link").Length(); n != 0 {
			t.Errorf("%s shows the link", g.name)
		}
	}
	r := admin.Request(http.MethodGet, path+"/password-link", nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if n := admin.Send(r).Doc().Find("#link").Length(); n != 1 {
		t.Error("its reader does not see the link")
	}
	if n := admin.Get(path + "/password-link").Doc().Find("#link").Length(); n != 0 {
		t.Error("the link is shown twice")
	}
	admin.Post(path+"/disable", "reason", "").Redirects(path)
	for _, g := range glances() {
		g.at(admin, path).SeesNot("is disabled. Undo")
	}
	admin.Get(path).Sees("is disabled.")
}
