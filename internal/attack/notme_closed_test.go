package attack

import (
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/password"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// TestAU13_AClosedPasswordThatCannotBeCompared: the new password cannot be held against the
// closed one if that takes more memory than this machine has, or is broken. The person
// still gets one, since nobody but the operator could help else, and is told; so are the
// administrators and the log.
func TestAU13_AClosedPasswordThatCannotBeCompared(t *testing.T) {
	t.Parallel()
	dear := apptest.Cost
	dear.MemoryKiB *= 3
	small := password.NewHasher(apptest.Cost, int64(apptest.Cost.MemoryKiB)*1024*2)
	t.Cleanup(small.Close)
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) { s.Hasher = small }})
	for name, hash := range map[string]string{"dear": dear.Hash(newPassword), "broken": "$argon2id$"} {
		u := a.AddUser(name)
		change(t, a, `UPDATE users SET password_hash = ?, password_closed_at = 1 WHERE id = ?`, hash, u.ID)
		b := a.Browser()
		b.Open(u.Link(store.PurposePassword))
		b.Submit("Set password", "New password", newPassword).At("/login?notice=password-uncompared").
			Sees("Your password has been changed.", "could not be compared")
		if got := text(t, a, `SELECT count(*) FROM audit_log WHERE subject_id = ? AND event = 'password.reset' AND details LIKE '%`+audit.ReasonUncompared+`%'`, u.ID); got != "1" {
			t.Errorf("%s: %s rows of the audit log say that it was not compared, want 1", name, got)
		}
		if log := a.Log.Trouble(); !strings.Contains(log, "cannot be compared") || !strings.Contains(log, u.ID) {
			t.Errorf("%s: the log does not say so:\n%s", name, log)
		}
	}
}
