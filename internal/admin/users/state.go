package users

import (
	"latchkey/internal/account/explain"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// addNotes adds what administrators wrote down about the user.
func addNotes(v *web.Visitor, u user.User, page *views.UserPage) error {
	notes, err := v.DB.Notes(u.ID)
	for _, n := range notes {
		page.Notes = append(page.Notes, viewNote(n))
	}
	return err
}

// addState says in sentences how the user stands, with who and why.
func addState(v *web.Visitor, u user.User, page *views.UserPage) error {
	state, added, err := explain.State(v.DB.Reader, u, v.Now)
	page.AddedBy = views.Link(added)
	for _, s := range state {
		page.State = append(page.State, said(s))
	}
	return err
}

// said is the same sentence for a page.
func said(s explain.Said) views.Said {
	var all views.Said
	for _, p := range s {
		all = append(all, views.Piece(p))
	}
	return all
}
