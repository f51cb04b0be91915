package views

import "time"

func lostPhoneExamples() []example {
	row := Request{ID: "q1", Username: "grace", Name: "Grace Hopper", Status: "open", Made: now.Add(-time.Hour)}
	open := RequestPage{
		Frame: adminFrame("/admin/requests"), Request: row, UserID: "u1", Role: "user", Message: "My phone fell into the harbour.",
		Contact: "extension 12", Browser: "Firefox on Linux", IP: "203.0.113.7", KnownBrowser: true, LastSignIn: now.Add(-24 * time.Hour),
		CodesLeft: 7, Authenticators: 1, Opens: now.Add(-time.Hour), Ends: now.Add(13 * 24 * time.Hour), Mailed: true,
	}
	refused, wrong, used, evil := open, open, open, open
	used.Again, used.AgainMessage, used.AgainContact, used.AgainFrom = now, "I am the real Grace.", "extension 99", "198.51.100.4, Safari on iOS"
	refused.Role, refused.NeedsTwo, refused.First, refused.Refused = "admin", true, "ada", "You have approved this request. Another administrator has to approve it as well."
	wrong.Frame = adminFrame("/admin/requests", FieldError{"decision", "Choose whether to approve or refuse the request"}, FieldError{"reason", "Enter a reason"})
	used.Status, used.By, used.Reason, used.DecidedAt, used.UsualNetwork, used.CodesLeft = "used", "ada", "I called back.", now, true, 0
	evil.Frame, evil.Message, evil.Contact, evil.Browser, evil.IP, evil.Name, evil.Username, evil.ID, evil.UserID = hostileFrame("/admin/requests"), hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile
	other := Request{ID: "q2", Username: "bob", Status: "cancelled", Made: now.Add(-48 * time.Hour)}
	waits := Request{ID: "a1", Username: "ada", Name: "Ada Lovelace", Status: "open", Made: now.Add(-time.Hour), Approval: ApprovalWords("reset-two-step"), AskedBy: "eve"}
	done := Request{ID: "a2", Username: "ada", Status: "approved", Made: now.Add(-time.Hour), By: "grace", Approval: ApprovalWords("email"), AskedBy: "eve"}
	over := Request{ID: "a3", Username: "ada", Status: "ended", Made: now.Add(-time.Hour), Approval: ApprovalWords("password-link"), AskedBy: "eve"}
	approval := ApprovalPage{
		Frame: adminFrame("/admin/requests"), Request: waits, UserID: "u1", What: "reset the two-step verification of Ada Lovelace", Kind: "reset-two-step", Asked: "eve", Because: "New phone.",
		Opens: waits.Made, Ends: now.Add(7 * 24 * time.Hour),
	}
	mine, concerned, address, approvalWrong, approvalEvil := approval, approval, approval, approval, approval
	mine.Mine, concerned.Concerned = true, true
	address.Request, address.Kind, address.What, address.Email, address.Now = done, "email", "change the email address of Ada Lovelace", "ada@new.example", "ada@example.org"
	address.Reason, address.DecidedAt = "I called her.", now
	approvalWrong.Frame, approvalWrong.Opens = wrong.Frame, now
	approvalEvil.Frame, approvalEvil.What, approvalEvil.Because, approvalEvil.Asked, approvalEvil.Name, approvalEvil.Kind, approvalEvil.Email, approvalEvil.ID, approvalEvil.UserID = evil.Frame, hostile, hostile, hostile, hostile, "email", hostile, hostile, hostile
	return []example{
		{"approval", approval}, {"approval-mine", mine}, {"approval-concerned", concerned}, {"approval-done", address}, {"approval-error", approvalWrong}, {"approval-hostile", approvalEvil},
		{"requests-approvals", Requests{Frame: adminFrame("/admin/requests"), Lists: []RequestList{{ListApprovals, []Request{waits}, "/admin/requests?show=approvals&after=1-a1"}, {ListWaiting, []Request{row}, ""}, {ListApproved, []Request{done, over}, "/admin/requests?show=approved&after=1-a3"}}}},
		{"lost-phone", LostPhone{Frame: gateFrame(), Username: "grace", CodesLeft: 7}},
		{"lost-phone-error", LostPhone{Frame: gateFrame(FieldError{"message", "Enter what happened to your phone"}, FieldError{"contact", "Enter how an administrator can contact you"}), Username: "grace"}},
		{"lost-phone-waiting", LostPhone{Frame: gateFrame(), Username: "grace", Waiting: true, Made: now, Opens: now.Add(24 * time.Hour)}},
		{"lost-phone-hostile", LostPhone{Frame: gateFrame(), Username: hostile, Message: hostile, Contact: hostile}},
		{"lost-phone-cancel", CancelRequest{Frame: gateFrame(), Username: "grace"}},
		{"lost-phone-cancelled", CancelRequest{Frame: gateFrame(), Done: true}},
		{"lost-phone-none", CancelRequest{Frame: gateFrame(), Done: true, None: true}},
		{"lost-phone-new", NewPhone{Frame: gateFrame(), Username: "grace"}},
		{"lost-phone-new-error", NewPhone{Frame: gateFrame(FieldError{"password", "That password is not right"}), Username: "grace"}},
		{"requests", Requests{Frame: adminFrame("/admin/requests"), Lists: []RequestList{{ListWaiting, []Request{row}, ""}, {ListDecided, []Request{used.Request, other}, "/admin/requests?show=decided&after=1-r3"}}}},
		{"requests-older", Requests{Frame: adminFrame("/admin/requests"), Lists: []RequestList{{ListDecided, []Request{used.Request, other}, ""}}, One: true}},
		{"requests-over", Requests{Frame: adminFrame("/admin/requests"), One: true}},
		{"requests-none", Requests{Frame: adminFrame("/admin/requests")}},
		{"request", open}, {"request-refused", refused}, {"request-error", wrong}, {"request-used", used}, {"request-hostile", evil},
		{"link-new-phone", UserLink{Frame: adminFrame("/admin/requests"), ID: "u1", Username: "grace", Name: "Grace Hopper", NewPhone: true, Link: "https://login.example/lost-phone/new/TOKEN", Expires: now.Add(24 * time.Hour)}},
	}
}

// wordsExamples are the pages about what people ask for help with, in every state.
func wordsExamples() []example {
	full := RequestWords{
		Frame: adminFrame("/admin/requests"), Days: 30, Periods: []int{7, 30, 90}, From: now.Add(-30 * 24 * time.Hour), To: now, Requests: 112, Before: 104, Least: 30,
		Top: []RequestWord{{"phone", 64, 55}, {"lost", 51, 49}, {"new", 38, 42}, {"broken", 27, 26}, {"authenticator", 21, 21}, {"stolen", 17, 3}, {"holiday", 15, 3},
			{"number", 12, 13}, {"laptop", 9, 9}, {"battery", 6, 4}},
		Rising: []RequestWord{{"stolen", 17, 3}, {"holiday", 15, 3}},
	}
	calm, first, clock, warned, few, none, one, evil := full, full, full, full, full, full, full, full
	calm.Rising, calm.Days = nil, 7
	first.Rising, first.Before, first.Days = nil, 0, 90
	clock.Rising, clock.Clock = []RequestWord{{"clock", 20, 2}}, &ClockHint{Word: "clock"}
	warned.Rising, warned.Clock = []RequestWord{{"code", 20, 0}}, &ClockHint{Word: "code", Warnings: []string{"The clock is 2 minutes slow, says the time server: from about 30 seconds on, codes from everybody's phone are refused. Let the system set its clock by itself."}}
	few.Requests, few.Top, few.Rising = 29, nil, nil
	none.Top, none.Rising = nil, nil
	one.Top, one.Rising = []RequestWord{{"phone", 1204, 4}}, nil
	evil.Frame, evil.Clock = hostileFrame("/admin/requests"), &ClockHint{Word: hostile, Warnings: []string{hostile}}
	evil.Top, evil.Rising = []RequestWord{{hostile, 3, 0}, {"zweifaktorauthentifizierungsanwendung", 2, 5}}, []RequestWord{{hostile, 3, 0}}
	row := Request{ID: "q1", Username: "grace", Name: "Grace Hopper", Status: "open", Made: now.Add(-time.Hour)}
	done := Request{ID: "a2", Username: "ada", Status: "approved", Made: now.Add(-time.Hour), By: "grace", Approval: ApprovalWords("email"), AskedBy: "eve"}
	with := RequestsWith{Frame: adminFrame("/admin/requests"), Word: "stolen", Days: 30, Total: 70, Rows: []Request{row, done}, Older: "/admin/requests?word=stolen&after=1-q1"}
	rest, noneWith, evilWith := with, with, with
	rest.Older, rest.First, rest.Days = "", "/admin/requests?word=stolen", 7
	noneWith.Rows, noneWith.Total, noneWith.Older = nil, 0, ""
	evilWith.Frame, evilWith.Word, evilWith.Rows = hostileFrame("/admin/requests"), hostile, []Request{{ID: hostile, Username: hostile, Name: hostile, Status: "used", By: hostile}}
	return []example{
		{"words", full}, {"words-calm", calm}, {"words-first", first}, {"words-clock", clock}, {"words-clock-wrong", warned}, {"words-few", few}, {"words-none", none},
		{"words-one", one}, {"words-hostile", evil},
		{"requests-with", with}, {"requests-with-rest", rest}, {"requests-with-none", noneWith}, {"requests-with-hostile", evilWith},
	}
}

func explainExamples() []example {
	name := Check{Name: "The account is disabled.", Words: Say("Ada Lovelace disabled this user on ", OnlyDay(now), ": on parental leave."), Fix: "/admin/users/u1/enable", FixWords: "Enable the account"}
	closed := Explain{
		Frame: adminFrame("/admin/users"), ID: "u1", Username: "grace", Name: "Grace Hopper", Enrolling: now.Add(10 * time.Minute),
		Answer: name.Name, Reason: Say(name.Words, " Nothing else blocks sign-in."), First: &name,
		Passing: []Check{{Name: "The account exists", Words: Say("It is not in the recycle bin.")}, {Name: "Two-step verification is not required"}}, Rest: "Two other checks pass",
		Tries: []Event{{Words: "Refused because the account is disabled", At: now, From: "203.0.113.7, Firefox on Linux", Result: "Blocked", ResultKind: "warn"}},
		Tell:  Say("Your account was disabled on ", OnlyDay(now), ". It will work again as soon as we enable it."),
	}
	open, many, evil := closed, closed, closed
	open.First, open.Answer, open.Reason, open.Tries, open.Enrolling, open.Tell, open.Rest = nil, "Nothing blocks sign-in.", Say("They only need their password and a code."), nil, time.Time{}, nil, "All two checks pass"
	many.Reason = name.Words
	many.Also = []Check{{Name: "The clock on “Phone” is wrong.", Words: Say("It is 4 minutes fast.")}, {Name: "Too many wrong codes.", Words: Say("No codes are accepted until ", now, "."), Fix: "/admin/users/u1/unlock", FixWords: "Unlock the account"}}
	evil.Frame, evil.ID, evil.Username, evil.Name = hostileFrame("/admin/users"), hostile, hostile, hostile
	evil.Answer, evil.Reason, evil.Rest, evil.Tell = hostile, Say(hostile, now, hostile), hostile, Say(hostile)
	evil.First = &Check{Name: hostile, Words: Say(hostile), Fix: "/admin/users/u1/enable", FixWords: hostile}
	evil.Also, evil.Passing = []Check{*evil.First}, []Check{*evil.First}
	evil.Tries = []Event{{Words: hostile, Who: hostile, At: now, From: hostile, Result: hostile, Why: hostile}}
	asked := ExplainName{Frame: adminFrame("/admin/users"), Username: "newuser", Answer: "Not imported yet.", Reason: Say("Row 12 of “people.csv” has the name. ada checked the file on ", OnlyDay(now), ", but has not imported it."), Fix: "/admin/users/import?batch=b1", FixWords: "Open the import"}
	evilName := ExplainName{Frame: hostileFrame("/admin/users"), Username: hostile, Answer: hostile, Reason: Say(hostile), Fix: "/admin/users", FixWords: hostile}
	return []example{
		{"explain", closed}, {"explain-many", many}, {"explain-open", open}, {"explain-hostile", evil},
		{"explain-name", ExplainName{Frame: adminFrame("/admin/users")}}, {"explain-name-import", asked}, {"explain-name-hostile", evilName},
		{"try-code", TryRecoveryCode{Frame: myFrame("/security")}},
		{"try-code-error", TryRecoveryCode{Frame: myFrame("/security", FieldError{"recovery_code", "That recovery code is not right, or it has been used"})}},
	}
}
