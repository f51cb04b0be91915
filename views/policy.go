package views

import (
	"context"
	"io"
	"strconv"
	"time"
)

// PolicyReview shows what another policy of two-step verification asks of whom, or of
// whom it asks nothing any more, before it is saved, GET and POST
// /admin/settings/sign-in/{everyone,administrators,optional}.
// Fields: from two_step_deadline.
type PolicyReview struct {
	Frame
	// Policy is everyone, administrators or optional, Before the one in force.
	Policy, Before string
	// Weaker says that it asks less. Affected counts those without an authenticator, or
	// those who lose the requirement; Alone those of the latter who have no authenticator;
	// NoAddress those of the former who have no address. A number above CountMax means
	// "over CountMax". All are people who can sign in.
	Weaker                               bool
	Affected, Alone, NoAddress, CountMax int
	// MinPassword is the shortest password from now on, if that changes with a weaker
	// policy, Ended the deadline that falls away with it, and Forgotten says that browsers
	// which skip the code are forgotten; zero for nothing to say.
	MinPassword int
	Ended       time.Time
	Forgotten   bool
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
		return "Move the deadline for two-step verification"
	case p.Policy == "optional":
		return "Make two-step verification optional"
	case p.Policy == "administrators" && p.Weaker:
		return "Require two-step verification for administrators only"
	case p.Policy == "administrators":
		return "Require two-step verification for administrators"
	}
	return "Require two-step verification for everyone"
}

func (p PolicyReview) button() string {
	switch {
	case p.Running:
		return "Move the deadline"
	case p.Weaker:
		return "Stop requiring it"
	}
	return "Require it"
}

// SettingsReview shows settings that protect less than before, until they are saved by
// the same form with confirm=1.
type SettingsReview struct {
	Frame
	// Action is the page of the settings; Fields are what its form sent, by name.
	Action string
	Fields []Hidden
	// Changes are the weaker settings.
	Changes []Weaker
	// PolicyNext says that another policy of two-step verification is shown next.
	PolicyNext bool
}

// Hidden is a field that a page carries on.
type Hidden struct{ Name, Value string }

// Weaker is a setting that protects less than before.
type Weaker struct {
	Name, Before, After, Effect string
}

// Render draws the page.
func (p SettingsReview) Render(ctx context.Context, w io.Writer) error {
	return p.page("Check these changes", p.body()).Render(ctx, w)
}

// counted writes a number of users that was counted up to a most.
func counted(n, most int) string {
	if n > most {
		return "over " + thousands(most)
	}
	return thousands(n)
}

func (p *PolicyReview) minPassword() string { return strconv.Itoa(p.MinPassword) }
