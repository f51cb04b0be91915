package views

import (
	"context"
	"io"
	"time"
)

// SettingsMail is GET /admin/settings/mail. Its forms have no fields.
type SettingsMail struct {
	Frame
	// On says that there is a mail server; FlagValues are what flags decided of it, without
	// user name and password.
	On         bool
	FlagValues []FlagValue
	// Mine is where a test message goes; empty if the reader has no address.
	Mine string
	// Unsent is what could not be sent, the newest first; More says that there is more.
	Unsent []UnsentMail
	More   bool
}

// UnsentMail is a message that waits for another try, or was given up.
type UnsentMail struct {
	ID string
	// What is the kind of message in words, To the address, which may be empty.
	What, To string
	Queued   time.Time
	Tries    int
	// Next is when it is tried again; zero for one that was given up.
	Next time.Time
	// Answer is what the mail server said last, or what went wrong.
	Answer string
}

// Render draws the page.
func (p SettingsMail) Render(ctx context.Context, w io.Writer) error {
	return p.page("Mail settings", p.body()).Render(ctx, w)
}

func (m UnsentMail) path(act string) string { return "/admin/settings/mail/" + m.ID + "/" + act }

// about tells buttons of several rows apart, for people who hear them.
func (m UnsentMail) about() string {
	if m.To == "" {
		return "“" + m.What + "”"
	}
	return "“" + m.What + "” to " + m.To
}

// tries is how often it was tried, in words, up to where the time of the next try
// stands.
func (m UnsentMail) tries() string {
	words := "tried once"
	if m.Tries != 1 {
		words = "tried " + thousands(m.Tries) + " times"
	}
	if m.Next.IsZero() {
		return words
	}
	return words + ", next try "
}
