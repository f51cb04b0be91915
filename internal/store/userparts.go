package store

import "slices"

// part is one condition of a filter: how it is checked on a user's row, and how the users are found who fulfil it.
type part struct {
	row clause // a condition on u
	// nums selects as num the users who fulfil it, in any order and perhaps some of them twice; others those who do
	// not, where they can be found. Either may be empty.
	nums, others clause
	// many is nums of a text where very many may have it, and only some of them are read.
	many clause
	// classed says that nums leaves out who is not of the filter's classes; ofClasses, that this is all that it asks.
	classed, ofClasses bool
	// members counts those of nums, where that is known without a look at them, and known is what it counted for those
	// who are in one group.
	members clause
	known   int
	// text says that nums come from an index of text, which takes three times as long for each as others do, and hands
	// them out in their order.
	text bool
	// late says that very many may fulfil it, so that others are looked for first.
	late bool
	// looked is the smallest index that tells of a number whether it is fulfilled, "" if only the row does.
	looked string

	// from and find are nums for statements that read users in the order of their numbers, which is that of number; "" if
	// from has another order.
	from, number string
	find         clause
	// count is an index of text without the users.
	count string
}

// parts are the conditions of a filter that hold of few users, most often.
func (f UserFilter) parts() []part {
	all := f.textParts()
	in := func(condition string, args ...any) clause {
		return classIn("", f.classNumbers()).add(` AND `+condition, args...)
	}
	add := func(index, condition string, args ...any) {
		all = append(all, part{row: sqlText(condition, args...), classed: true, nums: f.numsIn(index, in(condition, args...))})
	}
	switch f.Status {
	case StatusLocked:
		all = append(all, part{row: lockedOut(f.Now), classed: true, nums: f.numsIn("users_locked", classIn(aside, f.classNumbers()).add(` AND `).then(lockedOut(f.Now)))})
	case StatusExpired:
		add("users_invited", `u.password_hash IS NULL AND u.invited_until <= ?`, ms(f.Now))
	}
	if f.NoAddress {
		add("users_no_address", `u.email_key IS NULL`)
	}
	switch {
	case f.Never:
		add("users_by_last_sign_in", `u.last_sign_in_at = 0`)
		all[len(all)-1].late, all[len(all)-1].looked = true, narrowTimes
	case f.Inactive > 0:
		add("users_by_last_sign_in", `u.last_sign_in_at < ?`, ms(f.Now.Add(-f.Inactive)))
		all[len(all)-1].late, all[len(all)-1].looked = true, narrowTimes
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

// numsIn selects the numbers of users from an index.
func (f UserFilter) numsIn(index string, find clause) clause {
	return sqlText(`SELECT u.num AS num FROM users u` + indexedBy(index) + ` WHERE `).then(find)
}

// inGroup are the members of a group.
func inGroup(name string) part {
	in := sqlText(`gm.group_name = ?`, name)
	return part{
		row:     sqlText(`EXISTS (SELECT 1 FROM group_members gm WHERE gm.group_name = ? AND gm.user_num = u.num)`, name),
		nums:    sqlText(`SELECT gm.user_num AS num FROM group_members gm WHERE `).then(in),
		members: UserFilter{Group: name}.members(), looked: narrowClass,
		from: `group_members gm ` + inTurn + ` users u ON u.num = gm.user_num`, find: in, number: `gm.user_num`,
	}
}

// inClasses is that somebody is of the filter's classes.
func (f UserFilter) inClasses() part {
	var others []int
	in := f.classNumbers()
	for c := range classes {
		if !slices.Contains(in, c) {
			others = append(others, c)
		}
	}
	p := part{row: classIn(aside, in), classed: true, ofClasses: true, late: true, looked: narrowClass}
	if f.Status != StatusDeleted { // all others are never few
		p.others = f.numsIn("users_by_name", classIn("", others))
	}
	if len(in) < classDeleted || f.Status == StatusDeleted { // neither are all who are not deleted
		p.nums = f.numsIn("users_by_name", classIn("", in))
	}
	return p
}

// notLocked is that somebody is not locked out.
func (f UserFilter) notLocked() part {
	return part{row: notLockedOut(f.Now), looked: narrowClass, others: f.numsIn("users_locked", lockedOut(f.Now))}
}

// due are those of whom an authenticator is demanded by an administrator, or by the
// policy as administrators. The classes leave out already who has one.
func (f UserFilter) due() part {
	const demanded = `u.must_enrol = TRUE AND u.authenticators = 0`
	if !f.DueAdmins {
		return part{row: sqlText(demanded), classed: true, nums: f.numsIn("users_must_enrol", classIn("", f.classNumbers()).add(` AND `+demanded))}
	}
	return part{
		row: sqlText(`(u.must_enrol = TRUE OR u.role = 'admin')`),
		nums: f.numsIn("users_must_enrol", sqlText(`u.must_enrol = TRUE AND u.authenticators = 0`)).
			add(` UNION ALL SELECT u.num AS num FROM users u` + indexedBy("users_admin") + ` WHERE u.role = 'admin'`),
	}
}
