package auth

import (
	"testing"
	"time"

	"latchkey/internal/user"
)

func TestNext(t *testing.T) {
	t.Parallel()
	now := start()
	password, both := Proofs{Password: now}, Proofs{Password: now, Second: now, SecondKind: SecondCode}
	secondOnly := Proofs{Second: now, SecondKind: SecondCode}
	remembered := Proofs{Password: now, Remembered: true}
	admin := Facts{Role: user.RoleAdmin}
	enrolled := Facts{Role: user.RoleUser, Authenticators: 1}
	for _, c := range []struct {
		name   string
		proofs Proofs
		facts  Facts
		policy TwoStep
		want   Step
	}{
		{"nothing shown", Proofs{}, enrolled, TwoStepEveryone, StepSignIn},
		{"nothing shown, nothing demanded", Proofs{}, Facts{}, TwoStepOptional, StepSignIn},
		{"a code without a password", secondOnly, enrolled, TwoStepEveryone, StepSignIn},
		{"a code without a password, nothing demanded", secondOnly, Facts{}, TwoStepOptional, StepSignIn},
		{"password, enrolled", password, enrolled, TwoStepEveryone, StepCode},
		{"password, enrolled of free will", password, enrolled, TwoStepOptional, StepCode},
		{"password, several", password, Facts{Authenticators: 3}, TwoStepAdministrators, StepCode},
		{"both, enrolled", both, enrolled, TwoStepEveryone, StepDone},
		{"both, enrolled of free will", both, enrolled, TwoStepOptional, StepDone},
		{"password, everyone must", password, Facts{Role: user.RoleUser}, TwoStepEveryone, StepEnrol},
		{"password, administrator, everyone must", password, admin, TwoStepEveryone, StepEnrol},
		{"password, administrator, administrators must", password, admin, TwoStepAdministrators, StepEnrol},
		{"password, user, administrators must", password, Facts{Role: user.RoleUser}, TwoStepAdministrators, StepDone},
		{"password, administrator, nobody must", password, admin, TwoStepOptional, StepDone},
		{"both, but the authenticator is gone", both, Facts{Role: user.RoleUser}, TwoStepEveryone, StepEnrol},
		{"both, but the authenticator is gone, nobody must", both, Facts{Role: user.RoleUser}, TwoStepOptional, StepDone},
		{"both, disabled", both, Facts{Authenticators: 1, Disabled: true}, TwoStepEveryone, StepSignIn},
		{"both, deleted", both, Facts{Authenticators: 1, Deleted: true}, TwoStepEveryone, StepSignIn},
		{"password, reset (OT-10)", password, Facts{EnrolByLink: true}, TwoStepOptional, StepSignIn},
		{"password, reset, everyone must (OT-10)", password, Facts{EnrolByLink: true}, TwoStepEveryone, StepSignIn},
		{"password, reset and enrolled since", password, Facts{EnrolByLink: true, Authenticators: 1}, TwoStepEveryone, StepCode},
		{"password, told to enrol (OT-19)", password, Facts{MustEnrol: true}, TwoStepOptional, StepEnrol},
		{"password, told to enrol, and enrolled", password, Facts{MustEnrol: true, Authenticators: 1}, TwoStepOptional, StepCode},
		{"password in a remembered browser", remembered, enrolled, TwoStepEveryone, StepDone},
		{"password of an administrator in one (SE-14)", remembered, Facts{Role: user.RoleAdmin, Authenticators: 1}, TwoStepEveryone, StepCode},
		{"password in one, the authenticator is gone", remembered, Facts{Role: user.RoleUser}, TwoStepEveryone, StepEnrol},
		{"nothing shown in one", Proofs{Remembered: true}, enrolled, TwoStepOptional, StepSignIn},
		{"password, disabled, nobody must", password, Facts{Disabled: true}, TwoStepOptional, StepSignIn},
	} {
		if got := Next(c.proofs, c.facts, Policy{TwoStep: c.policy}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestAU14_NothingRaisesTheLevelButAProof tries every combination there is: taking
// a proof away, or the user's right to be here, never leads further.
func TestAU14_NothingRaisesTheLevelButAProof(t *testing.T) {
	t.Parallel()
	now := start()
	for _, policy := range []TwoStep{TwoStepEveryone, TwoStepAdministrators, TwoStepOptional} {
		for _, role := range []user.Role{user.RoleUser, user.RoleAdmin} {
			for apps := range 3 {
				f := Facts{Role: role, Authenticators: apps}
				done := apps > 0 || !policy.Demands(role)
				if got := Next(Proofs{Password: now, Second: now}, f, Policy{TwoStep: policy}); (got == StepDone) != done {
					t.Errorf("%s, %s, %d authenticators: %q", policy, role, apps, got)
				}
				if got := Next(Proofs{Password: now}, f, Policy{TwoStep: policy}); got == StepDone && (apps > 0 || policy.Demands(role)) {
					t.Errorf("%s, %s, %d authenticators: the password alone is enough", policy, role, apps)
				}
				if got := Next(Proofs{Second: now}, f, Policy{TwoStep: policy}); got != StepSignIn {
					t.Errorf("%s, %s, %d authenticators: a second factor alone leads to %q", policy, role, apps, got)
				}
			}
		}
	}
}

func TestSE12_Fresh(t *testing.T) {
	t.Parallel()
	now := start()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	just, old := FreshFor-time.Nanosecond, FreshFor
	for _, c := range []struct {
		name   string
		proofs Proofs
		apps   int
		want   bool
	}{
		{"now", Proofs{Password: now, Second: now}, 1, true},
		{"just in time", Proofs{Password: ago(just), Second: ago(just)}, 1, true},
		{"password too old", Proofs{Password: ago(old), Second: now}, 1, false},
		{"code too old", Proofs{Password: now, Second: ago(old)}, 1, false},
		{"no code", Proofs{Password: now}, 1, false},
		{"no code, no authenticator", Proofs{Password: now}, 0, true},
		{"old code, no authenticator", Proofs{Password: now, Second: ago(old)}, 0, true},
		{"no password", Proofs{Second: now}, 1, false},
		{"nothing", Proofs{}, 0, false},
		{"password from the future", Proofs{Password: ago(-time.Nanosecond), Second: now}, 1, false},
		{"code from the future", Proofs{Password: now, Second: ago(-time.Hour)}, 1, false},
	} {
		if got := Fresh(c.proofs, Facts{Authenticators: c.apps}, now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestPathOfEveryStep(t *testing.T) {
	t.Parallel()
	for step, want := range map[Step]string{
		StepSignIn: "/login", StepCode: "/login/code", StepEnrol: "/security/authenticators/new",
		StepNewPassword: "/reset", StepDone: "/profile", "nonsense": "/login", "": "/login",
	} {
		if got := step.Path(); got != want {
			t.Errorf("%q: %s, want %s", step, got, want)
		}
	}
}
