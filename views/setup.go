package views

import (
	"context"
	"io"
)

// Setup creates the first administrator, GET and POST /setup.
// Fields: setup_code username name email new_password.
type Setup struct {
	Frame
	SetupCode, Username, Name, Email string
	// URL is the public base address this server believes in.
	URL string
	// PlainHTTP warns that cookies will not be Secure.
	PlainHTTP bool
	// MinLength is the least number of characters of a password.
	MinLength int
}

// Render draws the page.
func (p Setup) Render(ctx context.Context, w io.Writer) error {
	return p.document("Set up "+Product, p.column(p.body())).Render(ctx, w)
}

// usernameRule says in a few words which usernames there can be (AU-08).
const usernameRule = "2 to 64 letters, digits, dots, dashes or underscores. Start and end with a letter or a digit."
