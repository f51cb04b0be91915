package auth

import (
	"testing"
	"time"

	"latchkey/internal/user"
)

// TestAU14_DemandOfOneUserHoldsUnderEveryPolicy asks for somebody of whom an
// administrator demands two-step verification, also while a deadline spares others.
func TestAU14_DemandOfOneUserHoldsUnderEveryPolicy(t *testing.T) {
	t.Parallel()
	now := start()
	spared := Policy{TwoStep: TwoStepEveryone, Spared: now}
	for _, policy := range []Policy{{TwoStep: TwoStepEveryone}, {TwoStep: TwoStepAdministrators}, {TwoStep: TwoStepOptional}, spared} {
		f := Facts{Role: user.RoleUser, Created: now.Add(-time.Hour), MustEnrol: true}
		if got := Next(Proofs{Password: now}, f, policy); got != StepEnrol {
			t.Errorf("%+v: the password leads to %q", policy, got)
		}
		f.Authenticators = 1
		if got := Next(Proofs{Password: now}, f, policy); got != StepCode {
			t.Errorf("%+v: the password leads to %q with an app", policy, got)
		}
		if got := Next(Proofs{Password: now, Second: now}, f, policy); got != StepDone {
			t.Errorf("%+v: both lead to %q", policy, got)
		}
	}
}
