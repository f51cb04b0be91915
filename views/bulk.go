package views

import (
	"context"
	"io"
	"strings"
	"time"
)

// BulkReview asks before something is done to several users: POST /admin/users/bulk.
// Fields: user (many) or all with q status two_step role, action, seen, reason, confirm.
type BulkReview struct {
	Frame
	// Action is disable, enable, require-enrolment, lift-enrolment, sign-out, invite, print-invitations,
	// delete or restore.
	Action string
	// Filter is the state of the list; All says that everybody who matches is selected,
	// else Picked are the ids.
	Filter UserFilter
	All    bool
	Picked []string
	// Total is how many are selected. Over says that there are more than were looked at
	// one by one; Changes and Stays are then only of those.
	Total          int
	Over           bool
	Changes, Stays int
	// Names are the first of those who will be changed, Left of those who will not.
	Names []string
	Left  []LeftOut
	// Reason is what was typed.
	Reason string
}

// LeftOut is a user to whom nothing will be done, and why, as a sentence.
type LeftOut struct{ Name, Why string }

// Bulk is how far an act on many users is: GET /admin/users/bulk/{id}.
type Bulk struct {
	Frame
	ID, Action string
	// State is running, done, cancelled or refused.
	State string
	// Filter is who was selected if All is set.
	Filter UserFilter
	All    bool
	By     string
	// Began is when it was started, Moved when anything happened last.
	Began, Moved time.Time
	Reason       string
	// Listed is about the people of an import.
	Listed bool
	// Undoes is the act that this one took back, UndoneBy the one that took this one
	// back; empty for none.
	Undoes, UndoneBy string
	// Total is how many were selected, Changed and LeftOut what became of them so far.
	Total, Changed, LeftOut int
	Left                    []LeftByReason
	CanUndo                 bool
}

// LeftByReason is how many users were left out for one reason.
type LeftByReason struct {
	Why   string
	Users int
}

// Render draws the page.
func (p BulkReview) Render(ctx context.Context, w io.Writer) error {
	p.Frame = p.pressing(p.do())
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Bulk) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// bulk is what pages say about one kind of act on several users. An N stands for the
// users and how many they are.
type bulk struct {
	action string
	// choice is its entry in the list of acts, do the heading and the button, done the
	// sentence afterwards.
	choice, do, done string
	effect           string
	danger           bool
}

func bulks() []bulk {
	return []bulk{
		{"disable", "Disable", "Disable N", "N disabled.", "They are signed out everywhere and cannot sign in until enabled again. Nothing is deleted.", false},
		{"enable", "Enable", "Enable N", "N enabled.", "They can sign in again with the same password and authenticator apps.", false},
		{"require-enrolment", "Require two-step verification", "Require two-step verification for N", "Two-step verification is now required for N.",
			"Anyone without an authenticator app has to set one up on the next page they open or when they next sign in, whatever the policy says. None of them can remove their last app.", false},
		{"sign-out", "Sign out", "Sign out N", "N signed out.", "They are signed out everywhere, and browsers that skip the code are forgotten. They can sign in again straight away.", false},
		{"invite", "Send invitations again", "Send invitations to N", "Invitations sent to N.", "Each person gets an email with a new link to choose a password. Earlier links stop working. Long lists are sent as fast as the mail server accepts them.", false},
		{"print-invitations", "Print invitations", "Print invitations for N", "Invitations made for N.", "The next page shows them, up to 100 at a time, to print or pass on. Earlier links stop working.", false},
		{"delete", "Delete", "Delete N", "N moved to the recycle bin.", "They are signed out everywhere and moved to the recycle bin. An administrator can restore them within 30 days. After that, everything is erased. The names stay in the audit log.", true},
		{"restore", "Restore", "Restore N", "N restored.", "They are restored from the recycle bin and can sign in again.", false},
		{"lift-enrolment", "Stop requiring two-step verification", "Stop requiring two-step verification for N", "Two-step verification is no longer required individually for N.", "From now on only the policy decides whether they need it.", false},
	}
}

func bulkOf(action string) bulk {
	for _, b := range bulks() {
		if b.action == action {
			return b
		}
	}
	return bulk{action: action, choice: action, do: "Change N", done: "N changed."}
}

// BulkDone says that an act was done to so many users.
func BulkDone(action string, n int) string {
	return strings.Replace(bulkOf(action).done, "N", count(n, "user"), 1)
}

// BulkLeftOut says that so many users were left out, as words of a link.
func BulkLeftOut(n int) string { return thousands(n) + " left out" }

// bulkChoices are the acts offered on the list: in the recycle bin there is only one.
func (f UserFilter) bulkChoices() []Option {
	actions := []string{"disable", "enable", "require-enrolment", "lift-enrolment", "sign-out", "delete"}
	switch f.Status {
	case "deleted":
		actions = []string{"restore"}
	case "invited", "expired":
		actions = append([]string{"invite", "print-invitations"}, actions...)
	case "":
		actions = append(actions[:5:5], "invite", "print-invitations", "delete")
	}
	var all []Option
	for _, a := range actions {
		all = append(all, Option{a, bulkOf(a).choice})
	}
	return all
}

func (p BulkReview) do() string {
	n := count(p.Changes, "user")
	if p.Over {
		n = "up to " + count(p.Total, "user")
	}
	return strings.Replace(bulkOf(p.Action).do, "N", n, 1)
}

// heading is what will be done; where nobody is left to do it to, what was asked.
func (p BulkReview) heading() string {
	if p.Changes > 0 || p.Over {
		return p.do()
	}
	return BulkHeading(p.Action, p.Total)
}

func (p BulkReview) danger() bool { return bulkOf(p.Action).danger }

// more counts those beyond the ones that are listed.
func (p BulkReview) more() int {
	if p.Over {
		return p.Total - len(p.Names)
	}
	return p.Changes - len(p.Names)
}

func (p BulkReview) moreLeft() int { return p.Stays - len(p.Left) }

func (p Bulk) heading() string { return BulkHeading(p.Action, p.Total) }

// BulkHeading names an act on so many users.
func BulkHeading(action string, n int) string {
	return strings.Replace(bulkOf(action).do, "N", count(n, "user"), 1)
}

// settled counts those whose turn has come.
func (p Bulk) settled() int { return p.Changed + p.LeftOut }

func (p Bulk) path(more string) string { return "/admin/users/bulk/" + p.ID + more }

// who says in words who was selected.
func (p Bulk) who() string {
	switch {
	case p.Listed:
		return "Everyone an import added without a password"
	case p.Undoes != "":
		return "Everyone affected by an earlier bulk change"
	case p.All && p.Filter.Filtered():
		return "Everyone who matched: " + p.Filter.words()
	case p.All:
		return "Everyone"
	}
	return "Selected in the list"
}

// whole says who all are that match.
func (p BulkReview) whole() string {
	s := "Everyone in the list"
	if p.Filter.Filtered() {
		s = "Everyone who matches: " + p.Filter.words()
	}
	if p.Over {
		return s + ". There are too many to check one by one here. Anyone this does not apply to is left out, and the next page counts them."
	}
	return s + "."
}
