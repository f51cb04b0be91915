package views

import "time"

const (
	wrongPair  = "Check your username and password"
	wrongCode  = "That code is not right. Check the app shows Acme Portal, and that your phone's clock is set automatically."
	wrongThree = "Check your username, password and code"
	shortWord  = "Password must be at least 12 characters"
)

func gateExamples() []example {
	return append([]example{
		{"setup", Setup{Frame: gateFrame(), URL: "https://login.example", MinLength: 12}},
		{"setup-from-link", Setup{Frame: gateFrame(), SetupCode: "7K3QM9XW2FHT0B5C", URL: "http://localhost:8080", PlainHTTP: true, MinLength: 15}},
		{"setup-error", Setup{Frame: gateFrame(
			FieldError{"setup_code", "That setup code is not right. Run “latchkey setup-code” on the server to see it."},
			FieldError{"username", "Enter a username"}, FieldError{"email", "Enter an email address in the correct format, like name@example.com"},
			FieldError{"new_password", shortWord}),
			SetupCode: "nope", Name: "Ada Lovelace", Email: "ada@", URL: "https://login.example", MinLength: 12}},
		{"login", Login{Frame: gateFrame(), CanReset: true}},
		{"login-notice", Login{Frame: gateFrame(), Notice: "You have signed out."}},
		{"login-next", Login{Frame: gateFrame(), Username: "ada", Next: "/admin/users?q=a&role=admin", CanReset: true}},
		{"login-error", Login{Frame: gateFrame(FieldError{"username", wrongPair}, FieldError{"password", wrongPair}), Username: "ada", CanReset: true}},
		{"login-empty", Login{Frame: gateFrame(FieldError{"username", "Enter your username or email"}, FieldError{"password", "Enter your password"})}},
		{"login-dark", Login{Frame: themed(gateFrame(), "dark")}},
		{"login-hostile", Login{Frame: named(gateFrame(FieldError{"username", hostile}, FieldError{"", hostile}), hostile), Username: hostile, Next: "/" + hostile, Notice: hostile}},
		{"code", LoginCode{Issuer: "Acme Portal", Frame: gateFrame(), Username: "ada"}},
		{"code-remember", LoginCode{Issuer: "Acme Portal", Frame: gateFrame(), Username: "ada", RememberDays: 30}},
		{"code-remember-error", LoginCode{Issuer: "Acme Portal", Frame: gateFrame(FieldError{"code", wrongCode}), Username: "ada", RememberDays: 1, Remember: true}},
		{"code-error", LoginCode{Issuer: "Acme Portal", Frame: gateFrame(FieldError{"code", wrongCode}), Username: "ada"}},
		{"with-code", LoginBoth{Frame: gateFrame(), Next: "/admin"}},
		{"with-code-recovery", LoginBoth{Frame: gateFrame(), Recovery: true, Next: "/admin"}},
		{"with-code-error", LoginBoth{Frame: gateFrame(FieldError{"username", wrongThree}, FieldError{"password", wrongThree}, FieldError{"code", wrongThree}), Username: "ada", CanReset: true}},
		{"recovery", LoginRecovery{Frame: gateFrame(), Username: "ada"}},
		{"recovery-error", LoginRecovery{Frame: gateFrame(FieldError{"recovery_code", "That recovery code is not right, or it has been used"}), Username: "ada"}},
		{"invite", NewPassword{Steps: Steps{At: 1, Of: 3}, Frame: gateFrame(), Invitation: true, Username: "margaret", Name: "Margaret Hamilton", MinLength: 12}},
		{"invite-nameless", NewPassword{Frame: gateFrame(), Invitation: true, Username: "margaret", MinLength: 15}},
		{"invite-error", NewPassword{Frame: gateFrame(FieldError{"new_password", "Password must not contain your username"}), Invitation: true, Username: "margaret", Name: "Margaret Hamilton", MinLength: 12}},
		{"reset", NewPassword{Frame: gateFrame(), Username: "margaret", MinLength: 12}},
		{"login-contact", Login{Frame: branded(gateFrame())}}, {"forgot-contact", Forgot{Frame: branded(gateFrame())}}, {"link-expired-contact", LinkOver{Frame: branded(gateFrame()), State: "expired", Purpose: "invite", At: now, Lifetime: 72 * time.Hour}},
		{"link-unknown", LinkOver{Frame: gateFrame(), Purpose: "reset"}},
		{"link-unknown-mail", LinkOver{Frame: gateFrame(), Purpose: "reset", CanReset: true}},
		{"link-used", LinkOver{Frame: gateFrame(), State: "used", Purpose: "invite", At: now}},
		{"link-expired", LinkOver{Frame: gateFrame(), State: "expired", Purpose: "invite", At: now, Lifetime: 72 * time.Hour}},
		{"link-expired-mail", LinkOver{Frame: gateFrame(), State: "expired", Purpose: "reset", At: now, Lifetime: 30 * time.Minute, CanReset: true}},
		{"link-replaced", LinkOver{Frame: gateFrame(), State: "replaced", Purpose: "reset", CanReset: true}},
		{"link-ended", LinkOver{Frame: gateFrame(), State: "ended", Purpose: "password"}},
		{"link-instead", LinkInstead{Frame: gateFrame(), Path: "/invite/AAAA", Username: "bob", Current: "ada", CurrentPath: "/login/code"}},
		{"link-instead-same", LinkInstead{Frame: gateFrame(), Path: "/reset/AAAA", Username: "ada", Current: "ada", CurrentPath: "/reset", Same: true, Doing: ChoosingPassword}},
		{"link-instead-link", LinkInstead{Frame: gateFrame(), Path: "/reset/AAAA", Username: "bob", Current: "ada", CurrentPath: "/email", Doing: FollowingLink}},
		{"link-instead-app", LinkInstead{Frame: gateFrame(), Path: "/reset/AAAA", Username: "bob", Current: "ada", CurrentPath: "/security/authenticators/new", Doing: SettingUpApp}},
		{"link-instead-hostile", LinkInstead{Frame: gateFrame(), Path: "/reset/" + hostile, Username: hostile, Current: hostile, CurrentPath: "/" + hostile}},
		{"onward", Onward{Frame: gateFrame(), Path: "/admin/users.csv?q=a&role=admin"}},
		{"confirm", Confirm{Frame: gateFrame(), Username: "ada", Next: "/security/authenticators/a1/remove", Cancel: "/security", About: "remove the authenticator app “Phone”"}},
		{"confirm-code", Confirm{Frame: gateFrame(), Username: "ada", Next: "/admin/users", Cancel: "/profile", NeedsCode: true}},
		{"confirm-waits", Confirm{Frame: gateFrame(), Username: "ada", Next: "/admin/users/new?kept=1", Cancel: "/profile", About: "use the administration pages", Waits: &Kept{}}},
		{"confirm-waits-file", Confirm{Frame: gateFrame(), Username: "ada", Next: "/admin/users/import?kept=1", Cancel: "/profile", NeedsCode: true, Waits: &Kept{File: true}}},
		{"confirm-error", Confirm{Frame: gateFrame(FieldError{"password", "Check your password"}, FieldError{"code", wrongCode}), Username: "ada", Next: "/admin/users", Cancel: "/profile", NeedsCode: true}},
	}, enrolExamples()...)
}

func enrolExamples() []example {
	enrol := EnrolAuthenticator{
		Enrollment: "pa_01", Label: "Phone", QRSize: 45, QRPath: "M4 4h7v1h-7zM14 4h1v1h-1z", Key: "GAYTEMZUGU3DOOBZMFRGGZDFMZTWQ2LK",
		URI: "otpauth://totp/Acme%20Portal:ada?algorithm=SHA1&digits=6&issuer=Acme%20Portal&period=30&secret=GAYTEMZUGU3DOOBZMFRGGZDFMZTWQ2LK",
	}
	own, forced, wrong, evil := enrol, enrol, enrol, enrol
	own.Frame = adminFrame("/security")
	forced.Steps = Steps{At: 2, Of: 3}
	forced.Frame, forced.Forced = gateFrame(), true
	wrong.Frame = adminFrame("/security", FieldError{"code", wrongCode + " Scan the code again if you set up the app some time ago."}, FieldError{"label", "Enter a name for this app"})
	wrong.Label = ""
	evil.Frame, evil.URI, evil.Label, evil.Enrollment, evil.Key = hostileFrame("/security"), "javascript:alert(1)//otpauth://totp/", hostile, hostile, hostile
	codes := []string{"7K3Q-M9XW-2FHT-0B5C", "R4DN-6YBC-8JPV-AAAA", "W2GX-K5TM-9QHA-BBBB", "C8VP-3NRF-7DXJ-CCCC", "H6TM-Y2KQ-4WBN-DDDD", "P9JD-X7CG-5MRV-EEEE", "B3FH-8QWT-6KYN-FFFF", "M5XR-J4VD-2PGC-GGGG", "T7NK-9BHQ-3WFX-HHHH", "Y2CV-6MPJ-8RDT-JJJJ"}
	saved := RecoveryCodes{Frame: adminFrame("/security"), Codes: codes, URL: "https://login.example", Username: "ada", Made: now}
	unticked, first := saved, saved
	unticked.Frame = adminFrame("/security", FieldError{"saved", "Tick the box when you have saved the codes"})
	first.Frame, first.Steps = gateFrame(), Steps{At: 3, Of: 3}
	return []example{
		{"enrol", own}, {"enrol-forced", forced}, {"enrol-error", wrong}, {"enrol-hostile", evil},
		{"codes", saved}, {"codes-first", first}, {"codes-error", unticked},
		{"codes-new", NewRecoveryCodes{Frame: adminFrame("/security"), Left: 4}},
		{"codes-new-one", NewRecoveryCodes{Frame: adminFrame("/security"), Left: 1}},
		{"codes-new-none", NewRecoveryCodes{Frame: adminFrame("/security")}},
	}
}

// kept is the frame of a page whose form came back filled.
func kept(f Frame, k Kept) Frame {
	f.Kept = &k
	return f
}

func themed(f Frame, theme string) Frame {
	f.Theme = theme
	return f
}

func named(f Frame, instance string) Frame {
	f.Instance = instance
	return f
}
