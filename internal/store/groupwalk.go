package store

// The members of a group, and nobody else of a list, need not be looked at to be counted: the
// group keeps their number. And along the list, who is a member is told by one index.

// walkedForGroup is how many users of the list are looked at for a page of members: twice as many
// as for other filters, since each takes half as long.
const walkedForGroup = 2 * walked

// wholeGroup reports whether the filter selects the members of a group as the group counts them.
func (s selection) wholeGroup() bool {
	f := s.filter
	return f.Group != "" && len(s.parts) == 1 && len(f.light()) == 0 && f.Status != StatusDeleted && len(f.classNumbers()) == classDeleted
}

// membersOf counts the members of the group of the filter.
func (s selection) membersOf() clause {
	return sqlText(`SELECT coalesce(max(g.members), 0) FROM user_groups g WHERE g.name = ?`, s.filter.Group)
}

// walkGroup is selection.walk for the members of a group.
func (s selection) walkGroup(c *cursor, limit int) clause {
	return s.order.usersAt(sqlText(`SELECT l.num AS num, l.rank AS rank, l.place AS place FROM (`).then(s.filter.listed(s.order, c, nil, walkedForGroup)).
		add(`) l WHERE EXISTS (SELECT 1 FROM group_members gm WHERE gm.group_name = ? AND gm.user_num = l.num)`, s.filter.Group).
		add(orderKept(s.order.by(`l.`))+` LIMIT ?`, limit), "")
}
