package views

import (
	"context"
	"io"
	"strconv"
	"time"
)

// Notice is one thing that was done in the reader's name.
type Notice struct {
	ID string
	// Kind is what it is about; several of one kind are told as one.
	Kind string
	// Text is one sentence.
	Text string
	At   time.Time
	// From is the address and the browser, for example "203.0.113.7, Firefox on Linux";
	// empty where that is not known or somebody else's.
	From string
	// More are older ones of the same kind.
	More []Notice
}

// Notices are what the reader has not been told yet, the newest first; the zero value
// is none. They stand above everything else of a page.
type Notices struct {
	All []Notice
	// Newest is when the newest of them was made. "Got it" is about those up to it, not
	// about what comes while the page is read.
	Newest time.Time
}

// NotMe asks whether it was really not the reader: GET and POST /security/not-me of
// somebody who is signed in, or /not-me after a link from a mail. Field: notice.
type NotMe struct {
	Frame
	// Mailed says that a link was followed.
	Mailed bool
	// About is what it is about; nil for nothing in particular.
	About *Notice
	// Last says that nobody else could administer, so that the password goes on working.
	Last bool
}

// NotMeDone says what happened then and the way back in, GET /not-me/done.
type NotMeDone struct {
	Frame
	// Way is "forgot", "sign-in" or "administrator".
	Way string
}

// Render draws the page.
func (p NotMe) Render(ctx context.Context, w io.Writer) error {
	if p.Mailed {
		return p.gate("This was not me", p.body()).Render(ctx, w)
	}
	return p.page("This was not me", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p NotMeDone) Render(ctx context.Context, w io.Writer) error {
	return p.gate("You are signed out everywhere", p.body()).Render(ctx, w)
}

func (p NotMe) action() string {
	if p.Mailed {
		return "/not-me"
	}
	return "/security/not-me"
}

// noticesAhead is how many notices are seen at once; more stand behind a click.
const noticesAhead = 3

func (n Notices) ahead() []Notice { return n.All[:min(noticesAhead, len(n.All))] }

func (n Notices) rest() []Notice { return n.All[min(noticesAhead, len(n.All)):] }

// sentence says how often it happened where that was more than once.
func (n Notice) sentence() string {
	switch times := len(n.More) + 1; {
	case times == 1 || !n.alike():
		return n.Text
	case times == 2:
		return n.Text + " (twice)"
	default:
		return n.Text + " (" + thousands(times) + " times)"
	}
}

// alike reports whether all of them say the same, so that one sentence tells them all.
func (n Notice) alike() bool {
	for _, m := range n.More {
		if m.Text != n.Text {
			return false
		}
	}
	return true
}

func (n Notices) until() string { return strconv.FormatInt(n.Newest.UnixMilli(), 10) }
