// Package auth decides. Given what somebody has proved and what is known of
// them, it says what they have to do next, whether a proof is fresh, and whether
// one more try is allowed. It reads no clock and no database: the same question
// gets the same answer from a page, a guard and a command.
//
//	            password            code or recovery code
//	StepSignIn ----------> StepCode ----------------------> StepDone
//	                  |                                        ^
//	                  |    (no authenticator, one required)    |
//	                  +--> StepEnrol --------------------------+
//	                  |                  code of the new app   |
//	                  +----------------------------------------+
//	                       (no authenticator, none required or none required yet)
//
//	link ----> StepNewPassword ----> StepEnrol (invitation) or StepSignIn (password link)
package auth

import (
	"time"

	"latchkey/internal/user"
)

// Step is what a visitor has to do next.
type Step string

// The steps. Pending ones are also the stages of a pending sign-in.
const (
	StepSignIn      Step = "sign-in"
	StepCode        Step = "code"
	StepEnrol       Step = "enrol"
	StepNewPassword Step = "new-password"
	StepLink        Step = "link" // a link was followed; its page asks before anything happens
	StepDone        Step = "done"
)

// Path is the page of the step; for StepDone it is the profile.
func (s Step) Path() string {
	switch s {
	case StepCode:
		return "/login/code"
	case StepEnrol:
		return "/security/authenticators/new"
	case StepNewPassword:
		return "/reset"
	case StepDone:
		return "/profile"
	}
	return "/login"
}

// Kinds of second factor.
const (
	SecondCode     = "code"
	SecondRecovery = "recovery"
)

// Proofs are the things somebody has shown, with their times. A zero time means
// not shown.
type Proofs struct {
	Password   time.Time
	Second     time.Time
	SecondKind string // SecondCode, SecondRecovery or ""
	// Remembered says that the browser stood in for the second factor: it had shown
	// one earlier and was remembered. It is good for signing in, never for freshness.
	Remembered bool
}

// Facts are what the decision needs to know of a user.
type Facts struct {
	Role           user.Role
	Disabled       bool
	Deleted        bool
	Authenticators int
	// Created is when the user was added.
	Created time.Time
	// EnrolByLink means that two-step verification was reset: the password alone
	// leads nowhere until a password link was used.
	EnrolByLink bool
	// MustEnrol means that an administrator demands two-step verification of this user,
	// whatever the policy says and at once.
	MustEnrol bool
}

// FactsOf is what the decision of the next step needs of a user.
func FactsOf(u user.User) Facts {
	return Facts{
		Role: u.Role, Disabled: u.Disabled, Deleted: !u.DeletedAt.IsZero(), Authenticators: u.Authenticators, Created: u.Created,
		EnrolByLink: u.EnrolByLink, MustEnrol: u.MustEnrol,
	}
}

// Next is the one place that decides what somebody who has shown proofs has to
// do next. Sign-in, enrolment, invitation and guard all ask it, so that they
// cannot disagree.
func Next(p Proofs, f Facts, policy Policy) Step {
	switch {
	case p.Password.IsZero() || f.Disabled || f.Deleted:
		return StepSignIn
	case f.EnrolByLink && f.Authenticators == 0:
		return StepSignIn
	case f.Authenticators > 0 && p.Second.IsZero() && !(p.Remembered && CanBeRemembered(f.Role)):
		return StepCode
	case f.Authenticators == 0 && (f.MustEnrol || policy.Demands(f)):
		return StepEnrol
	}
	return StepDone
}

// CanBeRemembered reports whether a browser may stand in for the second factor of
// this role: never for administrators.
func CanBeRemembered(role user.Role) bool { return role != user.RoleAdmin }

// FreshFor is how long a proof is good for a sensitive action.
const FreshFor = 10 * time.Minute

// Fresh reports whether the password and, where the user has one, a second
// factor were proved within FreshFor. A time in the future is not fresh: the
// clock was set back.
func Fresh(p Proofs, f Facts, now time.Time) bool { return ProvedWithin(p, f, FreshFor, now) }

// ProvedWithin is Fresh with another time.
func ProvedWithin(p Proofs, f Facts, within time.Duration, now time.Time) bool {
	recent := func(t time.Time) bool {
		age := now.Sub(t)
		return age >= 0 && age < within
	}
	return recent(p.Password) && (f.Authenticators == 0 || recent(p.Second))
}
