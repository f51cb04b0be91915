package admin

import (
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// The kinds of act, as they stand in paths; kindRole has none of its own.
const (
	kindDisable = "disable"
	kindEnable  = "enable"
	kindDelete  = "delete"
	kindRestore = "restore"
	kindUnlock  = "unlock"
	kindSignOut = "sign-out"
	kindReset   = "reset-two-step"
	kindLink    = "password-link"
	kindRole    = "role"
	// These are acts on several users only.
	kindRequire = "require-enrolment"
	kindLift    = "lift-enrolment"
	kindInvite  = "invite"
	kindPrint   = "print-invitations"
)

// lastAdministrator is why the guard of package store refuses.
const lastAdministrator = "This is the only administrator who can sign in. Make someone else an administrator first."

func conflict(message string) error { return problem.New(problem.Conflict, message) }

// noChange says why an act does not fit the state of the user; "" if it does.
func noChange(kind string, u user.User) string {
	switch deleted := !u.DeletedAt.IsZero(); {
	case kind == kindRestore && !deleted:
		return "This user is not in the recycle bin."
	case kind == kindRestore:
		return ""
	case kind == kindDelete && deleted:
		return "This user is already in the recycle bin."
	case deleted:
		return "This user is in the recycle bin. Restore the user first."
	case kind == kindDisable && u.Disabled:
		return "This user is already disabled."
	case kind == kindEnable && !u.Disabled:
		return "This user is not disabled."
	case kind == kindReset && u.Authenticators == 0:
		return "This user has no authenticator app, so there is nothing to reset."
	case (kind == kindInvite || kind == kindPrint) && u.Disabled:
		return "This user is disabled and could not use an invitation. Enable the user first."
	case (kind == kindInvite || kind == kindPrint) && u.HasPassword:
		return "This user already has a password and does not need an invitation."
	case kind == kindLink && u.Disabled:
		return "This user is disabled and could not use a link. Enable the user first."
	case kind == kindRole:
		return "This user already has that role."
	case kind == kindRequire && u.MustEnrol:
		return "This user already has to use two-step verification."
	case kind == kindLift && !u.MustEnrol:
		return "Two-step verification is not required individually for this user."
	}
	return ""
}

// ownRefusal says why people cannot do this to themselves; "" if they may.
func ownRefusal(kind string) string {
	switch kind {
	case kindDisable:
		return "You cannot disable yourself. Ask another administrator."
	case kindDelete:
		return "You cannot delete yourself. Ask another administrator."
	case kindRole:
		return "You cannot change your own role. Ask another administrator."
	case kindReset:
		return "You cannot reset your own two-step verification. Set up another authenticator app on the Security page."
	case kindSignOut:
		return "You cannot sign yourself out here. Do it on the Security page."
	case kindLink:
		return "You cannot make a password link for yourself. Change your password on the Security page."
	}
	return ""
}

// takesAdministrator reports whether an act of this kind could leave nobody who
// can administer.
func takesAdministrator(kind string) bool {
	return kind == kindDisable || kind == kindDelete || kind == kindReset || kind == kindRole
}

// outcome is what an unguarded statement did.
func outcome(done bool) store.Outcome {
	if done {
		return store.Done
	}
	return store.NoChange
}

func change(name, before, after string) []audit.Detail {
	return []audit.Detail{{Name: name, Before: before, After: after}}
}

func number(name string, before, after int) []audit.Detail {
	return change(name, strconv.Itoa(before), strconv.Itoa(after))
}
