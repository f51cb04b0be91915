package views

import "time"

func importExamples() []example {
	columns := []ImportColumn{{Given: "login", Field: "username"}, {Given: "full_name", Field: "name"}, {Given: "is_active", Field: "disabled", Reversed: true}, {Given: "password", Field: "password_hash"}, {Given: "department"}, {Position: 6}}
	rows := []ImportRow{
		{Number: 5, Given: "dave", Result: "refused", Reasons: "The authenticator secret is not base32."},
		{Number: 6, Given: "Johndoe", Result: "refused", Reasons: "The username is the same as \"johndoe\" in row 1."},
		{Number: 7, Given: "=cmd|' /C calc'!A0", Result: "refused", Reasons: "The password hash is in a format we cannot verify."},
		{Number: 8, Result: "refused", Reasons: "Enter a username."},
	}
	upload := ImportUpload{Frame: adminFrame("/admin/users")}
	again := ImportUpload{Frame: kept(adminFrame("/admin/users"), Kept{Button: "Check the file", File: true})}
	stale := ImportUpload{Frame: adminFrame("/admin/users"), Stale: true, Earlier: []ImportSummary{
		{ID: "b1", FileName: "users.csv", State: "ready", At: now}, {ID: "b2", FileName: "old.db", State: "running", At: now},
		{ID: "b3", FileName: "older.json", State: "done", At: now.AddDate(0, 0, -1)}, {ID: "b4", FileName: "oldest.json", State: "stopped", At: now.AddDate(0, 0, -1)}}}
	wrong := ImportUpload{Frame: adminFrame("/admin/users", FieldError{"file", "Choose a file"})}
	bad := Import{Frame: adminFrame("/admin/users"), ID: "b1", FileName: "users.csv", Format: "csv", State: "ready", Good: 1204, Bad: 4, Admins: 3, Columns: columns, Rows: rows, Show: "refused", Next: ImportPath("b1", "refused", 9, 0)}
	good := Import{Frame: adminFrame("/admin/users"), ID: "b1", FileName: "twofactor_app.db", Format: "tutorial", State: "ready", Good: 2, Admins: 1, Columns: columns[:1],
		Rows: []ImportRow{{Number: 1, Given: "johndoe", Result: "good", Reasons: "Becomes an administrator."}, {Number: 2, Given: "alice", Result: "good"}}}
	good.Warning = "This database keeps new rows in a second file, so the newest users may be missing."
	none := Import{Frame: adminFrame("/admin/users"), ID: "b1", FileName: "users.json", Format: "json", State: "ready", Bad: 4, Rows: rows, Show: "refused"}
	running := Import{Frame: adminFrame("/admin/users"), ID: "b1", FileName: "users.csv", Format: "csv", State: "running", Good: 100000, Added: 31800, Late: 1, Columns: columns, Show: "refused", Rows: rows[:1]}
	stalled := running
	stalled.Stalled = true
	done := Import{Frame: adminFrame("/admin/users").flashing(Flash{Text: "2 users were added.", Kind: "good"}), ID: "b1", FileName: "users.csv", Format: "csv", State: "done", Good: 2, Bad: 1, Added: 2, Columns: columns, Show: "added",
		Rows: []ImportRow{{Number: 1, Given: "johndoe", Result: "added"}}, Previous: ImportPath("b1", "added", 0, 1)}
	inviting := Import{Frame: adminFrame("/admin/users"), ID: "b1", FileName: "people.csv", Format: "csv", State: "ready", Good: 480, Invited: 480, Invite: true, MailWorks: true, Columns: columns[:2],
		Rows: []ImportRow{{Number: 2, Given: "ada", Result: "good", Reasons: "Will be invited."}}}
	invited := inviting
	invited.State, invited.Added, invited.Mailed, invited.ToPrint, invited.Show = "done", 480, 360, 120, "added"
	paper := invited
	paper.MailWorks, paper.Mailed, paper.ToPrint = false, 0, 1
	card := Card{Name: "Ada Lovelace", Username: "ada", Link: "https://login.example/invite/TOKEN", Expires: now.Add(72 * time.Hour), TwoStep: true, QRSize: 3, QRPath: "M0 0h1v1H0z"}
	plain := card
	plain.Name, plain.TwoStep = "", false
	evilCard := Card{Name: hostile, Username: hostile, Link: hostile, Expires: now, QRSize: 3, QRPath: hostile}
	stopped := Import{Frame: adminFrame("/admin/users"), ID: "b1", FileName: "users.csv", Format: "csv", State: "stopped", Good: 100000, Added: 31800, Late: 1, Columns: columns}
	evil := Import{Frame: hostileFrame("/admin/users"), ID: hostile, FileName: hostile, Format: hostile, State: "ready", Good: 1, Bad: 1, Columns: []ImportColumn{{Given: hostile, Field: hostile}},
		Rows: []ImportRow{{Number: 1, Given: hostile, Result: hostile, Reasons: hostile}}}
	return []example{
		{"import", upload}, {"import-make-groups", ImportUpload{Frame: adminFrame("/admin/users"), MakeGroups: true}}, {"import-stale", stale}, {"import-kept", again}, {"import-error", wrong}, {"import-check", bad}, {"import-check-good", good}, {"import-check-none", none},
		{"import-running", running}, {"import-stalled", stalled}, {"import-done", done}, {"import-stopped", stopped},
		{"import-inviting", inviting}, {"import-invited", invited}, {"import-invited-no-mail", paper},
		{"invitations", Invitations{Frame: adminFrame("/admin/users"), Cards: []Card{card, plain}, From: 1, To: 2, Total: 2}},
		{"invitations-more", Invitations{Frame: adminFrame("/admin/users"), Cards: []Card{card}, From: 100, To: 100, Total: 130, Filter: "status=invited", After: "7"}},
		{"invitations-over", Invitations{Frame: adminFrame("/admin/users")}},
		{"invitations-hostile", Invitations{Frame: hostileFrame("/admin/users"), Cards: []Card{evilCard}, From: 1, To: 1, Total: 9, Import: hostile, After: hostile}},
		{"import-hostile", evil}, {"import-hostile-upload", ImportUpload{Frame: hostileFrame("/admin/users"), Earlier: []ImportSummary{{ID: hostile, FileName: hostile, State: hostile, At: now}}}},
	}
}
