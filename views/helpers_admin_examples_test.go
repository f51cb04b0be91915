package views

import "time"

func adminExamples() []example {
	return append(append(append(usersExamples(), importExamples()...), auditExamples()...), overviewExamples()...)
}

func usersExamples() []example {
	rows := []UserRow{
		{ID: "u_ada", Username: "ada", Name: "Ada Lovelace", Email: "ada@example.test", Role: "admin", Status: "active", TwoStep: true, LastSignIn: now.Add(-36 * time.Minute)},
		{ID: "u_ab12cd", Username: "grace", Name: "Grace Hopper", Email: "grace@example.test", Role: "user", Status: "active", TwoStep: true, LastSignIn: now.Add(-16 * time.Hour)},
		{ID: "u_l", Username: "linus", Name: "Linus Åkesson", Email: "linus@example.test", Role: "user", Status: "locked", TwoStep: true, LastSignIn: now.AddDate(0, 0, -3)},
		{ID: "u_m", Username: "margaret", Name: "Margaret Hamilton", Email: "margaret@example.test", Role: "user", Status: "invited"},
		{ID: "u_k", Username: "katherine", Role: "user", Status: "deleted", LastSignIn: now.AddDate(0, 0, -24)},
		{ID: "u_r", Username: "radia", Name: "Radia Perlman", Email: "radia@example.test", Role: "user", Status: "disabled", TwoStep: true, LastSignIn: now.AddDate(0, -6, 0)},
	}
	page := Users{Frame: adminFrame("/admin/users").flashing(Flash{Text: "Invitation sent to margaret@example.test.", Kind: "good"}), Rows: rows, Total: 148, Next: "/admin/users?after=radia"}
	filtered := Users{Frame: adminFrame("/admin/users"), Rows: rows[:2], Total: 2, Filter: UserFilter{Q: "a", Status: "active", TwoStep: "on", Role: "admin", Sort: "-last_sign_in", Size: 50}}
	big := Users{Frame: adminFrame("/admin/users"), Rows: rows, Total: 10000, Over: true, Filter: UserFilter{Sort: "-name"}, Previous: "/admin/users?sort=-name", Next: "/admin/users?after=x&sort=-name"}
	evil := Users{Frame: hostileFrame("/admin/users"), Rows: []UserRow{{ID: hostile, Username: hostile, Name: hostile, Email: hostile, Role: hostile, Status: hostile}}, Total: 1, Filter: UserFilter{Q: hostile, Sort: hostile}}
	return []example{
		{"users", page}, {"users-filtered", filtered}, {"users-many", big},
		{"users-alone", Users{Frame: adminFrame("/admin/users"), Rows: rows[:1], Total: 1, Alone: true}},
		{"users-no-match", Users{Frame: adminFrame("/admin/users"), Filter: UserFilter{Q: "nobody"}}},
		{"users-hostile", evil},
	}
}

func auditExamples() []example {
	groups := []EventGroup{{"Signing in", []Option{{"login.password", "Password"}, {"login.code", "Code"}}}, {"Users", []Option{{"user.disabled", "User disabled"}}}}
	results := []Option{{"ok", "Succeeded"}, {"denied", "Denied"}}
	page := Audit{Frame: adminFrame("/admin/audit"), Groups: groups, Results: results, Events: []Event{signed, failed, barred, system}, Older: "/admin/audit?before=1201", KeepDays: 365, Head: "1250:pvtii8hn.YLwFkc3JtAG0Nb9BdGA2u9Ocq4JawVONrh68tUgKw9Y"}
	old := page
	old.Filter, old.Before, old.Newer = AuditFilter{Actor: "ada", User: "radia", Event: "user.disabled", Result: "ok", IP: "203.0.113.7", From: "2026-11-01", To: "2026-11-30", Before: 1203}, now, "/admin/audit"
	evil := Audit{Frame: hostileFrame("/admin/audit"), Events: []Event{hostileEvent()}, Filter: AuditFilter{Actor: hostile, User: hostile, IP: hostile, From: hostile}}
	return []example{
		{"audit", page}, {"audit-filtered", old}, {"audit-hostile", evil},
		{"audit-no-match", Audit{Frame: adminFrame("/admin/audit"), Groups: groups, Results: results, Filter: AuditFilter{Actor: "nobody"}}},
		{"audit-bad-day", Audit{Frame: adminFrame("/admin/audit", FieldError{"from", "From must be a date like 2026-11-23"}), Filter: AuditFilter{From: "yesterday"}}},
		{"audit-none", Audit{Frame: adminFrame("/admin/audit")}},
	}
}

func overviewExamples() []example {
	var days []Day
	for i, n := range [][2]int{{12, 1}, {18, 0}, {22, 2}, {19, 1}, {25, 3}, {9, 0}, {7, 0}, {21, 1}, {24, 9}, {28, 2}, {22, 1}, {26, 0}, {11, 0}, {8, 1}} {
		days = append(days, Day{Date: time.Date(2026, 11, 10+i, 0, 0, 0, 0, time.UTC), Succeeded: n[0], Failed: n[1]})
	}
	tiles := []Tile{{"Active users", 142, "", "/admin/users?status=active"}, {"Without two-step", 31, "22% of active users", "/admin/users?status=active&two_step=off"}, {"Locked right now", 1, "", "/admin/users?status=locked"}, {"Failed sign-ins, 24 h", 4, "", "/admin/audit?result=denied"}}
	page := AdminOverview{Frame: adminFrame("/admin"), Tiles: tiles, Days: days, Recent: []Event{signed, failed, barred, system},
		Attention: []Attention{{"Mail is not set up, so links have to be passed on by hand.", "", ""}, {"3 invitations expire tomorrow.", "/admin/users?status=invited", "Show them"}}}
	empty := AdminOverview{Frame: adminFrame("/admin"), Tiles: tiles[:1], Checklist: []Task{{"Turn on two-step verification for yourself", "/security", true, ""}, {"Name this instance", "/admin/settings/general", false, ""}, {"Make backups", "/help#backups", false, "backups"}}, Alone: true}
	quiet := AdminOverview{Frame: adminFrame("/admin"), Tiles: tiles, Days: []Day{{Date: now}, {Date: now.AddDate(0, 0, 1)}}}
	general := SettingsGeneral{Frame: adminFrame("/admin/settings"), InstanceName: "Acme Portal", AuditKeepDays: "365", Reach: Reach{IP: "203.0.113.7", Scheme: "https", Host: "login.example", URL: "https://login.example"},
		FlagValues: []FlagValue{{"Base URL", "https://login.example", "--url", "LATCHKEY_URL", false}, {"Trusted proxies", "none", "--trusted-proxies", "LATCHKEY_TRUSTED_PROXIES", true}}}
	full := general
	full.Frame = branded(adminFrame("/admin/settings"))
	full.ContactName, full.ContactPhone, full.ContactLink = "IT service desk", "+44 20 7946 0000", "help@example.com"
	full.HelpText, full.PrivacyText, full.Accent, full.Stale = "Room 17, until six.", "We keep as little as we can.", "#0000a0", true
	wrong := general
	wrong.Frame, wrong.Reach, wrong.InstanceName = adminFrame("/admin/settings", FieldError{"instance_name", "The name of this instance must be 1 to 40 characters"}, FieldError{"audit_keep_days", "Days to keep events must be a number from 30 to 3650, or 0 to keep them indefinitely"},
		FieldError{"contact_link", "Web page or email address must begin with https:// or be an email address like help@example.com"}, FieldError{"help_text", "Your text about help must be 10000 characters or fewer. It has 10001"},
		FieldError{"accent", "In the light theme, #777777 on white has a contrast of 4.47:1, and text needs at least 4.5:1. Choose a darker colour"}, FieldError{"logo", "Logo must be a PNG or WebP picture"}), Reach{IP: "127.0.0.1", Host: hostile, URL: "https://login.example", Troubles: []Trouble{{Text: "127.0.0.1 sent X-Forwarded-For but is not a trusted proxy, so the header is ignored. Everyone who connects that way counts as 127.0.0.1 and shares its limits.", Fix: "If 127.0.0.1 is your reverse proxy, start the server with --trusted-proxies 127.0.0.1.", Urgent: true}, {Text: "You are using a different host from the one our links begin with.", Fix: "Make the proxy pass on the Host header unchanged, or start the server with the --url that people use."}}}, "\"></textarea>"+hostile
	wrong.AuditKeepDays, wrong.ContactLink, wrong.HelpText, wrong.Accent = "7", "javascript:alert(1)", "</textarea>"+hostile, "#777777"
	signIn := SettingsSignIn{Frame: adminFrame("/admin/settings").flashing(Flash{Text: "Settings saved.", Kind: "good"}), TwoStep: "everyone", PasswordMin: "12", SessionIdle: "60", SessionMax: "1440", RememberDays: "0", LostPhoneWait: "0", InviteDays: "3", DeleteSelf: "no"}
	bad := signIn
	bad.Frame, bad.TwoStep, bad.PasswordMin = adminFrame("/admin/settings", FieldError{"two_step", "Choose who must use two-step verification"}, FieldError{"password_min", "The shortest password must be a number from 8 to 64"}), "administrators", "7"
	return []example{
		{"overview", page}, {"overview-empty", empty}, {"overview-quiet", quiet},
		{"settings-general", general}, {"settings-general-full", full}, {"settings-general-error", wrong}, {"settings-sign-in", signIn}, {"settings-sign-in-error", bad},
	}
}

func errorExamples() []example {
	var all []example
	for name, status := range map[string]int{"400": 400, "404": 404, "405": 405, "413": 413, "415": 415, "500": 500, "503": 503} {
		all = append(all, example{"error-" + name, Error{Frame: gateFrame(), Status: status, Reference: "01JD8Q4Z"}})
	}
	help := Help{Frame: gateFrame(), IdleMinutes: 60, AbsoluteHours: 24}
	away := help
	away.Back = Link{"/login", "Sign in"}
	mine := help
	mine.Frame, mine.CanReset = branded(myFrame("")), true
	mine.HelpText = "Call the help desk on extension 4242.\nRoom 17, until six.\n\nMore on https://help.example.com/signing-in?a=1&b=2, or (https://example.org/). Not http://example.org or javascript:alert(1)."
	mine.PrivacyText = "Our officer for data protection: https://example.com/privacy."
	evil := mine
	evil.HelpText, evil.PrivacyText, evil.Contact = hostile+"\n\nhttps://x\"onclick=alert(1)", "https://example.org/<script>"+hostile, Contact{hostile, hostile, "javascript:alert(1)", "javascript:alert(1)", hostile}
	desk := help
	desk.Frame = adminFrame("")
	return append(all,
		example{"help-hostile", evil}, example{"help-administrator", desk}, example{"error-500-contact", Error{Frame: branded(gateFrame()), Status: 500, Reference: "01JD8Q4Z"}},
		example{"error-403", Error{Frame: myFrame(""), Status: 403, Username: "ada", Reference: "01JD8Q4Z"}},
		example{"error-403-origin", Error{Frame: gateFrame(), Status: 403, Form: &FormOrigin{Why: OriginMissing, Ours: "https://login.example"}, Reference: "01JD8Q4Z"}},
		example{"error-403-origin-elsewhere", Error{Frame: gateFrame(), Status: 403, Form: &FormOrigin{Why: OriginElsewhere, Ours: "https://login.example", Came: "http://127.0.0.1:8080"}, Reference: "01JD8Q4Z"}},
		example{"error-421", Error{Frame: gateFrame(), Status: 421, Host: &OtherHost{Ours: "https://login.example", Came: "http://192.168.1.5:8080"}, Reference: "01JD8Q4Z"}},
		example{"error-421-proxied", Error{Frame: gateFrame(), Status: 421, Host: &OtherHost{Ours: "https://login.example", Named: "127.0.0.1:8080"}, Reference: "01JD8Q4Z"}},
		example{"error-421-unnamed", Error{Frame: gateFrame(), Status: 421, Host: &OtherHost{Ours: "https://login.example"}, Reference: "01JD8Q4Z"}},
		example{"error-403-origin-foreign", Error{Frame: gateFrame(), Status: 403, Form: &FormOrigin{Why: OriginForeign, Ours: "https://login.example", Came: hostile}, Reference: "01JD8Q4Z"}},
		example{"error-403-origin-neighbour", Error{Frame: gateFrame(), Status: 403, Form: &FormOrigin{Why: OriginNeighbour, Ours: "https://login.example"}, Reference: "01JD8Q4Z"}},
		example{"error-403-origin-hidden", Error{Frame: gateFrame(), Status: 403, Form: &FormOrigin{Why: OriginHidden, Ours: "https://login.example"}, Reference: "01JD8Q4Z"}},
		example{"error-403-origin-unclear", Error{Frame: gateFrame(), Status: 403, Form: &FormOrigin{Why: OriginUnclear, Ours: "https://login.example"}, Reference: "01JD8Q4Z"}},
		example{"error-404-user", Error{Frame: gateFrame(), Status: 404, Username: "grace", Reference: "01JD8Q4Z"}},
		example{"error-404-administrator", Error{Frame: gateFrame(), Status: 404, Username: "ada", Admin: true, Reference: "01JD8Q4Z"}},
		example{"error-413-file", Error{Frame: gateFrame(), Status: 413, Username: "ada", Admin: true, Again: "/admin/users/import", Limit: 16 << 20, Reference: "01JD8Q4Z"}},
		example{"error-413-form", Error{Frame: gateFrame(), Status: 413, Username: "ada", Again: "/profile/edit", Limit: 64 << 10, Reference: "01JD8Q4Z"}},
		example{"error-400-filter", Error{Frame: gateFrame(), Status: 400, Text: "Status in this page’s address is not one of the choices.", Username: "ada", Admin: true, Again: "/admin/users", Filtered: true, Reference: "01JD8Q4Z"}},
		example{"error-429", Error{Frame: gateFrame(), Status: 429, RetryAt: now.Add(4 * time.Minute), RetryIn: 4 * time.Minute, Reference: "01JD8Q4Z"}},
		example{"error-503-lost", Error{Frame: gateFrame(), Status: 503, Lost: true, Reference: "01JD8Q4Z"}},
		example{"error-hostile", Error{Frame: hostileFrame(""), Status: 500, Title: hostile, Text: hostile, Reference: hostile, Username: hostile}},
		example{"help", help}, example{"help-signed-out", away}, example{"help-mine", mine},
	)
}
