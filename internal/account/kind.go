package account

import (
	"slices"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// The kinds of action, as they stand in paths, in forms and in stored rows.
const (
	Disable = "disable"
	Enable  = "enable"
	Delete  = "delete"
	Restore = "restore"
	Unlock  = "unlock"
	SignOut = "sign-out"
	Reset   = "reset-two-step"
	Link    = "password-link"
	Role    = "role"
	Email   = "email"
	Require = "require-enrolment"
	Lift    = "lift-enrolment"
	Invite  = "invite"
	Print   = "print-invitations"

	AddToGroup      = "add-to-group"
	RemoveFromGroup = "remove-from-group"
)

// Kind is one kind of action on a user. Every kind needs a fresh proof on a page, where
// route.Administrator asks for one before each POST; a command needs none.
type Kind struct {
	Name string
	// Called is what is done to somebody, and CalledYou the same in words to them: "reset
	// the two-step verification of" and "reset your two-step verification".
	Called, CalledYou string
	// Do does it; nil where it has a result to show or takes more than the user.
	Do func(Action, user.User) error
	// Page says that it has a page of its own for one user, Bulk that it can be done to
	// several at once.
	Page, Bulk bool
	// OfGroup says that it takes a group, Action.Group.
	OfGroup bool
	// NeedsReason says that it is not done without a reason: somebody may be talking the
	// administrator into it (AC-05).
	NeedsReason bool
	// NeedsName says that the username has to be typed first.
	NeedsName bool
	// NeedsApproval says that a second administrator must approve it if it is done to an
	// administrator (AC-09).
	NeedsApproval bool
	// Undo is the kind that takes it back; "" for none.
	Undo string
	// Event is how the audit log tells that somebody's state was changed; "" for what is
	// told as a change of details, or cannot be reverted from there.
	Event audit.Event
	// NotOneself is why people cannot do it to themselves; "" if they can.
	NotOneself string

	// lasts tells whether it could leave nobody who can administer; nil if it never does.
	lasts func(user.User) bool
	// unfit says why it does not fit the state of a user who is not in the recycle bin; ""
	// if it does. Nil fits everybody.
	unfit func(user.User) string
	// inBin says that it is for users in the recycle bin alone.
	inBin bool
}

// Kinds is the table of all kinds, in the order in which pages list them.
func Kinds() []Kind {
	return slices.Concat(states(), accessKinds(), details(), bulkKinds(), groupKinds())
}

// states are what changes whether an account can be used at all.
func states() []Kind {
	return []Kind{
		{Name: Disable, Called: "disable", Do: Action.Disable, Page: true, Bulk: true, Undo: Enable, Event: audit.UserDisabled,
			NotOneself: "You cannot disable yourself. Ask another administrator.", lasts: always,
			unfit: when(func(u user.User) bool { return u.Disabled }, "This user is already disabled.")},
		{Name: Enable, Called: "enable", Do: Action.Enable, Page: true, Bulk: true, Undo: Disable, Event: audit.UserEnabled,
			unfit: when(func(u user.User) bool { return !u.Disabled }, "This user is not disabled.")},
		{Name: Delete, Called: "delete", Do: Action.Delete, Page: true, Bulk: true, Undo: Restore, Event: audit.UserDeleted, NeedsName: true,
			NotOneself: "You cannot delete yourself. Ask another administrator.", lasts: always},
		{Name: Restore, Called: "restore", Do: Action.Restore, Page: true, Bulk: true, Undo: Delete, Event: audit.UserRestored, inBin: true},
	}
}

// accessKinds are what concerns the ways to sign in.
func accessKinds() []Kind {
	return []Kind{
		{Name: Unlock, Called: "unlock", Do: Action.Unlock, Page: true},
		{Name: SignOut, Called: "sign out", Do: Action.SignOut, Page: true, Bulk: true,
			NotOneself: "You cannot sign yourself out here. Do it on the Security page."},
		{Name: Reset, Called: "reset the two-step verification of", CalledYou: "reset your two-step verification",
			Do: Action.ResetTwoStep, Page: true, NeedsReason: true, NeedsApproval: true, lasts: always,
			NotOneself: "You cannot reset your own two-step verification. Set up another authenticator app on the Security page.",
			unfit:      when(func(u user.User) bool { return u.Authenticators == 0 }, "This user has no authenticator app, so there is nothing to reset.")},
		{Name: Link, Called: "make a link to choose a new password for", CalledYou: "make a link to choose a new password for you",
			Page: true, NeedsApproval: true,
			NotOneself: "You cannot make a password link for yourself. Change your password on the Security page.",
			unfit:      when(func(u user.User) bool { return u.Disabled }, "This user is disabled and could not use a link. Enable the user first.")},
	}
}

// details are parts of an edit.
func details() []Kind {
	return []Kind{
		{Name: Role, Called: "change the role of", lasts: always, NotOneself: "You cannot change your own role. Ask another administrator.",
			unfit: when(func(user.User) bool { return true }, "This user already has that role.")},
		{Name: Email, Called: "change the email address of", CalledYou: "change your email address", NeedsApproval: true},
	}
}

// bulkKinds are for several users only. Printing has pages to show, so it is no job.
func bulkKinds() []Kind {
	return []Kind{
		{Name: Require, Called: "require two-step verification of", Do: Action.RequireEnrolment, Bulk: true, Undo: Lift,
			lasts: func(u user.User) bool { return u.Authenticators == 0 },
			unfit: when(func(u user.User) bool { return u.MustEnrol }, "This user already has to use two-step verification.")},
		{Name: Lift, Called: "stop requiring two-step verification of", Do: Action.LiftEnrolment, Bulk: true, Undo: Require,
			unfit: when(func(u user.User) bool { return !u.MustEnrol }, "Two-step verification is not required individually for this user.")},
		{Name: Invite, Called: "invite", Do: Action.SendInvitation, Bulk: true, unfit: uninvitable},
		{Name: Print, Called: "print an invitation for", Bulk: true, NeedsApproval: true, unfit: uninvitable},
	}
}

func always(user.User) bool { return true }

func when(is func(user.User) bool, why string) func(user.User) string {
	return func(u user.User) string {
		if is(u) {
			return why
		}
		return ""
	}
}

func uninvitable(u user.User) string {
	switch {
	case u.Disabled:
		return "This user is disabled and could not use an invitation. Enable the user first."
	case u.HasPassword:
		return "This user already has a password and does not need an invitation."
	}
	return ""
}

// KindOf is the kind with this name. The zero Kind, of a name that nobody knows, refuses
// deleted users and nobody else.
func KindOf(name string) (k Kind, known bool) {
	all := Kinds()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

// BulkKindOf is the kind with this name if it can be done to several users.
func BulkKindOf(name string) (Kind, bool) {
	k, known := KindOf(name)
	return k, known && k.Bulk
}

// Unfit says why an action of this kind does not fit the state of the user; "" if it does.
func (k Kind) Unfit(u user.User) string {
	switch deleted := !u.DeletedAt.IsZero(); {
	case k.inBin && !deleted:
		return "This user is not in the recycle bin."
	case k.inBin:
		return ""
	case deleted && k.Name == Delete:
		return "This user is already in the recycle bin."
	case deleted:
		return "This user is in the recycle bin. Restore the user first."
	case k.unfit == nil:
		return ""
	}
	return k.unfit(u)
}

// Refusal says why the actor cannot do this to the user as they are; "" if they can. The
// guard of the last administrator and the second approval are asked beside it.
func (k Kind) Refusal(u user.User, actorID string) string {
	if reason := k.Unfit(u); reason != "" {
		return reason
	}
	if u.ID == actorID {
		return k.NotOneself
	}
	return ""
}

// TakesAdministrator reports whether an action of this kind could leave nobody who can
// administer, if it is done to this user.
func (k Kind) TakesAdministrator(u user.User) bool { return k.lasts != nil && k.lasts(u) }

// unfit is Kind.Unfit by name.
func unfit(name string, u user.User) string {
	k, _ := KindOf(name)
	return k.Unfit(u)
}

// LastAdministrator is why the guard of package store refuses.
const LastAdministrator = "This is the only administrator who can sign in. Make someone else an administrator first."

// Gone is why nothing can be done to somebody who was removed for good.
const Gone = "This user no longer exists."

func conflict(message string) error { return problem.New(problem.Conflict, message) }
