package views

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Continue is the page on the way to an application, behind the sign-in: it leads there by itself, and by a
// link for browsers that do not follow. No redirect could: where a form began, our content policy
// lets none lead to another host.
type Continue struct {
	Frame
	Name, Username string
	// App is the name of the application, Host where it is, Href the way in, which works once.
	App, Host, Href string
}

// Render draws the page.
func (p Continue) Render(ctx context.Context, w io.Writer) error {
	return p.refreshing("Signed in", p.Href, p.body()).Render(ctx, w)
}

// refreshing is a page that its reader leaves by themselves: for this address, at once. Any other
// time would be one that people cannot change (WCAG 2.2.1).
func (f Frame) refreshing(page, href string, body templ.Component) templ.Component {
	f.refresh = href
	return f.gate(page, body)
}

// shownName is what a person is called on a page.
func shownName(name, username string) string {
	if name != "" {
		return name
	}
	return username
}

// behindName ends a sentence behind somebody's name, with the user name where that is another.
func behindName(name, username string) string {
	if name == "" {
		return "."
	}
	return " (" + username + ")."
}

// NoAccess is the page for somebody who cannot open an application.
type NoAccess struct {
	Frame
	Name, Username string
	App, Host      string
	// Disabled says that nobody can.
	Disabled bool
	// Applications is the address of what they can open.
	Applications string
	// Action is where a form signs somebody else in; To and Everywhere are its fields, and Next
	// where it leads on our own host.
	Action, To, Next string
	Everywhere       bool
	Reference        string
}

// Render draws the page.
func (p NoAccess) Render(ctx context.Context, w io.Writer) error {
	return p.gate(p.title(), p.body()).Render(ctx, w)
}

func (p NoAccess) title() string {
	if p.Disabled {
		return p.App + " is switched off"
	}
	return "You cannot open " + p.App
}

// asked says whom to ask for access.
func (p NoAccess) asked() bool { return p.Contact.any() }

// OnTheWay is a page that ends the way to an application before it was reached, and says what to
// do.
type OnTheWay struct {
	Frame
	Title string
	Texts []string
	// Button leads on; Links are other ways.
	Button Link
	Links  []Link
	// Refresh says that the page leads on by itself.
	Refresh   bool
	Reference string
}

// Render draws the page.
func (p OnTheWay) Render(ctx context.Context, w io.Writer) error {
	if p.Refresh {
		return p.refreshing(p.Title, p.Button.Href, p.body()).Render(ctx, w)
	}
	return p.gate(p.Title, p.body()).Render(ctx, w)
}

// LeaveApp is the page on an application's host that signs out.
type LeaveApp struct {
	Frame
	App string
	// Name and Username are who has it open, empty for nobody.
	Name, Username string
	// Back leads into the application.
	Back string
}

// Render draws the page.
func (p LeaveApp) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Sign out of "+p.App, p.body()).Render(ctx, w)
}
