package auth

import (
	"errors"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// Policy is who must use two-step verification at one moment: what the settings say,
// and who is spared until the deadline. It is a value and can be compared.
type Policy struct {
	TwoStep TwoStep
	// Spared is, while a deadline runs, when the policy was set: users who were there
	// before need no authenticator yet. The zero time spares nobody.
	Spared time.Time
}

// Demands reports whether somebody must have an authenticator now.
func (p Policy) Demands(f Facts) bool { return p.TwoStep.Demands(f.Role) && !p.Spares(f) }

// Spares reports whether somebody must have an authenticator, but not before the
// deadline. Administrators are never spared: what the role may do is not done with a
// password alone (OT-19). Nor is somebody of whom it was demanded by name, or of whom
// it is not known when they were added.
func (p Policy) Spares(f Facts) bool {
	return p.TwoStep.Demands(f.Role) && f.Role != user.RoleAdmin && !f.MustEnrol && !f.Created.IsZero() && f.Created.Before(p.Spared)
}

// Policy is the policy in force at a time.
func (s Settings) Policy(now time.Time) Policy {
	p := Policy{TwoStep: s.TwoStep}
	if s.InGrace(now) {
		p.Spared = s.TwoStepSince
	}
	return p
}

// InGrace reports whether the deadline of the policy is still to come. Its day counts
// to its end, in UTC.
func (s Settings) InGrace(now time.Time) bool {
	return !s.TwoStepDeadline.IsZero() && s.TwoStep != TwoStepOptional && now.Before(s.GraceEnds())
}

// GraceEnds is the first moment after the day of the deadline.
func (s Settings) GraceEnds() time.Time { return s.TwoStepDeadline.AddDate(0, 0, 1) }

// sinceForm is how TwoStepSince is stored: as exact as the times of users.
const sinceForm = "2006-01-02T15:04:05.000Z07:00"

func (s *Settings) setDeadline(value string) error {
	day, err := parseTime(time.DateOnly, value)
	if err != nil {
		return problem.Field("two_step_deadline", "Enter a day like 2027-03-01, or leave it empty")
	}
	s.TwoStepDeadline = day
	return nil
}

func (s *Settings) setSince(value string) error {
	at, err := parseTime(sinceForm, value)
	if err != nil {
		return problem.Field("two_step_since", "Enter a time like 2027-03-01T12:00:00.000Z")
	}
	s.TwoStepSince = at
	return nil
}

// parseTime reads a time that may be missing; "" is the zero time, and nothing else is.
func parseTime(form, value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(form, value)
	if err == nil && t.IsZero() {
		err = errors.New("the zero time")
	}
	return t.UTC(), err
}

// formatTime is the opposite of parseTime.
func formatTime(form string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(form)
}
