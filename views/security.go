package views

import (
	"context"
	"io"
	"strconv"
	"time"
)

// Security is my security page, GET /security.
type Security struct {
	Frame
	// PasswordChanged is zero when the password has not been changed since it was set.
	PasswordChanged time.Time
	Authenticators  []Authenticator
	// CanRemoveLast allows removing the only authenticator; policy decides.
	CanRemoveLast bool
	// CodesLeft of CodesTotal recovery codes are unused.
	CodesLeft, CodesTotal int
	// CodesOld says that they are from before an older database was put back.
	CodesOld bool
	Sessions []Session
	// Browsers may skip the code step. CanRemember says that they could, if there are none.
	Browsers    []Browser
	CanRemember bool
	// AlwaysAsked says that only administrators cannot, of whom the reader is one.
	AlwaysAsked bool
	// Activity is the newest events about the reader, at most ten.
	Activity []Event
	// Ready is what helps after the loss of the phone, and what of it is done.
	Ready   []Task
	Notices Notices
}

// Authenticator is an enrolled app, without its secret.
type Authenticator struct {
	ID, Label string
	Added     time.Time
	// LastUsed is zero for an app that has not been used since it was added.
	LastUsed time.Time
	// Clock says how far the phone's clock is off, such as "1 minute fast"; empty for
	// one that is right.
	Clock string
}

// Session is one signed-in browser.
type Session struct {
	ID string
	// Browser is a name such as "Firefox on Linux".
	Browser, IP          string
	SignedIn, LastActive time.Time
	// How says what was proved, for example "password and code".
	How string
	// Current marks the browser this page is shown in.
	Current bool
	// Open are the names of applications that are open in it.
	Open []string
}

// Browser is a remembered browser, which may skip the code step until it ends.
type Browser struct {
	ID, Name, IP   string
	LastUsed, Ends time.Time
}

// PasswordChange is GET and POST /security/password. Fields: current_password new_password.
type PasswordChange struct {
	Frame
	Username  string
	MinLength int
}

// RenameAuthenticator is GET and POST /security/authenticators/{id}/rename. Field: label.
type RenameAuthenticator struct {
	Frame
	ID string
	// Old is the name it has, Label what was typed.
	Old, Label string
}

// RemoveAuthenticator asks before an app is removed, GET and POST /security/authenticators/{id}/remove.
type RemoveAuthenticator struct {
	Frame
	ID, Label string
	// Last says that two-step verification goes off with this one.
	Last bool
	// Refused is the reason why it cannot be removed, a whole sentence; empty when it can.
	Refused string
}

// Activity is my own audit trail, GET /security/activity.
type Activity struct {
	Frame
	Events []Event
	// Older is the address of the next page, empty on the last one; Newer the one back
	// to the beginning, empty on the first.
	Older, Newer string
}

// Render draws the page.
func (p Security) Render(ctx context.Context, w io.Writer) error {
	return p.page("Security", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p PasswordChange) Render(ctx context.Context, w io.Writer) error {
	return p.page("Change your password", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p RenameAuthenticator) Render(ctx context.Context, w io.Writer) error {
	return p.page("Rename authenticator app", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p RemoveAuthenticator) Render(ctx context.Context, w io.Writer) error {
	return p.page("Remove authenticator app", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Activity) Render(ctx context.Context, w io.Writer) error {
	return p.page("Your activity", p.body()).Render(ctx, w)
}

func (a Authenticator) path(action string) string {
	return "/security/authenticators/" + a.ID + "/" + action
}

// FewCodes is how many recovery codes are so few that people are asked to make new ones: three, enough for a
// lost phone and two mistakes.
const FewCodes = 3

func (p Security) codesLeft() string {
	return strconv.Itoa(p.CodesLeft) + " of " + strconv.Itoa(p.CodesTotal) + " codes left."
}
