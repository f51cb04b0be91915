package views

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// Error is a page that is only an error. The words come from Status; Title and
// Text replace them when set.
type Error struct {
	Frame
	// Status is the HTTP status the page is sent with; it chooses the words and is not shown.
	Status      int
	Title, Text string
	// Reference is the request id, which the log has too.
	Reference string
	// Username is who is signed in, empty for nobody; Admin is an administrator.
	Username string
	Admin    bool
	// Again is the page of the form, or of the list where Filtered says that its address
	// asked for something; empty for none. Limit is how many bytes may be sent to it, for
	// 413.
	Again    string
	Filtered bool
	Limit    int
	// Form is set for the 403 of a form that was refused for where it came from (CSRF).
	Form *FormOrigin
	// Host is set for the 421 of a request for another host.
	Host *OtherHost
	// RetryAt is when to come back and RetryIn how long that is from now, for 429 and 503.
	RetryAt time.Time
	RetryIn time.Duration
	// Closed says that waiting does not help, so that no time is told.
	Closed bool
	// Damaged says that the database is, for 503: only a backup helps.
	Damaged bool
	// Lost says that its file was deleted or replaced, for 503: somebody has to put it back.
	Lost bool
	// Links are ways out; none gives the usual one.
	Links []Link
}

// Help is GET /help: what to do when signing in does not work, and what is kept.
type Help struct {
	Frame
	// HelpText and PrivacyText are an administrator's own words beside ours; may be empty.
	HelpText, PrivacyText string
	// IdleMinutes and AbsoluteHours are the settings in force.
	IdleMinutes, AbsoluteHours int
	// CanReset says that mail works, so that the link to /forgot is offered.
	CanReset bool
	// Back leads on for people without the menu.
	Back Link
}

// Render draws the page.
func (p Error) Render(ctx context.Context, w io.Writer) error {
	p = p.worded()
	return p.gate(p.Title, p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Help) Render(ctx context.Context, w io.Writer) error {
	return p.page("Help", p.body()).Render(ctx, w)
}

// worded fills in the words and the way out that belong to the status.
func (p Error) worded() Error {
	title, text := p.words()
	if p.Title == "" {
		p.Title = title
	}
	if p.Text == "" {
		p.Text = text
	}
	if p.Links == nil {
		p.Links = p.ways()
	}
	return p
}

func (p Error) words() (title, text string) {
	if p.Host != nil {
		return p.Host.words()
	}
	switch p.Status {
	case 400:
		return "There is a problem with this request", "Something was missing, sent twice or not allowed. Go back, open the page again and try again."
	case 403:
		if p.Form != nil {
			return p.Form.words()
		}
		return "You cannot open this page", "Ask an administrator if you need access."
	case 404:
		if p.Username == "" && p.Home == "" {
			return "Page not found", "Check the address. You need to sign in to see some pages."
		}
		return "Page not found", "Check the address. It may be mistyped, or the page may no longer exist."
	case 405:
		return "This page does not work that way", "Open it from a link or a form on this site."
	case 413:
		return p.tooLarge()
	case 415:
		return "We could not read this form", "It was sent in a format that this site does not accept. Open the page again and try again."
	case 409:
		return "This has changed since you opened it", "Open the page again to see how it is now, then retry."
	case 429:
		return "Too many attempts", "For safety this is paused for a while."
	case 503:
		return p.unavailable()
	case 500:
		return "Something went wrong on our side", "Try again in a minute. If it keeps happening, tell your administrator the reference below."
	}
	if p.Status > 400 && p.Status < 500 {
		return Error{Status: 400}.words()
	}
	return Error{Status: 500}.words()
}

// unavailable says whether waiting helps.
func (p Error) unavailable() (title, text string) {
	switch {
	case p.Damaged:
		return "The database is damaged", "Waiting does not help. The person who runs this server has to restore the database from a backup."
	case p.Lost:
		return "The database is missing", "Nothing can be saved, and waiting does not help. Whoever runs this server has to put the database file back."
	}
	return "Sorry, this service is not available right now", "Try again in a few seconds."
}

// tooLarge names the limit and what to do.
func (p Error) tooLarge() (title, text string) {
	if p.Limit >= 1<<20 {
		return "That file is too large", fmt.Sprintf("A file can be at most %d MiB. Nothing was imported. Split it into several files and import them one after the other, or run “latchkey import” on the server.", p.Limit>>20)
	}
	return "That is too much text", fmt.Sprintf("A form can hold at most %d KiB of text. Nothing was saved. Go back and shorten what you entered.", max(p.Limit, 64<<10)>>10)
}

// ways are the usual ways out: back to what was asked for, where that helps, and on.
func (p Error) ways() (all []Link) {
	switch {
	case p.Host != nil:
		return []Link{p.Host.way()}
	case p.Form != nil:
		return []Link{p.Form.way()}
	case p.Again != "" && p.Filtered:
		all = append(all, Link{p.Again, "Clear filters"})
	case p.Again != "" && (p.Status == 400 || p.Status == 409 || p.Status == 413 || p.Status == 415 || p.Status == 422):
		all = append(all, Link{p.Again, p.back()})
	}
	switch signedIn := p.Nav != nil || p.Username != ""; {
	case p.Home != "":
		return []Link{{"/", "Go to the start page"}, {p.Home + "/", "Go to " + p.Instance}}
	case len(all) > 0 && p.Status == 413:
		return all
	case !signedIn && p.Status == 404:
		return append(all, Link{"/login", "Sign in"})
	case !signedIn:
		return append(all, Link{"/login", "Back to sign in"})
	case p.Admin:
		return append(all, Link{"/admin", "Go to the overview"})
	}
	return append(all, Link{"/profile", "Go to your profile"})
}

func (p Error) back() string {
	if p.Limit >= 1<<20 {
		return "Back to the import"
	}
	return "Open the page again"
}

// Plain returns the page as plain text that needs neither template nor files, for
// when drawing it has failed.
func (p Error) Plain() string {
	p = p.worded()
	s := p.Title + "\n\n" + p.Text + "\n"
	if strings.Contains(p.Text, "administrator") && p.Contact.any() {
		s += "\nContact: " + p.Contact.Name + " " + p.Contact.Phone + " " + p.Contact.LinkWords + "\n"
	}
	if p.Reference != "" {
		s += "\nReference " + p.Reference + "\n"
	}
	return s
}

// admin reports whether the reader is an administrator.
func (p Help) admin() bool { return p.Nav != nil && p.Nav.Admin }
