package views

import (
	"context"
	"io"
)

// BulkGroup asks which group several users are put into or taken out of: POST
// /admin/users/bulk, between the list and the review. Fields: chosen_group, and those of the
// list. Further fields: user (many) or all with q status two_step role, action.
type BulkGroup struct {
	Frame
	// Action is add-to-group or remove-from-group.
	Action string
	// Filter is the state of the list; All says that everybody who matches is selected,
	// else Picked are the ids.
	Filter UserFilter
	All    bool
	Picked []string
	// Chosen is what was chosen or typed.
	Chosen string
	// Groups are those to choose from. Where they are Many they are only proposed while a name
	// is typed; none are where they are too many for that.
	Groups []Option
	Many   bool
}

// Render draws the page.
func (p BulkGroup) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p BulkGroup) heading() string { return wordsOf(p.Action).choice }

// who says who was selected.
func (p BulkGroup) who() string {
	if p.All {
		return BulkReview{Filter: p.Filter, All: true}.whole()
	}
	return count(len(p.Picked), "user") + " selected."
}

// groupField is the field, with what to type where nothing can be chosen.
func (p BulkGroup) groupField() field {
	f := field{kind: otherUsername, name: "chosen_group", label: "Group", value: p.Chosen, error: p.Errors.For("chosen_group")}
	if p.Many {
		f.hint = "Its name or label, or a part that no other group has."
	}
	return f
}
