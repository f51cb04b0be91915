package views

import (
	"context"
	"io"
	"time"
)

// Where two pages of settings are that other pages lead to.
const (
	SettingsGeneralPath = "/admin/settings/general"
	SettingsSignInPath  = "/admin/settings/sign-in"
)

// settingsPage is a tab of the settings.
type settingsPage struct{ section, href, words string }

// settingsPages are the tabs, in order.
func settingsPages() []settingsPage {
	return []settingsPage{
		{"general", SettingsGeneralPath, "General"},
		{"sign-in", SettingsSignInPath, "Sign-in"},
		{"mail", "/admin/settings/mail", "Mail"},
		{"groups", GroupsPath, "Groups"},
		{"applications", ApplicationsPath, "Applications"},
		{"streams", StreamsPath, "Streams"},
		{"backups", BackupsPath, "Backups"},
	}
}

// SettingsGeneral is GET and POST /admin/settings/general.
// Fields: instance_name audit_keep_days contact_name contact_phone contact_link help_text
// privacy_text accent. Its second form is POST /admin/settings/general/logo with the file
// logo, its third POST /admin/settings/general/logo/remove.
type SettingsGeneral struct {
	Frame
	InstanceName string
	// ContactName, ContactPhone and ContactLink are whom people ask for help.
	ContactName, ContactPhone, ContactLink string
	// HelpText and PrivacyText are an administrator's own words beside ours.
	HelpText, PrivacyText string
	// Accent is the colour of links and buttons, "#0c5f4c"; empty for ours.
	Accent string
	// Stale says that a proof is asked for before a file is taken.
	Stale bool
	// AuditKeepDays is how long events are kept, 30 to 3650 days or 0 for ever,
	// default 365; text, so that what was typed stays.
	AuditKeepDays string
	// Reach is how this request reached the server.
	Reach Reach
	// FlagValues are the values that flags decided.
	FlagValues []FlagValue
}

// FlagValue is a value that is decided when the program starts, and not on a page.
type FlagValue struct {
	Name, Value string
	// Flag and Variable decide it, for example "--url" and "LATCHKEY_URL".
	Flag, Variable string
	// Default says that neither was given.
	Default bool
}

func (f FlagValue) by() string {
	if f.Default {
		return "Default. Change it with " + f.Flag + " (" + f.Variable + ")"
	}
	return "Set by " + f.Flag + " (" + f.Variable + ")"
}

// SettingsSignIn is GET and POST /admin/settings/sign-in.
// Fields: two_step password_min session_idle session_max remember_days lost_phone_wait invite_days
// delete_self. Numbers are text, so that what was typed stays.
type SettingsSignIn struct {
	Frame
	// TwoStep is everyone, administrators or optional; default everyone.
	TwoStep string
	// Deadline is the last day without an authenticator while it is still to come; zero
	// for none.
	Deadline time.Time
	// PasswordMin is 8 to 64 characters, default 12.
	PasswordMin string
	// SessionIdle ends a session without use, default 60, SessionMax any session,
	// default 1440; both in minutes.
	SessionIdle, SessionMax string
	// RememberDays is how long a browser may skip the code, 0 to 90 days, default 0.
	RememberDays string
	// LostPhoneWait is how many hours a request for a lost phone waits, 0 to 168, default 0.
	LostPhoneWait string
	// InviteDays is how long an invitation works, 1 to 14 days, default 3.
	InviteDays string
	// DeleteSelf is yes or no, default no.
	DeleteSelf string
}

// Render draws the page.
func (p SettingsGeneral) Render(ctx context.Context, w io.Writer) error {
	return p.page("General settings", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p SettingsSignIn) Render(ctx context.Context, w io.Writer) error {
	return p.page("Sign-in settings", p.body()).Render(ctx, w)
}

func (p SettingsSignIn) deleting() []radio {
	yes := p.DeleteSelf == "yes"
	return []radio{
		{value: "no", words: "No", note: "Default. Administrators delete users.", checked: !yes},
		{value: "yes", words: "Yes", note: "Deleted users stay in the recycle bin for 30 days.", checked: yes},
	}
}

func (p SettingsSignIn) policies() []radio {
	optional, admins := p.TwoStep == "optional", p.TwoStep == "administrators"
	return []radio{
		{value: "everyone", words: "Everyone", note: "Default. A stolen password is not enough to sign in.", checked: !optional && !admins},
		{value: "administrators", words: "Administrators", note: "Others can turn it on. A stolen password is enough to sign in as those who do not.", checked: admins},
		{value: "optional", words: "Optional", note: "Everyone can turn it on. A stolen password is enough even for administrators who do not.", checked: optional},
	}
}
