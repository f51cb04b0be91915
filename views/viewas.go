package views

import (
	"context"
	"io"
	"strings"
)

// ViewAs asks an administrator why before a user's own pages are shown, GET and POST
// /admin/users/{id}/view-as. Field: reason.
type ViewAs struct {
	Frame
	// Name is what a sentence calls the user.
	ID, Name string
	// Minutes is how long the pages can be looked at.
	Minutes string
	// Reason is what was typed.
	Reason string
	// Refused is why they cannot be looked at, a sentence; empty when they can.
	Refused string
}

// Render draws the page.
func (p ViewAs) Render(ctx context.Context, w io.Writer) error {
	p.Frame = p.pressing("View pages")
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p ViewAs) heading() string { return "View as " + p.Name }
func (p ViewAs) path() string    { return "/admin/users/" + p.ID }

// tabs are the pages that can be looked at.
func (w *Viewing) tabs() []Link {
	return []Link{{w.path("profile"), "Profile"}, {w.path("security"), "Security"}, {w.path("applications"), "Applications"}, {w.path("activity"), "Activity"}}
}

// possessive is a name with its apostrophe: Grace's, James'.
func possessive(name string) string {
	if strings.HasSuffix(strings.ToLower(name), "s") {
		return name + "’"
	}
	return name + "’s"
}
