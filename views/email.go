package views

import (
	"context"
	"io"
)

// ConfirmEmail asks whether an address belongs to a user, GET and POST /email after a
// link from a mail. It has no fields.
type ConfirmEmail struct {
	Frame
	Username, Email string
}

// Render draws the page.
func (p ConfirmEmail) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Confirm your email address", p.body()).Render(ctx, w)
}
