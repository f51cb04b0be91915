package attack

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/password"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// TestAU13_AClosedPasswordThatIsBroken: the new password cannot be held against the closed
// one if that is broken. The person still gets one, since nobody could help else, and is
// told; so are the administrators and the log.
func TestAU13_AClosedPasswordThatIsBroken(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	u := closedPassword(t, a, "$argon2id$")
	b := a.Browser()
	b.Open(u.Link(store.PurposePassword))
	b.Submit("Set password", "New password", newPassword).At("/login?notice=password-uncompared").
		Sees("Your password has been changed.", "could not be compared")
	if got := text(t, a, `SELECT count(*) FROM audit_log WHERE subject_id = $1 AND event = 'password.reset' AND details LIKE '%`+audit.ReasonUncompared+`%'`, u.ID); got != "1" {
		t.Errorf("%s rows of the audit log say that it was not compared, want 1", got)
	}
	logsUncompared(t, a, u)
}

// TestAU13_AClosedPasswordThatTakesTooMuchMemory: where only the memory to compare is
// missing, the password that somebody else knows is not chosen again, nor any other; with
// more memory the same link works.
func TestAU13_AClosedPasswordThatTakesTooMuchMemory(t *testing.T) {
	t.Parallel()
	dear := apptest.Cost
	dear.MemoryKiB *= 3
	enough, small := password.NewHasher(apptest.Cost, 0), password.NewHasher(apptest.Cost, int64(apptest.Cost.MemoryKiB)*1024*2)
	t.Cleanup(small.Close)
	t.Cleanup(enough.Close)
	here := small
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) { s.Hasher = here }})
	u := closedPassword(t, a, dear.Hash(newPassword))
	b, link := a.Browser(), u.Link(store.PurposePassword)
	for _, typed := range []string{newPassword, "another good phrase of hers"} {
		b.Open(link)
		b.Submit("Set password", "New password", typed).Is(http.StatusConflict).Sees("Your password was not changed", "too little memory")
		if closed, err := a.DB.ClosedHash(u.ID); closed == "" || err != nil {
			t.Fatalf("%q was chosen: %v", typed, err)
		}
	}
	logsUncompared(t, a, u)
	here = enough
	a.Restart()
	b.Open(link)
	b.Submit("Set password", "New password", newPassword).Sees("somebody else may know this one")
	b.Submit("Set password", "New password", "another good phrase of hers").At("/login?notice=password-changed")
}

// closedPassword is a user who closed the password that hash is of.
func closedPassword(t *testing.T, a *apptest.App, hash string) *apptest.User {
	t.Helper()
	u := a.AddUser("alice")
	change(t, a, `UPDATE users SET password_hash = $1, password_closed_at = 1 WHERE id = $2`, hash, u.ID)
	return u
}

func logsUncompared(t *testing.T, a *apptest.App, u *apptest.User) {
	t.Helper()
	if log := a.Log.Trouble(); !strings.Contains(log, "cannot be compared") || !strings.Contains(log, u.ID) {
		t.Errorf("the log does not say so:\n%s", log)
	}
}
