package views

import (
	"context"
	"io"
)

// SettingsGeneral is GET and POST /admin/settings/general.
// Field: instance_name.
type SettingsGeneral struct {
	Frame
	InstanceName string
	// URL is the base address in force.
	URL string
	// SeenIP, SeenScheme and SeenHost are how this request looked to the server,
	// the first thing to check behind a reverse proxy; SeenOK is the verdict.
	SeenIP, SeenScheme, SeenHost string
	SeenOK                       bool
}

// SettingsSignIn is GET and POST /admin/settings/sign-in.
// Fields: two_step password_min session_idle session_max. Numbers are text, so that what was typed stays.
type SettingsSignIn struct {
	Frame
	// TwoStep is everyone, administrators or optional; default everyone.
	TwoStep string
	// PasswordMin is 8 to 64 characters, default 12.
	PasswordMin string
	// SessionIdle ends a session without use, default 60, SessionMax any session,
	// default 1440; both in minutes.
	SessionIdle, SessionMax string
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
