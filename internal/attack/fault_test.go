package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// writes are the statements that signing in needs, by the step that needs them.
const writes = `
password    limits            INSERT
password    audit_log         INSERT
password    pending_sign_ins  INSERT
wrong       limits            INSERT
wrong       audit_log         INSERT
unknown     limits            INSERT
unknown     audit_log         INSERT
code        limits            INSERT
code        pending_sign_ins  UPDATE
code        authenticators    UPDATE
code        limits            DELETE
code        pending_sign_ins  DELETE
code        sessions          INSERT
code        users             UPDATE
code        browsers          INSERT
code        audit_log         INSERT
recovery    limits            INSERT
recovery    recovery_codes    UPDATE
recovery    sessions          INSERT
recovery    audit_log         INSERT
`

// step takes one step of signing in, in a new browser.
func step(a *apptest.App, u *apptest.User, what string) *apptest.Page {
	a.Clock.Add(30 * time.Second)
	switch what {
	case "password":
		return a.Browser().Post("/login", "username", u.Username, "password", u.Password)
	case "wrong":
		return guess(a.Browser(), u.Username)
	case "unknown":
		return guess(a.Browser(), "nobody-here")
	case "code":
		return halves(a, u, 1)[0].Post("/login/code", "code", u.Code())
	}
	return halves(a, u, 1)[0].Post("/login/recovery", "recovery_code", u.Codes[0])
}

// TestAU10_StorageErrorsDeny breaks them one after the other.
func TestAU10_StorageErrorsDeny(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	known := a.Browser()
	known.SignIn(alice)
	for line := range strings.Lines(strings.TrimSpace(writes)) {
		f := strings.Fields(line)
		what := fmt.Sprintf("%s with a broken %s of %s", f[0], f[2], f[1])
		repair := breakTable(t, a, f[1], f[2])
		denied(t, what, step(a, alice, f[0]))
		if !known.SignedInAs(alice) {
			t.Errorf("%s: reading stopped", what)
		}
		repair()
		if n := sessions(t, a, alice); n != 1 {
			t.Errorf("%s: a session came of it", what)
		}
	}
	if n := number(t, a, `SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL`); n != 0 {
		t.Errorf("%d recovery codes were used up by tries that failed", n)
	}
	a.Browser().SignIn(alice).At("/profile")
}

// TestLO02_NothingChangesWithoutItsAuditRow breaks the audit log and tries every
// change that a person can make.
func TestLO02_NothingChangesWithoutItsAuditRow(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, nell, bob := a.AddUser("alice"), a.AddUser("nell", apptest.NoPhone), a.AddUser("bob")
	b, enrolling, admin, followed := a.Browser(), a.Browser(), a.Browser(), a.Browser()
	b.SignIn(alice)
	admin.SignIn(a.Admin)
	enrolling.Password(nell)
	key, id := enrolment(t, enrolling)
	followed.Get(bob.Link(store.PurposePassword))
	repair := breakTable(t, a, "audit_log", "INSERT")
	forgive(t, a)
	state := rows(t, a) + fmt.Sprint(alice.Now(), nell.Now(), bob.Now(), a.Admin.Now())
	users := "/admin/users/" + bob.ID
	for what, p := range map[string]*apptest.Page{
		"enrolling":   enrolling.Clone().Post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", a.CodeFor(key)),
		"password":    b.Clone().Post("/security/password", "current_password", alice.Password, "new_password", newPassword),
		"new codes":   b.Clone().Post("/security/recovery-codes/new"),
		"profile":     b.Clone().Post("/profile/edit", "name", "Changed", "email", alice.Email),
		"end others":  b.Clone().Post("/security/sessions/end-others"),
		"sign out":    b.Clone().Post("/logout"),
		"reset":       followed.Clone().Post("/reset", "new_password", newPassword),
		"add":         admin.Clone().Post("/admin/users/new", "username", "carl", "name", "", "email", "", "role", "user", "first_sign_in", "link"),
		"edit":        admin.Clone().Post(users+"/edit", "username", "bob", "name", "Changed", "email", "", "role", "user", "version", fmt.Sprint(bob.Now().Version)),
		"promote":     admin.Clone().Post(users+"/edit", "username", "bob", "name", "Bob", "email", bob.Email, "role", "admin", "version", fmt.Sprint(bob.Now().Version)),
		"disable":     admin.Clone().Post(users + "/disable"),
		"delete":      admin.Clone().Post(users+"/delete", "confirm_username", "bob"),
		"reset steps": admin.Clone().Post(users+"/reset-two-step", "reason", "lost"),
		"link":        admin.Clone().Post(users + "/password-link"),
		"unlock":      admin.Clone().Post(users + "/unlock"),
		"sign out u":  admin.Clone().Post(users + "/sign-out"),
		"settings":    admin.Clone().Post("/admin/settings/general", "instance_name", "Changed"),
	} {
		denied(t, what, p)
	}
	// What was tried is counted before anything else; nothing else may differ.
	forgive(t, a)
	if after := rows(t, a) + fmt.Sprint(alice.Now(), nell.Now(), bob.Now(), a.Admin.Now()); after != state {
		t.Errorf("something changed:\n%s\n%s", state, after)
	}
	if got := a.Site.Settings().InstanceName; got != "Latchkey" {
		t.Errorf("the instance is called %s", got)
	}
	repair()
	b.Post("/profile/edit", "name", "Changed", "email", alice.Email).Redirects("/profile")
}

// TestAV04_FullDisk lets only the COMMIT fail.
func TestAV04_FullDisk(t *testing.T) {
	apptest.OnFile(t) // elsewhere the outcome of a commit that fails is known
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	half := halves(a, alice, 1)[0]
	a.Clock.Add(30 * time.Second)
	code := alice.Code()
	mendSessions, mendMeta := breakCommit(t, a, "sessions"), breakCommit(t, a, "meta")
	denied(t, "the code", half.Clone().Post("/login/code", "code", code))
	// The outcome of that commit is unknown, and the probe fails: nothing is
	// written, whatever table it is for.
	denied(t, "a password", a.Browser().Post("/login", "username", "alice", "password", alice.Password))
	denied(t, "a wrong password", guess(a.Browser(), "alice"))
	a.Browser().Get("/readyz").Is(http.StatusServiceUnavailable)
	a.Browser().Get("/healthz").Is(http.StatusOK)
	if !b.SignedInAs(alice) {
		t.Error("reading stopped")
	}
	b.Clone().Get("/security").Is(http.StatusOK)
	if n := sessions(t, a, alice); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
	mendMeta()
	a.Clock.Add(time.Second) // for so long the last answer counts
	a.Browser().Get("/readyz").Is(http.StatusOK)
	denied(t, "the code again", half.Clone().Post("/login/code", "code", code))
	mendSessions()
	half.Post("/login/code", "code", code).Redirects("/profile") // no restart, and nothing was used up
}

// TestAV04_ReadingGoesOnForLong looks at pages later than the minute after which
// the use of a session is written down.
func TestAV04_ReadingGoesOnForLong(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	repair := breakTable(t, a, "sessions", "UPDATE")
	a.Clock.Add(5 * time.Minute)
	for _, path := range []string{"/profile", "/security", "/security/activity", "/profile/edit"} {
		b.Clone().Get(path).Is(http.StatusOK)
	}
	repair()
	a.Clock.Add(time.Minute)
	b.Get("/profile").Is(http.StatusOK)
	a.Clock.Add(59 * time.Minute)
	if !b.SignedInAs(alice) {
		t.Error("the use of the session was not written down afterwards")
	}
}

// TestAV05_LockedDatabase has somebody else hold the database.
func TestAV05_LockedDatabase(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	letGo := a.Hold()
	denied(t, "a password", a.Browser().Post("/login", "username", "alice", "password", alice.Password))
	if !b.SignedInAs(alice) {
		t.Error("reading stopped")
	}
	letGo()
	a.Browser().SignIn(alice).At("/profile")
}
