package store

import (
	"strconv"
	"strings"
	"time"

	"latchkey/internal/user"
)

// Status is what the user list calls a user's state.
type Status string

// The states. A user may be in several; each is a filter of its own.
const (
	StatusActive   Status = "active"
	StatusInvited  Status = "invited"
	StatusExpired  Status = "expired" // invited, and no invitation works any more
	StatusLocked   Status = "locked"
	StatusDisabled Status = "disabled"
	StatusDeleted  Status = "deleted"
)

// UserFilter selects and orders users. Deleted users are only listed under their
// own status.
type UserFilter struct {
	// Text is words of which each has to be in username, name or address, folded as
	// user.SearchWords does.
	Text   string
	Status Status // "" for all but deleted
	// TwoStep is "on", "off", "due" or "": due are those without an authenticator from
	// whom an administrator demands one, or the policy, of which DueAdmins and DueAll say
	// whom it concerns.
	TwoStep           string
	DueAdmins, DueAll bool
	Role              user.Role
	// Inactive leaves those who have not signed in for so long, or never; Never only the
	// latter.
	Inactive time.Duration
	Never    bool
	// NoAddress leaves those without an email address.
	NoAddress bool
	// Group leaves the members of the group of this name.
	Group string
	// Application leaves those who are in a group that the application of this slug lists. It is no
	// filter of the list of users, and is not stored.
	Application string
	Sort        Sort
	Down        bool
	// After and Before are the ids of the users the page begins after or ends
	// before; at most one is set. An id that is gone begins at the first page.
	After, Before string
	Limit         int
	Now           time.Time // decides who is locked, inactive, invited
}

// StatusOf is the state in which the user list shows a user: the first that
// holds of deleted, disabled, locked, invited (or expired), active.
func StatusOf(u user.User, now time.Time) Status {
	switch {
	case !u.DeletedAt.IsZero():
		return StatusDeleted
	case u.Disabled:
		return StatusDisabled
	case u.LockedUntil.After(now):
		return StatusLocked
	case !u.HasPassword:
		return StatusInvited
	}
	return StatusActive
}

// The bits of users.list_class.
const (
	classTwoStep = 1 << iota
	classAdmin
	classNoPassword
	classDisabled
	classDeleted
	classes
)

// classNumbers returns the classes of users that a filter lets through.
func (f UserFilter) classNumbers() (all []int) {
	for c := range classes {
		deleted, disabled, invited := c&classDeleted != 0, c&classDisabled != 0, c&classNoPassword != 0
		status := !deleted
		switch f.Status {
		case StatusActive:
			status = !deleted && !disabled && !invited
		case StatusInvited, StatusExpired:
			status = !deleted && !disabled && invited
		case StatusDisabled:
			status = !deleted && disabled
		case StatusDeleted:
			status = deleted
		}
		twoStep := f.TwoStep == "" || (f.TwoStep == "on") == (c&classTwoStep != 0)
		role := f.Role == "" || (f.Role == user.RoleAdmin) == (c&classAdmin != 0)
		if status && twoStep && role {
			all = append(all, c)
		}
	}
	return all
}

// classIn is the condition for classes. A plus before it keeps the database from
// reading the index of the classes where another is better; there a range is quicker
// to check than a list.
func classIn(plus string, all []int) clause {
	if n := len(all); plus != "" && n == classDeleted && all[n-1] == n-1 {
		return sqlText(aside + `u.list_class < ` + strconv.Itoa(n))
	}
	return classOf(plus+`u`, all)
}

// classOf is the same for a row of users by another name.
func classOf(table string, all []int) clause {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = strconv.Itoa(c)
	}
	return sqlText(table + `.list_class IN (` + strings.Join(words, ", ") + `)`)
}

// light is what holds of nearly everybody in the classes: it is checked along the way.
func (f UserFilter) light() []clause {
	if f.Status == StatusActive {
		return []clause{notLockedOut(f.Now)}
	}
	return nil
}

// WithoutTwoStep selects those who can sign in and have no authenticator: who is asked
// for one by a policy, who rests on the password alone without one. The overview, its
// list, the reviews of the policy and what wants attention all count these people and
// nobody else; role may be "" for both.
func WithoutTwoStep(role user.Role, now time.Time) UserFilter {
	return UserFilter{Status: StatusActive, TwoStep: "off", Role: role, Now: now}
}

// lockedOut is the condition for users who are locked out. The first half is what the
// index of them is made for.
func lockedOut(now time.Time) clause {
	return sqlText(`u.locked_until > 0 AND u.locked_until > ?`, ms(now))
}

func notLockedOut(now time.Time) clause { return sqlText(`u.locked_until <= ?`, ms(now)) }
