package views

import (
	"context"
	"io"
	"slices"
	"time"
)

// BulkReview asks before something is done to several users: POST /admin/users/bulk.
// Fields: user (many) or all with q status two_step role, action, chosen_group, seen, reason,
// confirm.
type BulkReview struct {
	Frame
	// Action is disable, enable, require-enrolment, lift-enrolment, sign-out, invite, print-invitations,
	// add-to-group, remove-from-group, delete or restore.
	Action string
	// Group is the one that they come into or go out of; zero for other actions.
	Group Group
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

// Bulk is how far an action on many users is: GET /admin/users/bulk/{id}.
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
	// Undoes is the action that this one took back, UndoneBy the one that took this one
	// back; empty for none.
	Undoes, UndoneBy string
	// Group is the one that they came into or went out of; zero for other actions. Its label
	// is empty where it is GroupGone.
	Group     Group
	GroupGone bool
	// Total is how many were selected, Changed and LeftOut what became of them so far.
	Total, Changed, LeftOut int
	Left                    []LeftByReason
	CanUndo                 bool
	// Unread says that the filter of All cannot be read.
	Unread bool
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

// BulkLeftOut says that so many users were left out, as words of a link.
func BulkLeftOut(n int) string { return thousands(n) + " left out" }

// bulkChoices are the actions offered on the list: in the recycle bin there is only one, and
// without groups nobody can be put into one.
func (p Users) bulkChoices() []Option {
	actions, invite := []string{"disable", "enable", "require-enrolment", "lift-enrolment", "sign-out"}, []string{"invite", "print-invitations"}
	if p.hasGroups() {
		actions = append(actions, "add-to-group", "remove-from-group")
	}
	switch p.Filter.Status {
	case "deleted":
		actions = []string{"restore"}
	case "invited", "expired":
		actions = slices.Concat(invite, actions, []string{"delete"})
	case "":
		actions = slices.Concat(actions, invite, []string{"delete"})
	default:
		actions = append(actions, "delete")
	}
	var all []Option
	for _, a := range actions {
		all = append(all, Option{a, wordsOf(a).choice})
	}
	return all
}

func (p BulkReview) do() string {
	n := count(p.Changes, "user")
	if p.Over {
		n = "up to " + count(p.Total, "user")
	}
	return forMany(wordsOf(p.Action).many, n, p.Group.title())
}

// heading is what will be done; where nobody is left to do it to, what was asked.
func (p BulkReview) heading() string {
	if p.Changes > 0 || p.Over {
		return p.do()
	}
	return BulkHeading(p.Action, p.Group.title(), p.Total)
}

func (p BulkReview) danger() bool { return wordsOf(p.Action).danger }

// more counts those beyond the ones that are listed.
func (p BulkReview) more() int {
	if p.Over {
		return p.Total - len(p.Names)
	}
	return p.Changes - len(p.Names)
}

func (p BulkReview) moreLeft() int { return p.Stays - len(p.Left) }

func (p Bulk) heading() string { return BulkHeading(p.Action, p.Group.title(), p.Total) }

func (p Bulk) done() string { return BulkDone(p.Action, p.Group.title(), p.Changed) }

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
	case p.All && p.Unread:
		return "Everyone who matched a filter that cannot be read"
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
