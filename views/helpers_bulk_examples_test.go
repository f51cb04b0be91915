package views

import (
	"strings"
	"time"
)

func bulkExamples() []example {
	frame := adminFrame("/admin/users")
	review := BulkReview{Frame: frame, Action: "disable", Filter: UserFilter{Sort: "-last_sign_in"}, Picked: []string{"u_l", "u_m", "u_k"}, Total: 3, Changes: 3,
		Names: []string{"Linus Åkesson (linus)", "Margaret Hamilton (margaret)", "katherine"}}
	many := BulkReview{Frame: frame, Action: "delete", Filter: UserFilter{Q: "acme", Status: "active"}, All: true, Total: 3412, Changes: 3410, Stays: 2,
		Names: strings.Fields("Ada Bea Cleo Dora Eve Fay Gil Hal Ida Jan Kay Lea Mia Nia Ola Pia Quinn Ria Sue Tom"),
		Left:  []LeftOut{{"Ada Lovelace", "You cannot delete yourself. Ask another administrator."}, {"Grace Hopper", "This user is already in the recycle bin."}}}
	over := many
	over.Action, over.Over, over.Total, over.Changes, over.Stays, over.Left = "require-enrolment", true, 250_000, 9_000, 1_000, many.Left[:1]
	over.Filter = UserFilter{}
	nobody := BulkReview{Frame: frame, Action: "enable", Picked: []string{"u_l"}, Total: 1, Stays: 1, Left: []LeftOut{{"Linus Åkesson", "This user is not disabled."}}}
	wrong := review
	wrong.Frame, wrong.Reason = adminFrame("/admin/users", FieldError{"reason", "Reason must be 500 characters or fewer"}), "left"
	evil := BulkReview{Frame: hostileFrame("/admin/users"), Action: hostile, Filter: UserFilter{Q: hostile, Sort: hostile}, Picked: []string{hostile}, Total: 2, Changes: 1, Stays: 1,
		Names: []string{hostile}, Left: []LeftOut{{hostile, hostile}}, Reason: "</textarea>" + hostile}
	group := review
	group.Action, group.Group, group.Filter, group.Total, group.Stays = "add-to-group", Group{Name: "support", Label: "Support"}, UserFilter{Group: "sales"}, 4, 1
	group.Left = []LeftOut{{"Dennis Ritchie (dmr)", "This user is already in the group."}}
	ask := BulkGroup{Frame: frame, Action: "remove-from-group", Filter: group.Filter, Picked: review.Picked, Chosen: "sales", Groups: []Option{{"sales", "Sales"}, {"support", "Support"}}}
	typed := BulkGroup{Frame: adminFrame("/admin/users", FieldError{"chosen_group", "There is no group called “suport”"}), Action: "add-to-group", Filter: UserFilter{Q: "acme"}, All: true, Chosen: "suport", Groups: ask.Groups, Many: true}
	evilAsk := BulkGroup{Frame: hostileFrame("/admin/users"), Action: hostile, Filter: UserFilter{Q: hostile}, Picked: []string{hostile}, Chosen: hostile, Groups: []Option{{hostile, hostile}}, Many: true}
	return append([]example{
		{"bulk-review-group", group}, {"bulk-group", ask}, {"bulk-group-typed", typed}, {"bulk-group-hostile", evilAsk},
		{"bulk-review", review}, {"bulk-review-many", many}, {"bulk-review-over", over}, {"bulk-review-nobody", nobody},
		{"bulk-review-error", wrong}, {"bulk-review-hostile", evil},
	}, batchExamples()...)
}

func batchExamples() []example {
	running := Bulk{Frame: adminFrame("/admin/users"), ID: "b1", Action: "disable", State: "running", All: true, Filter: UserFilter{Q: "acme"}, By: "ada",
		Began: now, Moved: now, Reason: "contract ended", Total: 3412, Changed: 1180, LeftOut: 20, Left: []LeftByReason{{"This user is already disabled.", 20}}}
	done, cancelled, refused, undone, undo, evil := running, running, running, running, running, running
	done.State, done.Changed, done.LeftOut, done.CanUndo = "done", 3380, 32, true
	done.Left = []LeftByReason{{"This user is already disabled.", 31}, {"You cannot disable yourself. Ask another administrator.", 1}}
	cancelled.State, cancelled.CanUndo = "cancelled", true
	refused.State = "refused"
	undone.State, undone.UndoneBy = "done", "b2"
	undo.State, undo.Action, undo.Undoes, undo.All, undo.Filter, undo.Reason = "done", "enable", "b1", false, UserFilter{}, ""
	evil.Frame, evil.ID, evil.Action, evil.State, evil.By, evil.Reason, evil.Undoes, evil.UndoneBy = hostileFrame("/admin/users"), hostile, hostile, hostile, hostile, hostile, hostile, hostile
	evil.Left, evil.CanUndo = []LeftByReason{{hostile, 1}}, true
	group, gone := done, refused
	group.Action, group.Group, group.Left = "add-to-group", Group{Name: "support", Label: "Support"}, []LeftByReason{{"This user is already in the group.", 32}}
	gone.Action, gone.Group, gone.GroupGone, gone.Left = "remove-from-group", Group{Name: "sales"}, true, nil
	return []example{
		{"bulk-done-group", group}, {"bulk-refused-group", gone},
		{"bulk-running", running}, {"bulk-done", done}, {"bulk-cancelled", cancelled}, {"bulk-refused", refused},
		{"bulk-list", BulkList{Frame: running.Frame, Acts: []BulkRow{{"b3", "disable", "running", "ada", now, 3412, 1180, 20, ""}, {"b2", "enable", "done", "ada", now.Add(-16 * time.Hour), 3, 2, 1, ""}, {"b1", "add-to-group", "done", "ada", now.Add(-40 * time.Hour), 12, 12, 0, "Support"}}}},
		{"bulk-list-none", BulkList{Frame: running.Frame}}, {"bulk-list-hostile", BulkList{Frame: evil.Frame, Acts: []BulkRow{{hostile, hostile, hostile, hostile, now, 1, 1, 0, hostile}}}},
		{"bulk-undone", undone}, {"bulk-undo", undo}, {"bulk-hostile", evil},
	}
}

func revertExamples() []example {
	edit := Revert{Frame: adminFrame("/admin/audit"), Seq: 1042, What: "User changed", At: now, Who: "ada", OnWhom: "grace", Back: "/admin/users/u_ab12cd",
		Changes: []Change{{"name", "Grace", "Grace Hopper"}, {"email", "", "grace@example.test"}, {"role", "user", "admin"}}}
	disabled, settings, refused, wrong, evil := edit, edit, edit, edit, edit
	disabled.What, disabled.Action, disabled.Changes = "User disabled", "enable", nil
	settings.What, settings.OnWhom, settings.Back = "Settings changed", "", "/admin/audit"
	settings.Changes = []Change{{"instance_name", "Acme", "Latchkey"}, {"session_idle", "240", "60"}}
	refused.Refused = "This has been changed again since (name), so it cannot be reverted."
	taken := refused
	taken.TakenBack = 1083
	wrong.Frame, wrong.Reason = adminFrame("/admin/audit", FieldError{"reason", "Reason must be 500 characters or fewer"}), "oops"
	evil.Frame, evil.What, evil.Who, evil.OnWhom, evil.Changes, evil.Back = hostileFrame("/admin/audit"), hostile, hostile, hostile, []Change{{hostile, hostile, hostile}}, "/admin/users/"+hostile
	return []example{
		{"revert", edit}, {"revert-disabled", disabled}, {"revert-settings", settings}, {"revert-refused", refused}, {"revert-taken-back", taken},
		{"revert-error", wrong}, {"revert-hostile", evil},
	}
}

// pickExamples are the list with what was missing, in the recycle bin and with an action
// under way, and lists of events of which one can be taken back.
func pickExamples() []example {
	rows := []UserRow{
		{ID: "u_ab12cd", Username: "grace", Name: "Grace Hopper", Role: "user", Status: "active", TwoStep: true},
		{ID: "u_l", Username: "linus", Role: "user", Status: "locked"},
	}
	frame := adminFrame("/admin/users")
	none := Users{Frame: adminFrame("/admin/users", FieldError{"user", "Select at least one user"}), Rows: rows, Total: 30, Action: "disable", Filter: UserFilter{Status: "active", After: "u_x", Size: 50}}
	act := Users{Frame: adminFrame("/admin/users", FieldError{"action", "Choose an action"}), Rows: rows, Total: 30, Picked: []string{"u_l"}, All: true}
	bin := Users{Frame: frame, Rows: rows, Total: 2, Filter: UserFilter{Status: "deleted"}, Running: []Link{{"/admin/users/bulk/b1", "Disable 3,412 users"}}}
	grouped := rows[0]
	grouped.Groups = []string{"Engineering", "On call", "Support", "Wiki"}
	groups := Users{Frame: frame, Rows: []UserRow{grouped, rows[1]}, Total: 2, Filter: UserFilter{Group: "on-call"}, Groups: []Option{{"on-call", "On call"}, {"support", "Support"}}}
	manyGroups := groups
	manyGroups.Groups, manyGroups.ManyGroups, manyGroups.Picked, manyGroups.Action = nil, true, []string{"u_l"}, "add-to-group"
	back := signed
	many := back
	many.Words, many.Batch = "ada disabled 198 users", "b1"
	back.Words, back.Revert = "ada changed grace. Role: user → administrator", "/admin/audit/1042/revert"
	return []example{
		{"users-none-picked", none}, {"users-no-action", act}, {"users-bin", bin},
		{"users-groups", groups}, {"users-many-groups", manyGroups},
		{"audit-revert", Audit{Frame: adminFrame("/admin/audit"), Events: []Event{back, many}}},
		{"user-revert", UserPage{Frame: frame, ID: "u_ab12cd", Username: "grace", Role: "user", Status: "active", MustEnrol: true, Demanded: true, Created: now, Activity: []Event{back, many}}},
	}
}
