package audit

import "cmp"

// GroupDetail is what events call a group: the one they are about, or the one that a user came into
// or went out of.
const GroupDetail = "group"

// BulkGroup is what the event of an action on several users says of the group that they came into
// or went out of.
func BulkGroup(action, group string) Detail {
	if action == "remove-from-group" {
		return Detail{Name: GroupDetail, Before: group}
	}
	return Detail{Name: GroupDetail, After: group}
}

// tellGroup is what an administrator did to a group.
func tellGroup(verb string) telling {
	return func(e Entry, _ people) string {
		words := verb + " " + groupOf(value(e, GroupDetail))
		if n := value(e, "members"); n != "" && n != "0" {
			words += ", which had " + counted(n, "member")
		}
		return words
	}
}

// value is what a detail says is so, or was.
func value(e Entry, name string) string { return cmp.Or(e.Detail(name), before(e, name)) }

func groupOf(name string) string {
	if name == "" {
		return "a group"
	}
	return "the group " + quoted(name)
}

func tellGroupChanged(e Entry, _ people) string {
	for _, d := range e.Details {
		if d.Name == "label" {
			return "changed " + groupOf(value(e, GroupDetail)) + ". " + FieldName("label") + ": " + fieldValue(d)
		}
	}
	return "changed " + groupOf(value(e, GroupDetail))
}

// tellMembership tells that somebody came into a group or went out of one; "" if the event says
// something else, or more.
func tellMembership(e Entry, p people) string {
	var group *Detail
	for i, d := range e.Details {
		if d.Name == GroupDetail && group == nil {
			group = &e.Details[i]
		} else if !isAside(d.Name) {
			return ""
		}
	}
	switch {
	case group == nil:
		return ""
	case group.After != "":
		return "added " + p.them + " to " + groupOf(group.After)
	}
	return "removed " + p.them + " from " + groupOf(group.Before)
}
