package views

import (
	"context"
	"io"
	"time"
)

// Profile shows the facts about me, GET /profile.
type Profile struct {
	Frame
	Username, Name, Email string
	// EmailPending is a new address that waits to be confirmed, empty for none.
	EmailPending string
	// EmailUnconfirmed says that Email itself has not been confirmed.
	EmailUnconfirmed bool
	// CanSend says that mail works, so that a link can be sent to what is not confirmed.
	CanSend bool
	// CanDelete says that people may delete themselves.
	CanDelete bool
	Notices   Notices
	// Role is "user" or "admin".
	Role  string
	Since time.Time
	// TwoStep says that at least one authenticator is on.
	TwoStep bool
	// CodesLeft counts unused recovery codes.
	CodesLeft int
	// LastSignIn is the sign-in before this one; zero when there was none.
	LastSignIn time.Time
	// Ready says how well a lost phone is provided for; empty where nothing is left to do.
	Ready string
}

// ProfileEdit changes name and address, GET and POST /profile/edit. Fields: name email.
type ProfileEdit struct {
	Frame
	Username, Name, Email string
	// EmailNeedsConfirm says that mail works: a new address counts once its link was opened.
	EmailNeedsConfirm bool
}

// ProfileDelete asks before somebody deletes himself, GET and POST /profile/delete.
// Field: confirm_username.
type ProfileDelete struct {
	Frame
	Username string
	// Typed is what was typed to be sure.
	Typed string
	// Refused is the reason why it cannot be done, a whole sentence; empty when it can.
	Refused string
}

// Render draws the page.
func (p ProfileDelete) Render(ctx context.Context, w io.Writer) error {
	return p.page("Delete yourself", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Profile) Render(ctx context.Context, w io.Writer) error {
	return p.page("Profile", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p ProfileEdit) Render(ctx context.Context, w io.Writer) error {
	return p.page("Edit profile", p.body()).Render(ctx, w)
}

func (p ProfileEdit) emailHint() string {
	if p.EmailNeedsConfirm {
		return "We send a link to a new address. The old one stays until you open it."
	}
	return "A new address counts at once."
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func roleWords(role string) string {
	if role == "admin" {
		return "Administrator"
	}
	return "User"
}
