package views

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// Login is the first step, GET and POST /login. Fields: username password next.
type Login struct {
	Frame
	// Notice is the whole sentence for a fixed key in the address, never text from the address.
	Notice string
	// Username is what was typed; a non-empty one moves the first focus to the password.
	Username string
	// Next is the local address to go to afterwards, already checked; empty for none.
	Next string
	// CanReset says that mail works, so that the link to /forgot is offered.
	CanReset bool
}

// LoginCode is the code step, GET and POST /login/code. Fields: code remember.
type LoginCode struct {
	Frame
	Username string
	// Issuer is the instance's name as authenticator apps show it.
	Issuer string
	// RememberDays offers to skip this step for so many days; 0 does not offer it.
	RememberDays int
	// Remember keeps the box ticked when the page comes back with a mistake.
	Remember bool
}

// LoginRecovery is the step with a recovery code, GET and POST /login/recovery. Field: recovery_code.
type LoginRecovery struct {
	Frame
	Username string
}

// LoginBoth takes a password and a code together, GET and POST /login/with-code. Fields:
// username password code next, or recovery_code and use in the place of code.
type LoginBoth struct {
	Frame
	// Recovery asks for a recovery code in the place of one from the app.
	Recovery bool
	Username string
	// Next is the local address to go to afterwards, already checked; empty for none.
	Next string
	// CanReset says that mail works, so that the link to /forgot is offered.
	CanReset bool
}

// NewPassword sets a password after an invitation (POST /invite) or a reset
// link (POST /reset). Field: new_password.
type NewPassword struct {
	Frame
	Steps
	// Invitation chooses /invite and its welcome, otherwise /reset.
	Invitation bool
	Username   string
	// Name is the display name for the welcome; the user name stands in when it is empty.
	Name string
	// MinLength is the least number of characters in force.
	MinLength int
}

// Confirm asks for a fresh proof, GET and POST /confirm. Fields: password code next.
type Confirm struct {
	Frame
	Username string
	// Next is the local address of the page that asked, already checked.
	Next string
	// Cancel is the local address to go back to.
	Cancel string
	// About completes "You are about to …", without a full stop; empty for nothing to say.
	About string
	// NeedsCode adds the code field, for users with an authenticator.
	NeedsCode bool
	// Waits is the form that waits meanwhile; nil for none.
	Waits *Kept
}

// Render draws the page.
func (p Login) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Sign in", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p LoginCode) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Enter your code", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p LoginRecovery) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Use a recovery code", p.body()).Render(ctx, w)
}

// other is the page that asks for the other kind of code.
func (p LoginBoth) other() string {
	q := url.Values{}
	if !p.Recovery {
		q.Set("use", "recovery")
	}
	if p.Next != "" {
		q.Set("next", p.Next)
	}
	if len(q) == 0 {
		return "/login/with-code"
	}
	return "/login/with-code?" + q.Encode()
}

// Render draws the page.
func (p LoginBoth) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Sign in with a code", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p NewPassword) Render(ctx context.Context, w io.Writer) error {
	return p.gate(p.heading(), p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Confirm) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Confirm it is you", p.body()).Render(ctx, w)
}

func (p NewPassword) heading() string {
	switch {
	case !p.Invitation:
		return "Choose a new password"
	case p.Name != "":
		return "Welcome, " + p.Name
	default:
		return "Welcome, " + p.Username
	}
}

func (p NewPassword) action() string {
	if p.Invitation {
		return "/invite"
	}
	return "/reset"
}

func (p LoginCode) days() string {
	if p.RememberDays == 1 {
		return "1\u00a0day"
	}
	return strconv.Itoa(p.RememberDays) + "\u00a0days"
}

// passwordField says what is wrong only once when both fields have the same message.
func (p Login) passwordField() field {
	f := field{kind: password, name: "password", label: "Password", error: p.Errors.For("password"), focus: p.Username != "" && len(p.Errors) == 0}
	if f.error == p.Errors.For("username") {
		f.errorAt = "username"
	}
	return f
}

// asks reports whether the page sends its reader to an administrator.
func (p Login) asks() bool {
	if !p.CanReset || strings.Contains(p.Notice, "administrator") {
		return true
	}
	for _, e := range p.Errors {
		if strings.Contains(e.Message, "administrator") {
			return true
		}
	}
	return false
}
