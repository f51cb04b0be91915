package views

import (
	"context"
	"fmt"
	"io"
	"time"
)

// InvitationsPath is where invitations are shown once they were made.
const InvitationsPath = "/admin/users/invitations"

// Invitations shows invitations to print or to pass on, once: GET
// /admin/users/invitations. Its form makes the next ones: import or filter, after, done.
type Invitations struct {
	Frame
	// Cards are empty where they were shown before.
	Cards []Card
	// From and To are the places of these cards among all Total.
	From, To, Total int
	// Import or Filter say whose invitations come next, behind After; both are empty behind
	// the last.
	Import, Filter, After string
}

// Card is an invitation as it is given to a person, on paper.
type Card struct {
	Name, Username string
	// Link is the whole address.
	Link    string
	Expires time.Time
	// TwoStep says that the person has to set up an authenticator app.
	TwoStep bool
	// QRPath is the QR code of the link as an SVG path for a square of QRSize units.
	QRSize int
	QRPath string
}

// Render draws the page.
func (p Invitations) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p Invitations) heading() string {
	switch {
	case len(p.Cards) == 0:
		return "Invitations are shown once"
	case len(p.Cards) == p.Total:
		return count(p.Total, "invitation")
	case p.From == p.To:
		return fmt.Sprintf("Invitation %s of %s", thousands(p.From), thousands(p.Total))
	}
	return fmt.Sprintf("Invitations %s to %s of %s", thousands(p.From), thousands(p.To), thousands(p.Total))
}

func (p Invitations) more() bool { return p.Import != "" || p.Filter != "" }

// nextWords is the button for the next ones.
func (p Invitations) nextWords() string {
	if left := p.Total - p.To; left > 0 && left <= 100 {
		return "Show the last " + thousands(left)
	}
	return "Show the next 100"
}

func (c Card) person() string {
	if c.Name != "" {
		return c.Name
	}
	return c.Username
}
