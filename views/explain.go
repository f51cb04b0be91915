package views

import (
	"context"
	"io"
	"time"
)

// Explain says why a user can or cannot sign in, GET /admin/users/{id}/explain.
type Explain struct {
	Frame
	ID, Username, Name string
	// Answer is one sentence and Reason the line below it.
	Answer string
	Reason Said
	// First is the check that fails and matters most, nil if none does; Also are the others
	// that fail.
	First *Check
	Also  []Check
	// Passing are the checks that pass, folded behind Rest.
	Passing []Check
	Rest    string
	// Enrolling is until when an app that is being set up waits for its first code; zero for none.
	Enrolling time.Time
	// Tries are the newest attempts, the newest first.
	Tries []Event
	// Tell is what to say to the user, empty for nothing.
	Tell Said
}

// Check is one thing that signing in depends on.
type Check struct {
	Name  string
	Words Said
	// Fix is the address of the page that helps, empty for none.
	Fix, FixWords string
}

// ExplainName asks for a name and answers for one that no user has, GET
// /admin/users/explain. Field: user.
type ExplainName struct {
	Frame
	Username string
	// Answer and Reason are empty before anything was asked.
	Answer string
	Reason Said
	// Fix is where to go on, empty for nowhere.
	Fix, FixWords string
}

// Render draws the page.
func (p Explain) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// Render draws the page.
func (p ExplainName) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p Explain) who() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func (p Explain) heading() string {
	if p.First != nil {
		return "Why can’t " + p.who() + " sign in?"
	}
	return "Can " + p.who() + " sign in?"
}

func (p ExplainName) heading() string {
	if p.Answer == "" {
		return "Why can’t somebody sign in?"
	}
	return "Why can’t " + p.Username + " sign in?"
}

// explainPath asks why somebody of this name cannot sign in.
func explainPath(name string) string {
	v := query{}
	v.add("user", name)
	return v.path("/admin/users/explain")
}
