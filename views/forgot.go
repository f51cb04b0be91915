package views

import (
	"context"
	"io"
)

// Forgot is GET and POST /forgot. Field: username.
type Forgot struct {
	Frame
	// CanReset says that mail works; otherwise the page says whom to ask.
	CanReset bool
	// Sent follows the form. It reads the same, no matter who asked for whom.
	Sent bool
}

// Render draws the page.
func (p Forgot) Render(ctx context.Context, w io.Writer) error {
	return p.gate(p.heading(), p.body()).Render(ctx, w)
}

func (p Forgot) heading() string {
	if p.Sent {
		return "Check your email"
	}
	return "Forgot your password?"
}
