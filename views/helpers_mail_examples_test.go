package views

import "time"

func mailExamples() []example {
	sent := SettingsMail{Frame: adminFrame("/admin/settings").flashing(Flash{Kind: "good", Text: "The mail server accepted the message to ada@example.org. It replied: “250 2.0.0 OK: queued”"}),
		On: true, Mine: "ada@example.org", FlagValues: []FlagValue{{"Mail server", "smtp://mail.example:587", "--smtp-file", "LATCHKEY_SMTP_FILE", false},
			{"Mail is sent from", "latchkey@login.example", "--mail-from", "LATCHKEY_MAIL_FROM", true}}}
	unsent, evil := sent, sent
	unsent.Frame, unsent.Mine, unsent.More = adminFrame("/admin/settings"), "", true
	unsent.Unsent = []UnsentMail{
		{ID: "m1", What: "Your password was changed", To: "grace@example.org", Queued: now.Add(-time.Hour), Tries: 3, Next: now.Add(8 * time.Minute), Answer: "451 4.1.1 try again later"},
		{ID: "m2", What: "You have been invited", To: "margret@example.org", Queued: now.Add(-26 * time.Hour), Tries: 1, Answer: "550 5.1.1 no such user here"},
		{ID: "m3", What: "Forgotten password", Queued: now.Add(-27 * time.Hour), Tries: 2, Answer: "the stored message could not be decrypted"},
	}
	evil.Frame, evil.FlagValues, evil.Mine = hostileFrame("/admin/settings"), []FlagValue{{"Mail server", hostile, "--smtp", "LATCHKEY_SMTP", false}}, hostile
	evil.Unsent = []UnsentMail{{ID: "m1", What: hostile, To: hostile, Queued: now, Tries: 1, Next: now, Answer: hostile}}
	return []example{
		{"forgot", Forgot{Frame: gateFrame(), CanReset: true}},
		{"forgot-error", Forgot{Frame: gateFrame(FieldError{"username", "Enter your username or email"}), CanReset: true}},
		{"forgot-sent", Forgot{Frame: gateFrame(), CanReset: true, Sent: true}},
		{"forgot-no-mail", Forgot{Frame: gateFrame()}},
		{"settings-mail", sent}, {"settings-mail-unsent", unsent}, {"settings-mail-hostile", evil},
		{"settings-mail-off", SettingsMail{Frame: adminFrame("/admin/settings"), Mine: "ada@example.org"}},
		{"user-invitation-mail", UserAction{Frame: adminFrame("/admin/users"), ID: "u_m", Username: "margaret", Name: "Margaret Hamilton", Kind: "password-link", Invitation: true, InviteDays: 3, CanMail: true}},
	}
}
