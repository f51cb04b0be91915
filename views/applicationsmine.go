package views

import (
	"context"
	"io"
	"time"
)

// MyApplications is what somebody may open, GET /applications. Its forms are POST
// /applications/{slug}/sign-out without fields.
type MyApplications struct {
	Frame
	Apps []MyApplication
	// Q is what was searched for; Searchable says that there are so many that it helps.
	Q              string
	Searchable     bool
	Previous, Next string
}

// MyApplication is one that the person may open.
type MyApplication struct {
	Slug, Name string
	// Host is the first one, Href where to begin.
	Host, Href string
	// Opened is since when it is open in this browser, zero for not.
	Opened time.Time
	// Elsewhere says that it is open in another browser.
	Elsewhere bool
}

func (a MyApplication) signOut() string { return MyApplicationsPath + "/" + a.Slug + "/sign-out" }

func (p MyApplications) heading() string {
	if p.Viewing != nil {
		return "Applications"
	}
	return "Your applications"
}

// Render draws the page.
func (p MyApplications) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// MyApplicationFilter is the state of the page as it stands in the address.
type MyApplicationFilter struct {
	// Base is where the page is read.
	Base, Q string
}

// At is the address of the page after or before an application.
func (f MyApplicationFilter) At(where, slug string) string {
	v := query{}
	return v.add("q", f.Q).add(where, slug).path(f.Base)
}
