package auth

import (
	"testing"
	"time"

	"latchkey/internal/user"
)

// dated are settings that demand of everyone by the end of 1 March 2027, set a month
// before.
func dated() Settings {
	s := DefaultSettings()
	s.TwoStepDeadline = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	s.TwoStepSince = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)
	return s
}

func TestOT19_TheDeadlineSparesOnlyThoseAlreadyThere(t *testing.T) {
	t.Parallel()
	s := dated()
	last := time.Date(2027, 3, 1, 23, 59, 59, 0, time.UTC)
	there := Facts{Role: user.RoleUser, Created: s.TwoStepSince.Add(-time.Millisecond)}
	late, admin, named, unknown, enrolled := there, there, there, there, there
	late.Created, admin.Role, named.MustEnrol, unknown.Created, enrolled.Authenticators = s.TwoStepSince, user.RoleAdmin, true, time.Time{}, 1
	elsewhere := there
	elsewhere.EnrolByLink = true
	for _, c := range []struct {
		name  string
		facts Facts
		now   time.Time
		want  Step
	}{
		{"there before, in time", there, last, StepDone},
		{"there before, just too late", there, last.Add(time.Second), StepEnrol},
		{"added afterwards", late, last, StepEnrol},
		{"an administrator", admin, last, StepEnrol},
		{"demanded by name", named, last, StepEnrol},
		{"added nobody knows when", unknown, last, StepEnrol},
		{"enrolled", enrolled, last, StepCode},
		{"reset", elsewhere, last, StepSignIn},
	} {
		if got := Next(Proofs{Password: s.TwoStepSince}, c.facts, s.Policy(c.now)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		spared := c.want == StepDone || c.facts.Authenticators > 0 || c.facts.EnrolByLink
		if got := s.Policy(c.now).Spares(c.facts); got != spared {
			t.Errorf("%s: spared: %v", c.name, got)
		}
	}
}

// TestPolicy_WithoutBothTimesNobodyIsSpared: half a deadline is none.
func TestPolicy_WithoutBothTimesNobodyIsSpared(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 2, 10, 0, 0, 0, 0, time.UTC)
	f := Facts{Role: user.RoleUser, Created: now.AddDate(-1, 0, 0)}
	for name, change := range map[string]func(*Settings){
		"no deadline": func(s *Settings) { s.TwoStepDeadline = time.Time{} }, "no beginning": func(s *Settings) { s.TwoStepSince = time.Time{} },
	} {
		s := dated()
		change(&s)
		if p := s.Policy(now); p.Spares(f) || !p.Demands(f) {
			t.Errorf("%s: spared", name)
		}
	}
	s := dated()
	if p := s.Policy(now); !p.Spares(f) || p.Demands(f) {
		t.Error("not spared")
	}
	for _, policy := range []TwoStep{TwoStepAdministrators, TwoStepOptional} {
		s.TwoStep = policy
		if p := s.Policy(now); p.Spares(f) || p.Demands(f) {
			t.Errorf("%s: of a user it demands or spares", policy)
		}
	}
}

func TestPW01_FifteenUntilTheDeadline(t *testing.T) {
	t.Parallel()
	s := dated()
	for now, want := range map[time.Time]int{s.TwoStepSince: 15, s.GraceEnds().Add(-1): 15, s.GraceEnds(): 12} {
		if got := s.MinPassword(now); got != want {
			t.Errorf("%v: %d, want %d", now, got, want)
		}
	}
}
