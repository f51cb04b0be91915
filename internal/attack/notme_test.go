package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// victim is somebody of whom everything is there that somebody else could hold.
func victim(t *testing.T, a *apptest.App) (alice *apptest.User, b *apptest.Browser, links []string) {
	t.Helper()
	alice = a.AddUser("alice")
	b, half := a.Browser(), a.Browser()
	b.SignIn(alice)
	a.Browser().SignIn(alice)
	half.Password(alice).Redirects("/login/code")
	now := a.Clock.Now()
	a.Tx(func(tx *store.Tx) error {
		if err := tx.SetPendingEmail(alice.ID, "new@example.net"); err != nil {
			return err
		}
		if err := tx.Remember(secret.HashToken(b.Cookies[a.CookieName("latchkey-browser")]), "v", alice.ID, now.Add(24*time.Hour)); err != nil {
			return err
		}
		_, err := tx.AddRequest(store.Request{ID: "r1", UserID: alice.ID, Made: now, Opens: now, Ends: now.Add(24 * time.Hour), Message: "lost", Contact: "desk"})
		return err
	})
	return alice, b, []string{
		alice.Link(store.PurposePassword), alice.LinkAbout(store.PurposeEmail, "new@example.net"), alice.LinkAbout(store.PurposePhone, "r1"),
	}
}

// wantNothingLeft wants that nobody holds anything of the user any more.
func wantNothingLeft(t *testing.T, a *apptest.App, u *apptest.User, links []string) {
	t.Helper()
	for what, query := range map[string]string{
		"sessions": `SELECT count(*) FROM sessions WHERE user_id = $1`, "pending sign-ins": `SELECT count(*) FROM pending_sign_ins WHERE user_id = $1`,
		"known or remembered browsers": `SELECT count(*) FROM browsers WHERE user_id = $1`,
		"links":                        `SELECT count(*) FROM links WHERE user_id = $1 AND purpose NOT IN ('not-me', 'cancel')`,
		"addresses that wait":          `SELECT count(*) FROM users WHERE id = $1 AND email_pending <> ''`,
		"requests":                     `SELECT count(*) FROM requests WHERE user_id = $1 AND status <> 'cancelled'`,
	} {
		if n := number(t, a, query, u.ID); n != 0 {
			t.Errorf("%d %s left, want none", n, what)
		}
	}
	for _, link := range links {
		a.Browser().Get(link).Is(http.StatusGone)
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'user.not-me' AND subject_id = $1`, u.ID); n != 1 {
		t.Errorf("%d rows user.not-me, want 1", n)
	}
}

// wantClosed wants the password to open nothing, and a new one to open again.
func wantClosed(t *testing.T, a *apptest.App, u *apptest.User) {
	t.Helper()
	a.Browser().Post("/login", "username", u.Username, "password", u.Password).Is(422)
	forgive(t, a)
	b := a.Browser()
	b.Open(u.Link(store.PurposePassword)).At("/reset")
	b.Submit("Set password", "New password", newPassword).At("/login?notice=password-changed")
	u.Password = newPassword
	b.SignIn(u).At("/profile")
}

// TestAU13_NotMeFromAStaleSession: it only takes away, so no proof is asked for.
func TestAU13_NotMeFromAStaleSession(t *testing.T) {
	t.Parallel()
	for name, withMail := range map[string]bool{"mail": true, "no mail": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Mail: withMail})
			alice, b, links := victim(t, a)
			a.Clock.Add(11 * time.Minute)
			b.Open("/security/activity")
			b.Follow("This was not me").At("/security/not-me")
			if !b.SignedInAs(alice) || !alice.Now().PasswordClosed.IsZero() {
				t.Fatal("asking was enough")
			}
			b.Submit("Sign out everywhere").Sees("You are signed out everywhere", "Your password no longer works.")
			if got := b.Has("Choose a new password"); got != withMail {
				t.Errorf("a link to choose a new password: %v, want %v", got, withMail)
			}
			if b.Session() != "" {
				t.Error("the cookie stays")
			}
			wantNothingLeft(t, a, alice, links)
			admin := a.Browser()
			admin.SignIn(a.Admin)
			admin.Open("/admin").Sees("1 user said “this was not me” and has not chosen a new password yet.")
			admin.Follow("See what happened").Sees("Said “This was not me”", "alice")
			if withMail {
				m := mailed(a, a.Admin.Email, "A user says: this was not me")
				if !strings.Contains(m.Text, "/admin/users/"+alice.ID) {
					t.Errorf("the administrators are not led to the user:\n%s", m.Text)
				}
			}
			wantClosed(t, a, alice)
			admin.Open("/admin").SeesNot("this was not me” and has not")
		})
	}
}

// TestAU13_NotMeFromTheMail follows the link of a warning on a device that is not
// signed in, twenty-nine days and a change of the password later.
func TestAU13_NotMeFromTheMail(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, b, _ := victim(t, a)
	b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	link := linkIn(a, mailed(a, alice.Email, "New recovery codes were made"), "/not-me")
	b.Post("/security/password", "current_password", alice.Password, "new_password", "eight lamps on a pier").Redirects("/security")
	alice.Password = "eight lamps on a pier"
	a.Clock.Add(29 * 24 * time.Hour)
	phone := a.Browser()
	for range 3 {
		a.Browser().Get(link).Redirects("/not-me")
	}
	phone.Open(link).At("/not-me").Sees("New recovery codes were made", "You are signed out in every browser")
	if !alice.Now().PasswordClosed.IsZero() {
		t.Fatal("looking at the page closed the password")
	}
	phone.Submit("Sign out everywhere").At("/not-me/done?way=forgot")
	phone.Follow("Choose a new password").At("/forgot")
	wantNothingLeft(t, a, alice, nil)
	a.Browser().Get(link).Is(http.StatusGone)
	m := mailed(a, a.Admin.Email, "A user says: this was not me")
	if !strings.Contains(m.Text, "New recovery codes were made") {
		t.Errorf("the administrators do not read what it is about:\n%s", m.Text)
	}
	wantClosed(t, a, alice)
	b.SignIn(alice)
	b.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	late := linkIn(a, mailed(a, alice.Email, "New recovery codes were made"), "/not-me")
	a.Clock.Add(30 * 24 * time.Hour)
	a.Browser().Get(late).Is(http.StatusGone)
}

// TestAU13_NotMeWorksOnceInACrowd races one link, and one session.
func TestAU13_NotMeWorksOnceInACrowd(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	link := alice.Link(store.PurposeNotMe)
	all := browsers(a, crowd, func(b *apptest.Browser) { b.Get(link).Redirects("/not-me") })
	once(t, "the link", "/not-me/done?way=forgot", race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/not-me") }))
	b := a.Browser()
	b.SignIn(bob)
	all = clones(b, crowd)
	pages := race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/security/not-me") })
	if leadingTo("/not-me/done?way=forgot", pages) == 0 || sessions(t, a, bob) != 0 || bob.Now().PasswordClosed.IsZero() {
		t.Errorf("a session of %s did not end everything: %s", bob.Username, answers(pages))
	}
	if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'user.not-me' AND subject_id = $1`, alice.ID); n != 1 {
		t.Errorf("%d rows user.not-me, want 1", n)
	}
}

// TestAU13_LastAdministratorKeepsThePassword: everything else happens.
func TestAU13_LastAdministratorKeepsThePassword(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mail: true})
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open("/security/not-me").Sees("Your password keeps working")
	before := a.Admin.Now().CredVersion
	b.Submit("Sign out everywhere").Sees("Your password still works", "change it now")
	if n := sessions(t, a, a.Admin); n != 0 || !a.Admin.Now().PasswordClosed.IsZero() {
		t.Errorf("%d sessions, closed at %v", n, a.Admin.Now().PasswordClosed)
	}
	if a.Admin.Now().CredVersion == before {
		t.Error("what was issued before is not dead by its version")
	}
	a.Browser().SignIn(a.Admin).At("/profile")

	// Two who say so at the same moment: one of them stays usable.
	second := a.AddUser("second", apptest.Administrator)
	all := append(clones(signedInAs(a, a.Admin), crowd/2), clones(signedInAs(a, second), crowd/2)...)
	race(t, crowd, func(i int) *apptest.Page { return all[i].Post("/security/not-me") })
	if first, other := a.Admin.Now().PasswordClosed.IsZero(), second.Now().PasswordClosed.IsZero(); first == other {
		t.Errorf("the first can sign in: %v, the second: %v; want one of them", first, other)
	}
}

func signedInAs(a *apptest.App, u *apptest.User) *apptest.Browser {
	b := a.Browser()
	b.SignIn(u)
	return b
}

// TestMA08_ThiefsAddressGetsNoReset: somebody with the session and the phone confirms an
// address of their own, and the owner says so by the warning in the old mailbox.
func TestMA08_ThiefsAddressGetsNoReset(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		subject string
		before  bool // the warning is from before the thief's change
		way     string
	}{
		"the change's own warning":         {changedSubject, false, "administrator"},
		"a warning from before":            {askedSubject, false, "administrator"},
		"a warning to the present address": {"New recovery codes were made", true, "forgot"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{Mail: true})
			alice := a.AddUser("alice")
			thief := signedInAs(a, alice)
			asksFor(thief, "thief@example.net").Redirects("/profile")
			to := alice.Email
			reader := a.Browser()
			reader.Open(linkIn(a, mailed(a, "thief@example.net", confirmSubject), "/email"))
			reader.Submit("Confirm address")
			if c.before {
				a.Clock.Add(time.Minute)
				thief.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
				to = "thief@example.net"
			}
			owner := a.Browser()
			owner.Open(linkIn(a, mailed(a, to, c.subject), "/not-me"))
			owner.Submit("Sign out everywhere").At("/not-me/done?way=" + c.way)
			a.Clock.Add(2 * time.Hour)
			a.Browser().Post("/forgot", "username", "alice")
			if _, ok := post(a, "thief@example.net", resetSubject); ok != c.before {
				t.Errorf("a reset went to the new address: %v", ok)
			}
		})
	}
}
