package views

import (
	"context"
	"io"
)

// Doing is what somebody is in the middle of who opens a link.
type Doing int

// The kinds.
const (
	SigningIn Doing = iota
	SettingUpApp
	ChoosingPassword
	FollowingLink
)

// LinkInstead asks somebody who opens a link in the middle of something else whether the
// link shall take its place: it may have been a foreign page that opened it.
type LinkInstead struct {
	Frame
	// Path is that of the link, Username whom it is for.
	Path, Username string
	// Doing is what goes on at CurrentPath, as Current.
	Doing                Doing
	Current, CurrentPath string
	// Same says that both are for the same user.
	Same bool
}

// Render draws the page.
func (p LinkInstead) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Use this link instead?", p.body()).Render(ctx, w)
}

// doing says what goes on; the name follows.
func (p LinkInstead) doing() string {
	switch p.Doing {
	case SettingUpApp:
		return "setting up an authenticator app for"
	case ChoosingPassword:
		return "choosing a password for"
	case FollowingLink:
		return "using another link for"
	}
	return "signing in as"
}

// Onward is a page that another site asked for and that would do something by being
// shown: a link to the same page, by which its reader asks for it.
type Onward struct {
	Frame
	Path string
}

// Render draws the page.
func (p Onward) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Continue?", p.body()).Render(ctx, w)
}
