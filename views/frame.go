// Package views holds every page as a struct and the template that draws it.
//
// It imports nothing of ours: a handler copies what may be seen into the page's
// struct, so a password hash, a sealed secret or a token cannot reach a template
// by accident. Every page struct embeds Frame and has a Render method, which
// makes it a templ.Component. Pages are values; rendering reads them only, so
// one value may be rendered by several goroutines at once.
//
// No page holds inline script, style or handlers, because the content policy
// (SECURITY WE-01) would refuse to run them and because that is what keeps an
// injected name harmless. Everything goes through templ's contextual escaping.
package views

import (
	"bytes"
	"context"
	"io"
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
	// Contact is whom to ask for help; all of it empty for nobody.
	Contact Contact
	// Logo stands beside the name; without a path the program's own sign does.
	Logo Logo
	// Nav is the menu, nil on pages for people who are not signed in.
	Nav *Nav
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
	// drawn is what DrawAhead has drawn, nil for nothing.
	drawn *common
}

// common are the parts that all pages of an instance have in common: admin and mine
// are the two menus with the entry of a section marked.
type common struct {
	links, brand, foot templ.Component
	admin, mine        func(section string) templ.Component
	faces              *faces // nil keeps none
}

// me is the person's own menu.
func (c common) me(n *Nav) templ.Component {
	links := c.mine(n.Section)
	if c.faces == nil {
		return n.me(links)
	}
	return c.faces.menu(n, links)
}

func (f *Frame) common() common {
	if f.drawn != nil {
		return *f.drawn
	}
	return common{
		f.Assets.links(), brand(f.Instance, f.Logo), foot(f.Instance, f.Version),
		func(section string) templ.Component { return adminMenu(section, f.Requests) }, myMenu, nil,
	}
}

// drawn is what a template has drawn. Nothing else may become one: it is not escaped
// again.
type drawn []byte

// Render writes it as it is.
func (d drawn) Render(_ context.Context, w io.Writer) error {
	_, err := w.Write(d)
	return err
}

// DrawAhead draws the parts that all pages of an instance have in common, once for
// all copies of the frame: twenty expressions and four templates less on each page.
// Instance, Version, Assets, Logo and Requests must not be changed afterwards.
func (f *Frame) DrawAhead() (err error) {
	c := f.common()
	for _, part := range []*templ.Component{&c.links, &c.brand, &c.foot} {
		if *part, err = draw(*part); err != nil {
			return err
		}
	}
	for _, menu := range []*func(string) templ.Component{&c.admin, &c.mine} {
		if *menu, err = drawMenu(*menu); err != nil {
			return err
		}
	}
	c.faces = &faces{}
	f.drawn = &c
	return nil
}

// WithRequests returns the frame with another number of open requests, not drawn ahead.
func (f *Frame) WithRequests(n int) *Frame {
	other := *f
	other.Requests, other.drawn = n, nil
	return &other
}

func draw(part templ.Component) (drawn, error) {
	var b bytes.Buffer
	err := part.Render(context.Background(), &b)
	return drawn(b.Bytes()), err
}

// drawMenu draws a menu once for each section, and once for pages of none.
func drawMenu(menu func(section string) templ.Component) (func(string) templ.Component, error) {
	all := map[string]templ.Component{}
	for _, section := range append(Sections(), "") {
		part, err := draw(menu(section))
		if err != nil {
			return nil, err
		}
		all[section] = part
	}
	return func(section string) templ.Component {
		if part, ok := all[section]; ok {
			return part
		}
		return all[""]
	}, nil
}

// Sections are the addresses that menus lead to, the longer of two that begin alike
// first. The slice is shared: do not change it.
func Sections() []string { return sections[:] }

var sections = [...]string{"/admin/users", "/admin/requests", "/admin/audit", "/admin/settings", "/admin", "/security", "/profile"}

// Assets are the addresses of the static files, as static.Path gives them.
type Assets struct {
	CSS, JS, Sans, Mono, Icon string
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
	// Page is profile, security or activity.
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

// FieldError is one mistake in a form.
type FieldError struct {
	// Field is the name of the control at fault, empty when it is the form as a whole.
	Field string
	// Message is a sentence for people, without a full stop, as in UX.md.
	Message string
}

// Errors are the mistakes of one form in the order of its controls. The zero value is none.
type Errors []FieldError

// For returns the first message about a field, or an empty string.
func (e Errors) For(field string) string {
	for _, x := range e {
		if x.Field == field {
			return x.Message
		}
	}
	return ""
}

// summary returns the errors without those whose words have been said already,
// so that "Check your username and password" at two fields is listed once.
func (e Errors) summary() Errors {
	out := make(Errors, 0, len(e))
	for _, x := range e {
		if !out.says(x.Message) {
			out = append(out, x)
		}
	}
	return out
}

func (e Errors) says(message string) bool {
	for _, x := range e {
		if x.Message == message {
			return true
		}
	}
	return false
}

// Link is an address with its words.
type Link struct {
	Href, Words string
}

// gate draws a page for one task: sign in, a code, a proof, an error.
func (f Frame) gate(page string, body templ.Component) templ.Component {
	return f.inZone(f.document(page+" · "+f.Instance, f.column(body)))
}

// page draws a page with the menu, or with the bare brand for people without one.
func (f Frame) page(page string, body templ.Component) templ.Component {
	return f.inZone(f.document(page+" · "+f.Instance, f.wide(body)))
}

// titled says first, to whoever hears titles, that something is wrong.
func (f Frame) titled(title string) string {
	if len(f.Errors) > 0 {
		return "Error: " + title
	}
	return title
}

// flash is the message of the last action; each page puts it after its heading.
func (f Frame) flash() templ.Component {
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
