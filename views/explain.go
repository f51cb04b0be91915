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
	// Gates are everything that signing in depends on, in the order it is met.
	Gates []Gate
	// Enrolling is until when an enrolment that was begun waits for its first code; zero for none.
	Enrolling time.Time
	// Tries are the newest ones, the newest first.
	Tries []Try
}

// Gate is one thing that signing in depends on.
type Gate struct {
	Name  string
	Open  bool
	Words string
	// Fix is the address of the page that opens it, empty for none.
	Fix, FixWords string
}

// Try is one try to sign in, with why it failed.
type Try struct {
	Event
	Reason string
}

// Render draws the page.
func (p Explain) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p Explain) who() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Username
}

func (p Explain) heading() string {
	if p.first() != nil {
		return "Why " + p.who() + " cannot sign in"
	}
	return p.who() + " can sign in"
}

// first is the first gate that is closed, or nil.
func (p Explain) first() *Gate {
	for i := range p.Gates {
		if !p.Gates[i].Open {
			return &p.Gates[i]
		}
	}
	return nil
}
