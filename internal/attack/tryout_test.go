package attack

import (
	"net/http"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
)

// TestAU04_StolenSessionDoesNotCloseTheRecoveryRoad tries recovery codes out, waiting
// as it must. The session ends long before codes are refused for good.
func TestAU04_StolenSessionDoesNotCloseTheRecoveryRoad(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	thief := a.Browser()
	thief.SignIn(alice)
	for range auth.LimitOf(auth.BucketRecovery).Ceiling {
		thief.Post("/security/recovery-codes/try", "recovery_code", "AAAA-AAAA-AAAA-AAAA")
		a.Clock.Add(16 * time.Minute)
	}
	if thief.SignedInAs(alice) {
		t.Error("twenty wrong codes did not end the session")
	}
	owner := a.Browser()
	owner.Password(alice).Redirects("/login/code")
	owner.Post("/login/recovery", "recovery_code", alice.Codes[0]).Is(http.StatusSeeOther)
}

// TestRecoveryCodes_AllMayBeTriedOut: right ones do not count against the session.
func TestRecoveryCodes_AllMayBeTriedOut(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := a.Browser()
	b.SignIn(alice)
	for _, code := range alice.Codes {
		b.Post("/security/recovery-codes/try", "recovery_code", code).Redirects("/security")
	}
}

// TestLO08_TriesInsideSessionsAreFolded sends wrong tries from many sessions within a
// moment, far past the point where they are let through.
func TestLO08_TriesInsideSessionsAreFolded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path   string
		fields []string
		failed audit.Event
	}{
		{"/security/recovery-codes/try", []string{"recovery_code", "AAAA-AAAA-AAAA-AAAA"}, audit.RecoveryTried},
		{"/confirm", []string{"password", "not the password at all"}, audit.LoginPassword},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			a.Set("two_step", "optional")
			bob := a.AddUser("bob", apptest.NoPhone)
			send := func() {
				b := a.Browser()
				b.Password(bob).Redirects("/profile")
				for range 8 {
					b.Post(c.path, c.fields...)
				}
			}
			for range 6 {
				send()
			}
			const rows = `SELECT count(*) FROM audit_log WHERE event = $1 AND result <> 'ok'`
			blocked, failed := number(t, a, rows, audit.LoginBlocked), number(t, a, rows, c.failed)
			if blocked+failed == 0 || blocked+failed > 6 {
				t.Errorf("%d rows of blocked tries and %d of failed ones", blocked, failed)
			}
			a.Clock.Add(61 * time.Second)
			send()
			if n := number(t, a, `SELECT count(*) FROM audit_log WHERE details LIKE '%"tries"%'`); n != 1 {
				t.Errorf("%d rows say for how many they stand, want 1", n)
			}
		})
	}
}
