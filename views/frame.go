// Package views holds every page as a struct and the template that draws it.
//
// It imports nothing of ours: a handler copies what may be seen into the page's
// struct, so a password hash, a sealed secret or a token cannot reach a template
// by accident. Every page struct embeds Frame and has a Render method, which
// makes it a templ.Component. Pages are values; rendering reads them only, so
// one value may be rendered by several goroutines at once.
//
// No page holds inline script, style or handlers, because the content policy
// (WE-01) would refuse to run them and because that is what keeps an
// injected name harmless. Everything goes through templ's contextual escaping.
package views

import (
	"time"

	"github.com/a-h/templ"
)

// Product is the name of the program, shown where no instance has a name yet.
const Product = "Latchkey"

// Frame is what every page needs besides its own content. Package web fills it.
type Frame struct {
	// Instance is the name an administrator gave this installation.
	Instance string
	// Version is shown in the footer to people who are signed in, never to strangers.
	Version string
	// Assets are the hashed addresses of the static files.
	Assets Assets
	// Requests is how many requests wait for an administrator; the menu says so.
	Requests int
	// Applications says that there are applications, so that the menu leads to them.
	Applications bool
	// Contact is whom to ask for help; all of it empty for nobody.
	Contact Contact
	// Logo stands beside the name; without a path the program's own sign does.
	Logo Logo
	// Nav is the menu, nil on pages for people who are not signed in.
	Nav *Nav
	// Home is our own origin where a page is shown on the host of an application; empty where
	// the page is at home.
	Home string
	// Flash is the message of the last action, shown once; nil for none.
	Flash *Flash
	// SetUpBy is the last day without an authenticator of somebody who has none and has
	// to have one; zero for nothing to say.
	SetUpBy time.Time
	// Ways lead from fields with a mistake to where something can be done about it.
	Ways map[string]Link
	// Viewing says that an administrator looks at a user's own page; nil for everybody
	// else. Such a page has no form and no way to another page of its own.
	Viewing *Viewing
	// Kept says that the form is filled with what was typed before a proof was asked for;
	// nil for nothing.
	Kept *Kept
	// Errors are the mistakes in the form on this page; they make the page an error page.
	Errors Errors
	// Theme is "light", "dark" or empty for what the device prefers.
	Theme string
	// Zone is the time zone that the reader chose; nil shows UTC, and the browser's own
	// zone where there is script.
	Zone *time.Location
	// pending offers to leave a pending sign-in where the menu would be.
	pending bool
	// refresh is where the page leads by itself, at once; empty for nowhere.
	refresh string
	// drawn is what DrawAhead has drawn, nil for nothing.
	drawn *common
}

// Assets are the addresses of the static files, as static.Path gives them.
type Assets struct {
	CSS, JS, Sans, Icon string
	// Theme is the style sheet of an accent colour, "" for none.
	Theme string
}

// Contact is whom people ask for help. Tel and Link are addresses of links, LinkWords what
// a person reads of the second.
type Contact struct {
	Name, Phone, Tel, Link, LinkWords string
}

// any reports whether there is anything to show.
func (c Contact) any() bool { return c != Contact{} }

// Logo is a picture of ours, and its size in pixels.
type Logo struct {
	Path          string
	Width, Height int
}

// Viewing is whose pages an administrator looks at.
type Viewing struct {
	ID, Name string
	// Until is when it ends by itself.
	Until time.Time
	// Page is profile, security, applications or activity.
	Page string
}

func (w *Viewing) path(page string) string { return "/admin/users/" + w.ID + "/as/" + page }

// own returns the address of a page of the visitor's own, or "" where an administrator
// looks at somebody else's: there it would lead to the administrator's.
func (f Frame) own(href string) string {
	if f.Viewing != nil {
		return ""
	}
	return href
}

// Nav is the menu of somebody who is signed in.
type Nav struct {
	Name, Username string
	// Admin adds the entries of administrators.
	Admin bool
	// Section is the one of Sections that this page belongs to, for example
	// "/admin/users". Any other address marks nothing.
	Section string
}

// Flash is one line about what has just happened.
type Flash struct {
	Text string
	// Kind is "good" or "warn".
	Kind string
	// UndoAction is the address that takes the action back by POST, empty for none;
	// UndoLabel is the words on its button, for example "Undo".
	UndoAction, UndoLabel string
	// Link is an address of ours worth going to next, empty for none; LinkNote is its words.
	Link, LinkNote string
}

// Kept is a form that waited for its owner to prove who they are.
type Kept struct {
	// Button is the words on the button to press once more.
	Button string
	// Secrets says that the form has passwords or codes, which are never kept, and File
	// that a file has to be chosen again.
	Secrets, File bool
}

// pressing returns the frame with the words of the button to press once more, for pages
// that choose them.
func (f Frame) pressing(button string) Frame {
	if f.Kept != nil {
		k := *f.Kept
		k.Button = button
		f.Kept = &k
	}
	return f
}

// Link is an address with its words.
type Link struct {
	Href, Words string
}

// gate draws a page for one task: sign in, a code, a proof, an error.
func (f *Frame) gate(page string, body templ.Component) templ.Component {
	return f.inZone(f.document(page+" · "+f.Instance, f.column(body)))
}

// page draws a page with the menu, or with the bare brand for people without one.
func (f *Frame) page(page string, body templ.Component) templ.Component {
	return f.inZone(f.document(page+" · "+f.Instance, f.wide(body)))
}

// titled says first, to people who hear titles, that something is wrong.
func (f *Frame) titled(title string) string {
	if len(f.Errors) > 0 {
		return "Error: " + title
	}
	return title
}

// flash is the message of the last action; each page puts it after its heading.
func (f *Frame) flash() templ.Component {
	if f.Flash == nil {
		return templ.NopComponent
	}
	return f.Flash.note()
}

// summary lists the mistakes above the heading, or says that the form is filled with
// what waited.
func (f *Frame) summary() templ.Component {
	switch {
	case len(f.Errors) > 0:
		return f.Errors.list()
	case f.Kept != nil:
		return f.Kept.note()
	}
	return templ.NopComponent
}

// role is who the menu belongs to, in full.
func (n *Nav) role() string {
	if n.Admin {
		return n.Username + " · Administrator"
	}
	return n.Username
}

func (n *Nav) shown() string {
	if n.Name != "" {
		return n.Name
	}
	return n.Username
}

// way returns where something can be done about the mistake in a field, or nil.
func (f Frame) way(field string) *Link {
	if l, ok := f.Ways[field]; ok {
		return &l
	}
	return nil
}
