package views

import (
	"context"
	"io"
)

// PolicyReview shows what a stricter policy of two-step verification asks of whom
// before it is saved, GET and POST /admin/settings/sign-in/{everyone,administrators}.
// Field: two_step_deadline.
type PolicyReview struct {
	Frame
	// Policy is everyone or administrators.
	Policy string
	// Affected counts the users without an authenticator, NoAddress those of them who
	// have no address; a number above CountMax means "over CountMax".
	Affected, NoAddress, CountMax int
	// List selects those who are affected.
	List UserFilter
	// Administrators are those without an authenticator, who get no time.
	Administrators []Link
	// Refused is the reason why it cannot be saved, a sentence; empty when it can.
	Refused string
	// Dated offers a deadline; Deadline is a day as typed. Running says that the policy
	// is in force and its deadline still to come.
	Dated    bool
	Deadline string
	Running  bool
}

// Render draws the page.
func (p PolicyReview) Render(ctx context.Context, w io.Writer) error {
	p.Frame = p.pressing(p.button())
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p PolicyReview) heading() string {
	switch {
	case p.Running:
		return "Move the deadline of two-step verification"
	case p.Policy == "administrators":
		return "Require two-step verification of administrators"
	}
	return "Require two-step verification of everyone"
}

func (p PolicyReview) button() string {
	if p.Running {
		return "Move the deadline"
	}
	return "Require it"
}

// counted writes a number of users that was counted up to a most.
func counted(n, most int) string {
	if n > most {
		return "over " + thousands(most)
	}
	return thousands(n)
}
