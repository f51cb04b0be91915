// Package user holds the rules about users that need neither a page nor a
// database: how names, addresses and texts are written and compared, the roles, and
// what is known about one user. Passwords are package password's.
//
// Names arrive as somebody typed them. Check functions say whether a new name
// may be stored and return the form that is stored; CanonicalName turns whatever
// was typed at sign-in into the form names are looked up and limited by.
package user

import (
	"time"

	"latchkey/internal/problem"
)

// Role says what a user may do. It is read from the database at every request.
type Role string

// The roles.
const (
	// RoleUser may look after their own account.
	RoleUser Role = "user"
	// RoleAdmin may also look after everyone else's, and the settings.
	RoleAdmin Role = "admin"
)

// ParseRole returns the role of that exact name. The error is a problem with
// the field "role".
func ParseRole(name string) (Role, error) {
	switch role := Role(name); role {
	case RoleUser, RoleAdmin:
		return role, nil
	}
	return "", problem.Field("role", "Choose a role: user or admin")
}

// User is what is known about one user, without secrets: no hash, no
// authenticator, so that it may travel to any page. Times are zero when the
// thing never happened.
type User struct {
	// ID is the random, unchanging key of the user.
	ID string
	// Username is in canonical form.
	Username string
	// Name is the display name; it may be empty.
	Name string
	// Email is the address as typed, or empty.
	Email string
	// EmailConfirmed says that mail sent to Email has been answered.
	EmailConfirmed bool
	// EmailPending is the address that waits for its confirmation, or empty.
	EmailPending string
	// Role says what the user may do.
	Role Role
	// Disabled users cannot sign in.
	Disabled bool
	// HasPassword is false until an invitation has been accepted.
	HasPassword bool
	// Authenticators is how many authenticator apps are enrolled.
	Authenticators int
	// CodesLeft is how many recovery codes are unused.
	CodesLeft int
	// CodesTried is when a recovery code was tried out or used for the last time.
	CodesTried time.Time
	// Notices is how many notices the user has not seen yet.
	Notices int
	// PasswordClosed is since when the password opens nothing, because the user
	// said of a change "this was not me"; a new password opens it again.
	PasswordClosed time.Time
	// EnrolByLink means that two-step verification was reset: the password alone
	// does not lead to a new enrolment until a password link was used.
	EnrolByLink bool
	// MustEnrol means that an administrator demands two-step verification of this
	// user, whatever the policy says.
	MustEnrol bool
	// InvitedUntil is until when the newest invitation works, of somebody who has no
	// password yet; zero if there is none.
	InvitedUntil time.Time
	// AdminUntil is when somebody stopped being an administrator, or was disabled or deleted
	// as one, the last time; zero if never.
	AdminUntil time.Time
	// LockedUntil is until when tries to sign in are refused.
	LockedUntil time.Time
	// Created is when the user was added.
	Created time.Time
	// PasswordChanged is when the present password was set.
	PasswordChanged time.Time
	// LastSignIn is when the user last got a session.
	LastSignIn time.Time
	// DeletedAt is when the user was moved to the recycle bin.
	DeletedAt time.Time
	// Theme is how pages look for the user.
	Theme Theme
	// TimeZone is the name of the zone that times are shown in; "" for the browser's.
	TimeZone string
	// CredVersion rises with every change that must end sessions.
	CredVersion int64
	// Version rises with every edit, so that two editors notice each other.
	Version int64
}

// Active reports whether nobody has disabled or deleted the user. Who is locked out for a
// while, or has not chosen a password yet, is active.
func (u User) Active() bool { return !u.Disabled && u.DeletedAt.IsZero() }
