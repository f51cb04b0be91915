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

// part is one condition of a filter besides the classes: how it is checked on a user's
// row, and how the users are found who fulfil it.
type part struct {
	row  clause // a condition on u
	from string // an index and, if it is one of text, the users as u
	find clause // what from is asked
	// count is from without the users, where that is enough to count those found.
	count string
	text  bool
	// alone is the index without the users, where it is one of another table in the order of
	// their numbers, and number what it calls them.
	alone, number string
	// size finds as many rows as from, or more, and costs less to count.
	size clause
	// keyed says that the condition on a row looks at its number alone, which every index has; among is the same
	// condition of another column, where there is one: that the number before it is among those found.
	keyed bool
	among clause
	// covered says that the index alone tells who is found.
	covered bool
}

// parts are the conditions of a filter that hold of few users, most often.
func (f UserFilter) parts() []part {
	all := f.textParts()
	in := func(condition string, args ...any) clause {
		return classIn("", f.classNumbers()).add(` AND `+condition, args...)
	}
	add := func(from, condition string, args ...any) {
		all = append(all, part{row: sqlText(condition, args...), from: `users u` + indexedBy(from), find: in(condition, args...), covered: true})
	}
	switch f.Status {
	case StatusLocked:
		all = append(all, part{row: lockedOut(f.Now), from: `users u` + indexedBy("users_locked"),
			find: classIn(aside, f.classNumbers()).add(` AND `).then(lockedOut(f.Now))})
	case StatusExpired:
		add("users_invited", `u.password_hash IS NULL AND u.invited_until <= ?`, ms(f.Now))
	}
	if f.NoAddress {
		add("users_no_address", `u.email_key IS NULL`)
	}
	switch {
	case f.Never:
		add("users_by_last_sign_in", `u.last_sign_in_at = 0`)
	case f.Inactive > 0:
		add("users_by_last_sign_in", `u.last_sign_in_at < ?`, ms(f.Now.Add(-f.Inactive)))
	}
	if f.Group != "" {
		all = append(all, inGroup(f.Group))
	}
	if f.Application != "" {
		all = append(all, openers(f.Application))
	}
	if f.TwoStep == "due" && !f.DueAll {
		all = append(all, f.due())
	}
	return all
}

// inGroup are the members of a group.
func inGroup(name string) part {
	const members = `group_members gm`
	return part{
		row:  sqlText(`EXISTS (SELECT 1 FROM group_members gm WHERE gm.group_name = ? AND gm.user_num = u.num)`, name),
		from: throughMembers(members, ""), alone: members, number: `gm.user_num`,
		find: sqlText(`gm.group_name = ?`, name), keyed: true,
	}
}

// throughMembers are the users as u, found in another table; hint says how their rows are
// read.
func throughMembers(table, hint string) string {
	return table + ` ` + inTurn + ` users u` + hint + ` ON u.num = gm.user_num`
}

// throughClasses is the same by way of k, the users as the index of their classes has them.
func throughClasses(table, hint string) string {
	return table + ` ` + inTurn + ` users k` + indexedBy(narrowClass) + ` ON k.num = gm.user_num ` + inTurn + ` users u` + hint + ` ON u.num = k.num`
}

// due are those of whom an authenticator is demanded by an administrator, or by the
// policy as administrators. The classes leave out already who has one.
func (f UserFilter) due() part {
	const demanded = `u.must_enrol = TRUE AND u.authenticators = 0`
	if !f.DueAdmins {
		return part{row: sqlText(demanded), from: `users u` + indexedBy("users_must_enrol"), find: classIn("", f.classNumbers()).add(` AND ` + demanded)}
	}
	return part{
		row: sqlText(`(u.must_enrol = TRUE OR u.role = 'admin')`),
		from: `(SELECT num FROM users` + indexedBy("users_must_enrol") + ` WHERE must_enrol = TRUE AND authenticators = 0
			UNION SELECT num FROM users` + indexedBy("users_admin") + ` WHERE role = 'admin') m ` + inTurn + ` users u ON u.num = m.num`,
		find: classIn(aside, f.classNumbers()),
	}
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
