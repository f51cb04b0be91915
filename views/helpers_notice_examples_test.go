package views

import "time"

func noticeExamples() []example {
	changed := Notice{ID: "n1", Text: "Your password was changed.", At: now.Add(-2 * time.Hour), From: "203.0.113.7, Firefox on Linux"}
	reset := Notice{ID: "n2", Text: "An administrator reset your two-step verification: your authenticator apps and recovery codes no longer work.", At: now.Add(-26 * time.Hour)}
	few := Notices{All: []Notice{changed, reset}, Newest: changed.At}
	many := Notices{All: []Notice{changed, reset, changed, changed, reset}, Newest: changed.At}
	codes := Notice{ID: "n3", Kind: "recovery-made", Text: "New recovery codes were made, and the old ones no longer work.", At: now.Add(-time.Hour), From: "203.0.113.7, Firefox on Linux"}
	codes.More = []Notice{codes, codes}
	twice := changed
	twice.More = []Notice{changed}
	browsers := Notice{ID: "n4", Kind: "new-browser", Text: "New sign-in from Chrome on macOS.", At: now.Add(-time.Hour), From: "203.0.113.7, Chrome on macOS",
		More: []Notice{{ID: "n5", Text: "New sign-in from Safari on iPhone.", At: now.Add(-26 * time.Hour), From: "198.51.100.7, Safari on iPhone"}}}
	evil := Notice{ID: hostile, Kind: hostile, Text: hostile, At: now, From: hostile, More: []Notice{{ID: hostile, Text: hostile + "2", At: now, From: hostile}}}
	me := Profile{Frame: myFrame("/profile"), Username: "grace", Name: "Grace Hopper", Email: "grace@example.test", Role: "user", Since: now, TwoStep: true, CodesLeft: 7}
	told, typed, alone := me, me, me
	told.Notices, told.CanDelete = few, true
	typed.EmailUnconfirmed, typed.CanSend = true, true
	alone.Email, alone.EmailPending, alone.CanSend = "", "hopper@example.test", true
	return []example{
		{"profile-notices", told}, {"profile-unconfirmed", typed}, {"profile-first-address", alone},
		{"security-notices", Security{Frame: myFrame("/security"), Sessions: []Session{here}, Notices: many}},
		{"security-notices-folded", Security{Frame: myFrame("/security"), Sessions: []Session{here}, Notices: Notices{All: []Notice{codes, twice, browsers}, Newest: codes.At}}},
		{"security-notices-hostile", Security{Frame: myFrame("/security"), Sessions: []Session{here}, Notices: Notices{All: []Notice{evil, evil, evil, evil}, Newest: now}}},
		{"not-me", NotMe{Frame: myFrame("/security"), About: &changed}},
		{"not-me-nothing", NotMe{Frame: adminFrame("/security"), Last: true}},
		{"not-me-mailed", NotMe{Frame: gateFrame(), Mailed: true, About: &changed}},
		{"not-me-hostile", NotMe{Frame: gateFrame(), Mailed: true, About: &evil}},
		{"not-me-done-forgot", NotMeDone{Frame: gateFrame(), Way: "forgot"}},
		{"not-me-done-sign-in", NotMeDone{Frame: gateFrame(), Way: "sign-in"}},
		{"not-me-done-administrator", NotMeDone{Frame: gateFrame(), Way: hostile}},
		{"email", ConfirmEmail{Frame: gateFrame(), Username: "grace", Email: "hopper@example.test"}},
		{"email-taken", ConfirmEmail{Frame: gateFrame(FieldError{"", "Another user has this email address. If that is you, remove it there first."}), Username: "grace", Email: "hopper@example.test"}},
		{"email-hostile", ConfirmEmail{Frame: gateFrame(), Username: hostile, Email: hostile}},
		{"profile-delete", ProfileDelete{Frame: myFrame("/profile"), Username: "grace"}},
		{"profile-delete-error", ProfileDelete{Frame: myFrame("/profile", FieldError{"confirm_username", "Type your username to be sure"}), Username: "grace", Typed: "Grac"}},
		{"profile-delete-refused", ProfileDelete{Frame: adminFrame("/profile"), Username: "ada", Refused: "You are the only administrator who can sign in. Make someone else an administrator first."}},
		{"profile-delete-hostile", ProfileDelete{Frame: hostileFrame("/profile"), Username: hostile, Typed: hostile}},
	}
}
