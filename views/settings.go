package views

import (
	"context"
	"io"
)

// SettingsGeneral is GET and POST /admin/settings/general.
// Fields: instance_name help_text audit_days. Numbers are text, so that what was typed stays.
type SettingsGeneral struct {
	Frame
	InstanceName string
	// HelpText tells people whom to ask; shown on the help page.
	HelpText string
	// AuditDays is how long audit events are kept, default 365.
	AuditDays string
	// URL is the base address in force.
	URL string
	// SeenIP, SeenScheme and SeenHost are how this request looked to the server,
	// the first thing to check behind a reverse proxy; SeenOK is the verdict.
	SeenIP, SeenScheme, SeenHost string
	SeenOK                       bool
}

// SettingsSignIn is GET and POST /admin/settings/sign-in.
// Fields: two_step grace_days password_min idle_minutes absolute_hours remember_days.
// Numbers are text, so that what was typed stays.
type SettingsSignIn struct {
	Frame
	// TwoStep is everyone, administrators or optional; default everyone.
	TwoStep string
	// GraceDays is how long those already here may wait, default 0.
	GraceDays string
	// PasswordMin is 8 to 64 characters, default 12.
	PasswordMin string
	// IdleMinutes ends a session without use, default 60; AbsoluteHours any session, default 24.
	IdleMinutes, AbsoluteHours string
	// RememberDays is how long a browser may skip the code step; 0, the default, does not offer it.
	RememberDays string
}

// Render draws the page.
func (p SettingsGeneral) Render(ctx context.Context, w io.Writer) error {
	return p.page("General settings", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p SettingsSignIn) Render(ctx context.Context, w io.Writer) error {
	return p.page("Sign-in settings", p.body()).Render(ctx, w)
}

func (p SettingsSignIn) policies() []radio {
	optional, admins := p.TwoStep == "optional", p.TwoStep == "administrators"
	return []radio{
		{value: "everyone", words: "Everyone", note: "Default.", checked: !optional && !admins},
		{value: "administrators", words: "Administrators", note: "Others may turn it on.", checked: admins},
		{value: "optional", words: "Optional", note: "Everyone may turn it on.", checked: optional},
	}
}
