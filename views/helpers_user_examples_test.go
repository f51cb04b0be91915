package views

import "time"

func userExamples() []example {
	base := UserPage{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Username: "grace", Name: "Grace Hopper", Email: "grace@example.test", Role: "user", Status: "active",
		Created: now.AddDate(-1, 0, 0), LastSignIn: now.Add(-16 * time.Hour), PasswordChanged: now.AddDate(0, -1, 0), Authenticators: []Authenticator{phone}, CodesLeft: 7,
		Sessions: []Session{away}, Activity: []Event{barred, signed}, Back: "/admin/users?status=active"}
	base.AddedBy = Link{"/admin/users/u_ada", "Ada Lovelace"}
	base.Notes = []Note{{"n2", "Back on 1 June 2027. Keep the account.", "Ada Lovelace", now.Add(-8 * time.Minute)}, {"n1", "Uses a shared phone on call, so there are two authenticators.", "katherine", now.AddDate(0, -5, 0)}}
	locked, invited, disabled, deleted, self, last, evil := base, base, base, base, base, base, base
	locked.Status, locked.LockedUntil = "locked", now.Add(15*time.Minute)
	invited = UserPage{Frame: adminFrame("/admin/users").flashing(Flash{Text: "Invitation sent to margaret@example.test.", Kind: "good"}), ID: "u_m", Username: "margaret", Status: "invited", Role: "user", Created: now, Email: "margaret@example.test", EmailUnconfirmed: true}
	disabled.Status, disabled.Sessions = "disabled", nil
	disabled.Frame = adminFrame("/admin/users").flashing(Flash{Text: "Grace Hopper is disabled.", Kind: "good", UndoAction: "/admin/users/u_ab12cd/enable", UndoLabel: "Undo"})
	disabled.State = []Said{Say("Disabled by ", base.AddedBy, " on ", OnlyDay(now), ": on parental leave.")}
	invited.Invited, invited.State = true, []Said{Say("Invited by ", base.AddedBy, " on ", OnlyDay(now), ". The invitation works until ", now.Add(24*time.Hour), ".")}
	closed := base
	closed.State = []Said{Say("Grace Hopper said “This was not me” on ", OnlyDay(now), ", about “Your password was changed”. The password no longer works: a new one has to be chosen through a link.")}
	closed.Frame, closed.Note = adminFrame("/admin/users", FieldError{"note", "Note must be 500 characters or fewer"}), "too long"
	deleted.Status, deleted.State = "deleted", []Said{Say("Deleted by ", base.AddedBy, " on ", OnlyDay(now), ". Removed for good on ", OnlyDay(now.AddDate(0, 0, 30)), ".")}
	self.Self, self.Role = true, "admin"
	last.LastAdmin, last.Role = true, "admin"
	evil.Frame, evil.ID, evil.Username, evil.Name, evil.Email, evil.Status, evil.Back, evil.Activity = hostileFrame("/admin/users"), hostile, hostile, hostile, hostile, hostile, "/admin/users?q="+hostile, []Event{hostileEvent()}
	evil.State, evil.AddedBy, evil.Note = []Said{Say(hostile, Link{"/admin/users/" + hostile, hostile}, OnlyDay(now))}, Link{"javascript:alert(1)", hostile}, "</textarea>"+hostile
	evil.Notes = []Note{{hostile, hostile, hostile, now}}
	grouped := base
	grouped.Groups = []Group{{Name: "on-call", Label: "On call"}, {Name: "trainees"}}
	evil.Groups = []Group{{Name: hostile, Label: hostile}}
	return append([]example{
		{"user", base}, {"user-groups", grouped}, {"user-closed", closed},
		{"note-delete", NoteDelete{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Name: "Grace Hopper", Note: base.Notes[0]}},
		{"note-delete-hostile", NoteDelete{Frame: hostileFrame("/admin/users"), ID: hostile, Name: hostile, Note: evil.Notes[0]}}, {"user-locked", locked}, {"user-invited", invited}, {"user-disabled", disabled}, {"user-deleted", deleted},
		{"user-self", self}, {"user-last-admin", last}, {"user-hostile", evil},
		{"user-new", UserNew{InviteDays: 3, Frame: adminFrame("/admin/users"), Role: "user", FirstSignIn: "mail", MailWorks: true}},
		{"user-new-kept", UserNew{InviteDays: 3, Frame: kept(adminFrame("/admin/users"), Kept{Button: "Add user"}), Username: "grace", Name: "Grace Hopper", Email: "grace@example.com", Role: "admin", FirstSignIn: "link", MailWorks: true}},
		{"user-new-no-mail", UserNew{InviteDays: 3, Frame: adminFrame("/admin/users"), Role: "user"}},
		{"user-new-error", UserNew{InviteDays: 3, Frame: adminFrame("/admin/users", FieldError{"username", "That username is taken"}, FieldError{"email", "Another user has this email address"}, FieldError{"role", "Choose a role"}),
			Username: "grace", Email: "grace@example.test", Role: "admin", FirstSignIn: "link", MailWorks: true}},
		{"user-edit", UserEdit{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Stored: "grace", Username: "grace", Name: "Grace Hopper", Email: "grace@example.test", Role: "user", Version: 3}},
		{"user-edit-own", UserEdit{Frame: adminFrame("/admin/users"), ID: "u_ada", Stored: "ada", Username: "ada", Name: "Ada Lovelace", Role: "admin", Version: 1, OwnRole: true}},
		{"user-edit-conflict", UserEdit{Frame: adminFrame("/admin/users", FieldError{"", "Somebody else has changed this user. Check the values and save again."}), ID: "u_ab12cd", Stored: "grace", Username: "grace", Role: "admin", Version: 4}},
		{"user-edit-hostile", UserEdit{Frame: hostileFrame("/admin/users"), ID: hostile, Stored: hostile, Username: hostile, Name: hostile, Email: hostile, Role: hostile}},
		{"user-link", UserLink{Frame: adminFrame("/admin/users"), ID: "u_m", Username: "margaret", Name: "Margaret Hamilton", Invitation: true, QRSize: 45, QRPath: "M4 4h7v1h-7zM14 4h1v1h-1z", Link: "https://login.example/invite/b2xkIHRyZWVzIGFyZSBub3QgdGFsbCBlbm91Z2g", Expires: now.Add(24 * time.Hour)}},
		{"user-link-password", UserLink{Frame: adminFrame("/admin/users"), ID: "u_m", Username: "margaret", Link: "https://login.example/reset/b2xkIHRyZWVzIGFyZSBub3QgdGFsbCBlbm91Z2g", Expires: now.Add(24 * time.Hour)}},
	}, actionExamples()...)
}

func actionExamples() []example {
	var all []example
	for _, kind := range []string{"disable", "enable", "delete", "restore", "unlock", "sign-out", "reset-two-step", "password-link"} {
		all = append(all, example{"user-" + kind, UserAction{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Username: "grace", Name: "Grace Hopper", Kind: kind, NeedsReason: kind == "reset-two-step", NeedsName: kind == "delete", Sessions: 2}})
	}
	return append(all,
		example{"user-password-link-mail", UserAction{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Username: "grace", Kind: "password-link", CanMail: true}},
		example{"user-delete-error", UserAction{Frame: adminFrame("/admin/users", FieldError{"confirm_username", "Type grace to delete this user"}), ID: "u_ab12cd", Username: "grace", Name: "Grace Hopper", Kind: "delete", NeedsName: true, Reason: "left", ConfirmUsername: "Grace"}},
		example{"user-reset-two-step-approval", UserAction{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Username: "ada", Name: "Ada Lovelace", Kind: "reset-two-step", NeedsReason: true, Approval: "Grace must approve too, because Ada Lovelace is an administrator."}},
		example{"user-password-link-approval", UserAction{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Username: "ada", Name: "Ada Lovelace", Kind: "password-link", CanMail: true, Approval: "Grace must approve too, because Ada Lovelace is an administrator."}},
		example{"user-reset-two-step-error", UserAction{Frame: adminFrame("/admin/users", FieldError{"reason", "Enter a reason"}), ID: "u_ab12cd", Username: "grace", Kind: "reset-two-step", NeedsReason: true}},
		example{"user-disable-refused", UserAction{Frame: adminFrame("/admin/users"), ID: "u_ada", Username: "ada", Kind: "disable", Refused: "This is the last administrator who can sign in."}},
		example{"user-disable-hostile", UserAction{Frame: hostileFrame("/admin/users"), ID: hostile, Username: hostile, Name: hostile, Kind: "disable", Reason: "</textarea>" + hostile}},
	)
}
