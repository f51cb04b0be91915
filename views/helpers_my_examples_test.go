package views

import "time"

var (
	phone  = Authenticator{ID: "a1", Label: "Phone", Added: now.AddDate(0, -1, -21), LastUsed: now.Add(-36 * time.Minute)}
	tablet = Authenticator{ID: "a2", Label: "Tablet", Added: now.AddDate(0, 0, -2)}
	here   = Session{ID: "s1", Browser: "Firefox on Linux", IP: "203.0.113.7", SignedIn: now.Add(-36 * time.Minute), LastActive: now, How: "password and code", Current: true}
	away   = Session{ID: "s2", Browser: "Safari on iPhone", IP: "198.51.100.24", SignedIn: now.Add(-40 * time.Hour), LastActive: now.Add(-37 * time.Hour), How: "password and recovery code"}
	signed = Event{Seq: 1204, At: now.Add(-36 * time.Minute), Words: "Signed in with password and code", Who: "ada", From: "203.0.113.7, Firefox on Linux", RequestID: "01JD8Q4Z"}
	failed = Event{Seq: 1203, At: now.Add(-37 * time.Minute), Words: "Wrong password", Who: "ada", From: "203.0.113.7, Firefox on Linux", Result: "Failed", ResultKind: "bad", RequestID: "01JD8Q4X"}
	barred = Event{Seq: 1202, At: now.Add(-26 * time.Hour), Words: "ada disabled radia", OnWhom: "radia", From: "203.0.113.7, Firefox on Linux", RequestID: "01JD8Q4W", Facts: []Fact{{Name: "Disabled", Before: "no", After: "yes"}, {Name: "Reason", After: "left"}},
		Details: `[{"name":"disabled","before":"no","after":"yes"},{"name":"reason","after":"left"}]`}
	system = Event{Seq: 1201, At: now.Add(-48 * time.Hour), Words: "Server started"}
)

func myExamples() []example {
	me := Profile{Frame: myFrame("/profile"), Username: "grace", Name: "Grace Hopper", Email: "grace@example.test", Role: "user", Since: now.AddDate(-1, 0, 0), TwoStep: true, CodesLeft: 7}
	start := me
	start.Frame = myFrame("/profile").flashing(Flash{Text: "You used a recovery code. 2 of 10 left.", Kind: "warn", Link: "/security/recovery-codes/new", LinkNote: "Make new codes"})
	start.Name, start.Email, start.TwoStep, start.CodesLeft = "", "", false, 0
	waiting := me
	waiting.Frame = adminFrame("/profile").flashing(Flash{Text: "Profile saved.", Kind: "good"})
	waiting.Role, waiting.EmailUnconfirmed, waiting.EmailPending = "admin", true, "hopper@example.test"
	evil := Profile{Frame: hostileFrame("/profile"), Username: hostile, Name: hostile, Email: hostile, EmailPending: hostile, EmailUnconfirmed: true, Role: hostile, Since: now}
	elsewhere, restored := me, me
	restored.CodesOld = true
	elsewhere.Zone, elsewhere.Theme = zone("America/Sao_Paulo"), "dark"
	return append([]example{
		{"profile", me}, {"profile-start", start}, {"profile-waiting", waiting}, {"profile-hostile", evil}, {"profile-zone", elsewhere}, {"profile-codes-old", restored},
		{"profile-edit", ProfileEdit{Frame: myFrame("/profile"), Username: "grace", Name: "Grace Hopper", Email: "grace@example.test", EmailNeedsConfirm: true, ThemeChoice: "dark", TimeZone: "Europe/Berlin", Zones: []string{"UTC", "America/Argentina/Buenos_Aires", "Europe/Berlin", "Europe/London"}}},
		{"profile-edit-error", ProfileEdit{Frame: myFrame("/profile", FieldError{"email", "Enter an email address in the correct format, like name@example.com"}, FieldError{"theme", "Choose system, light or dark"}, FieldError{"time_zone", "Choose a time zone from the list"}), Username: "grace", Name: "Grace Hopper", Email: "grace@", TimeZone: hostile, ThemeChoice: hostile, Zones: []string{"UTC"}}},
	}, securityExamples()...)
}

func securityExamples() []example {
	full := Security{
		Frame:           adminFrame("/security").flashing(Flash{Text: "Authenticator app Tablet is on.", Kind: "good"}),
		PasswordChanged: now.AddDate(0, -1, -21), Authenticators: []Authenticator{phone, tablet}, CodesLeft: 7, CodesTotal: 10,
		Sessions: []Session{here, away}, Browsers: []Browser{{ID: "b1", Name: "Firefox on Linux", IP: "203.0.113.7", LastUsed: now.Add(-36 * time.Minute), Ends: now.AddDate(0, 0, 27)}},
		Activity: []Event{signed, failed},
	}
	last := Security{Frame: myFrame("/security"), Authenticators: []Authenticator{phone}, CodesLeft: 2, CodesTotal: 10, Sessions: []Session{here}}
	last.CanRemember = true
	old := last
	old.CodesOld = true
	none := Security{Frame: myFrame("/security"), Sessions: []Session{here}}
	spent := last
	spent.CodesLeft, spent.CanRemoveLast, spent.CanRemember, spent.AlwaysAsked = 0, true, false, true
	evil := Security{Frame: hostileFrame("/security"), Authenticators: []Authenticator{{ID: hostile, Label: hostile, Added: now}}, CodesTotal: 10, CanRemoveLast: true,
		Sessions: []Session{{ID: hostile, Browser: hostile, IP: hostile, How: hostile, SignedIn: now, LastActive: now}}, Activity: []Event{hostileEvent()}}
	ask := RemoveAuthenticator{Frame: myFrame("/security"), ID: "a1", Label: "Phone"}
	off, refused := ask, ask
	off.Last = true
	refused.Refused = "Two-step verification is required here, so your only app cannot be removed. Add another one first."
	return []example{
		{"security", full}, {"security-last", last}, {"security-codes-old", old}, {"security-none", none}, {"security-spent", spent}, {"security-hostile", evil},
		{"password", PasswordChange{Frame: myFrame("/security"), Username: "grace", MinLength: 12}},
		{"password-error", PasswordChange{Frame: myFrame("/security", FieldError{"current_password", "Check your password"}, FieldError{"new_password", "This password is too easy to guess. Use a longer one, or a few random words."}), Username: "grace", MinLength: 12}},
		{"app-rename", RenameAuthenticator{Frame: myFrame("/security"), ID: "a1", Old: "Phone", Label: "Phone"}},
		{"app-rename-error", RenameAuthenticator{Frame: myFrame("/security", FieldError{"label", "Enter a name for this app"}), ID: "a1", Old: "Phone"}},
		{"app-remove", ask}, {"app-remove-last", off}, {"app-remove-refused", refused},
		{"activity", Activity{Frame: myFrame("/security"), Events: []Event{signed, failed}, Newer: "/security/activity", Older: "/security/activity?before=1203"}},
		{"activity-none", Activity{Frame: myFrame("/security")}},
	}
}

func hostileEvent() Event {
	return Event{At: now, Words: hostile, Who: hostile, OnWhom: hostile + "2", From: hostile, Result: hostile, ResultKind: hostile, RequestID: hostile, Facts: []Fact{{hostile, hostile, hostile}}, Details: hostile}
}
