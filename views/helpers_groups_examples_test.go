package views

import "time"

func groupExamples() []example {
	set := func(errors ...FieldError) Frame { return adminFrame("/admin/settings", errors...) }
	support := Group{Name: "support", Label: "Support", Members: 12, Version: 3, Created: now.AddDate(0, -8, 0)}
	rows := []Group{
		{Name: "contractors-2027", Label: "Contractors until March 2027 (Northwind and Fabrikam)", Members: 18, Created: now.AddDate(0, 0, -25)},
		support, {Name: "trainees", Created: now.Add(-time.Hour)},
	}
	barbara := GroupMember{User: UserRow{ID: "1", Username: "bknuth", Name: "Barbara Knuth", Email: "bknuth@example.com", Status: "active"}, Since: now.AddDate(0, -8, 0), By: "ada"}
	dennis := GroupMember{User: UserRow{ID: "2", Username: "dmr", Status: "locked"}, Since: now.AddDate(0, 0, -1)}
	one := GroupPage{Frame: set(), Group: support, Rows: []GroupMember{barbara, dennis}, Next: "/admin/groups/support?after=2"}
	evil := Group{Name: hostile, Label: hostile, Members: 1, Created: now}
	return []example{
		{"groups", Groups{Frame: set(), Rows: rows, Total: 3}},
		{"groups-none", Groups{Frame: set()}},
		{"groups-search", Groups{Frame: set(), Filter: GroupFilter{Q: "up", Sort: "-members"}, Rows: rows[1:2], Total: 60, Next: "/admin/groups?after=support", Previous: "/admin/groups?before=support"}},
		{"groups-no-match", Groups{Frame: set(), Filter: GroupFilter{Q: "x"}}},
		{"groups-hostile", Groups{Frame: hostileFrame("/admin/settings"), Filter: GroupFilter{Q: hostile, Sort: hostile}, Rows: []Group{evil}, Total: 1}},
		{"group-new", GroupForm{Frame: set()}},
		{"group-new-mistake", GroupForm{Frame: set(FieldError{Field: "name", Message: "Enter a name"}), Label: "Help desk"}},
		{"group-edit", GroupForm{Frame: set(), Stored: support, Label: "Support", Version: "3"}},
		{"group", one},
		{"group-empty", GroupPage{Frame: set(), Group: rows[2]}},
		{"group-mistake", GroupPage{Frame: set(FieldError{Field: "user", Message: "Enter at least one username or email address"}), Group: rows[2], Typed: " "}},
		{"group-hostile", GroupPage{Frame: hostileFrame("/admin/settings"), Group: evil, Rows: []GroupMember{{User: UserRow{ID: hostile, Username: hostile, Name: hostile, Email: hostile}, Since: now, By: hostile}}, Typed: hostile}},
		{"group-review", GroupReview{Frame: set(), Group: support, Chosen: []GroupMember{barbara}, Same: []GroupMember{dennis}, Unknown: []string{"j.smith"}, Binned: []string{"old"}}},
		{"group-review-remove", GroupReview{Frame: set(), Group: support, Remove: true, Chosen: []GroupMember{barbara, dennis}, Same: []GroupMember{dennis, barbara}}},
		{"group-review-nobody", GroupReview{Frame: set(), Group: support, Unknown: []string{"j.smith", hostile}}},
		{"group-delete", GroupDelete{Frame: set(), Group: support}},
		{"group-delete-empty", GroupDelete{Frame: set(), Group: rows[2]}},
	}
}
