package views

import (
	"context"
	"io"
	"time"
)

// LinkOver says why a one-time link does not work, and what to do now.
type LinkOver struct {
	Frame
	// State is "used", "expired", "replaced" or "ended"; anything else is a link of which
	// nothing is known.
	State string
	// Purpose is what the link was for, "" if that is not known.
	Purpose string
	// At is when it was used or expired, Lifetime how long it worked; zero if not known.
	At       time.Time
	Lifetime time.Duration
	// CanReset says that mail works, so that a new link can be asked for at /forgot.
	CanReset bool
}

// Render draws the page.
func (p LinkOver) Render(ctx context.Context, w io.Writer) error {
	return p.gate(p.heading(), p.body()).Render(ctx, w)
}

func (p LinkOver) heading() string {
	switch p.State {
	case "used":
		return "This link has been used"
	case "expired":
		return "This link has expired"
	case "replaced":
		return "There is a newer link"
	case "ended":
		return "This link no longer works"
	}
	return "This link does not work"
}

// used says what that means, for each kind of link.
func (p LinkOver) used() string {
	switch p.Purpose {
	case "invite", "password", "reset":
		return "If you chose a password then, sign in with it. If that was not you, tell your administrator."
	case "email":
		return "The email address is confirmed. There is nothing left to do."
	case "phone":
		return "If you set up a new authenticator app then, sign in with it. If that was not you, tell your administrator."
	case "not-me":
		return "Everybody was signed out then, and the password was closed. There is nothing left to do with this link."
	case "cancel":
		return "The request was withdrawn then. There is nothing left to do."
	}
	return "Each link works once."
}

// next says how to get a new link, or what to do without one.
func (p LinkOver) next() string {
	switch p.Purpose {
	case "invite":
		return "Ask the person who invited you, or your administrator, to send the invitation again."
	case "email":
		return "Sign in and send the link again from your profile."
	case "phone":
		return "Sign in with your password and choose “I lost my phone” to ask again."
	case "not-me":
		return "Sign in and change your password, or ask your administrator."
	case "cancel":
		return "A request is withdrawn when you sign in with a code. Otherwise ask your administrator."
	}
	if p.CanReset {
		return ""
	}
	return "Ask your administrator for a new link."
}

// asks reports whether a new link can be had at /forgot. Of a link of which nothing is
// known it may be what helps.
func (p LinkOver) asks() bool {
	switch p.Purpose {
	case "password", "reset":
		return p.CanReset && p.State != "replaced"
	}
	return false
}

// span is a length of time in the largest unit that fits.
func span(d time.Duration) string {
	switch day := 24 * time.Hour; {
	case d > day && d%day == 0:
		return count(int(d/day), "day")
	case d%time.Hour == 0:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/time.Minute), "minute")
}
