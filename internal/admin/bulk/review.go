package bulk

import (
	"errors"
	"strconv"
	"strings"

	"latchkey/internal/account"
	"latchkey/internal/bulk"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/internal/web/userlist"
	"latchkey/views"
)

// selected is what somebody has selected on the list: a kind of action, and whom it is about.
type selected struct {
	form   forms.Form
	kind   account.Kind
	group  store.Group // that was chosen, for a kind that takes one
	filter views.UserFilter
	picked []string
	// all selects everybody who matches the filter, whatever was picked.
	all bool
}

// readSelected reads the form of the list, or of the review. Mistakes that a person
// can make are problems of the fields.
func readSelected(v *web.Visitor) (s selected, err error) {
	form, picked, err := v.FormMany("user", bulk.AtOnce, append(userlist.Names(), "action", "all", "confirm", "seen", "reason", "chosen_group")...)
	if err != nil {
		return s, err
	}
	return selection(form, picked)
}

// selection is what a form of the list or of the review says.
func selection(form forms.Form, picked []string) (s selected, err error) {
	s = selected{form: form, picked: picked, all: form["all"] != ""}
	if s.filter, err = userlist.Read(form); err != nil {
		return s, err
	}
	var known bool
	if s.kind, known = account.BulkKindOf(form["action"]); !known && form["action"] != "" {
		return s, problem.New(problem.BadRequest, "The form asks for something that does not exist.")
	}
	if _, named := form["chosen_group"]; named && !s.kind.OfGroup {
		return s, problem.New(problem.BadRequest, "The form names a group for something that has none.")
	}
	return s, nil
}

// mistake is what is missing in the form of the list.
func (s selected) mistake() error {
	var nobody, nothing error
	if !s.all && len(s.picked) == 0 {
		nobody = problem.Field("user", "Select at least one user")
	}
	if s.kind.Name == "" {
		nothing = problem.Field("action", "Choose an action")
	}
	return errors.Join(nobody, nothing)
}

// selection is the same without a page.
func (s selected) selection() bulk.Selection {
	return bulk.Selection{Kind: s.kind, Group: s.group.Name, Filter: userlist.Who(s.filter), Picked: s.picked, All: s.all}
}

func (s selected) plan(v *web.Visitor) (bulk.Plan, error) {
	return s.selection().Plan(v.Context(), v.Instance, v.User.ID)
}

func leftOut(p bulk.Plan) (all []views.LeftOut) {
	for _, l := range p.Left {
		all = append(all, views.LeftOut(l))
	}
	return all
}

// grown reports whether many more users match the filter than the review said: then
// it has to be looked at again. One in twenty may have come since, as on a busy list.
func (s selected) grown(p bulk.Plan) bool {
	seen, err := strconv.Atoi(s.form["seen"])
	return s.all && (err != nil || p.Total > seen+seen/20)
}

// errGrown shows the review again.
var errGrown = problem.New(problem.Conflict, "Many more users match now than this page said. Check the list again.")

// review draws the page that asks.
func (s selected) review(v *web.Visitor, p bulk.Plan, err error) views.BulkReview {
	page := views.BulkReview{
		Frame: v.Frame(err), Action: s.kind.Name, Filter: s.filter, All: s.all, Reason: s.form["reason"],
		Group: views.Group{Name: s.group.Name, Label: s.group.Label}, Total: p.Total, Over: p.Over, Changes: p.Changes, Stays: p.Stays, Names: p.Names, Left: leftOut(p),
	}
	if !s.all {
		page.Picked = s.picked
	}
	return page
}

// doneFlash says what was done, and offers to take it back; group is what the group is called
// that it was about.
func doneFlash(b store.BulkJob, group string) views.Flash {
	m := views.Flash{Kind: "good", Text: views.BulkDone(b.Action, group, b.Changed)}
	if b.Undoes != "" {
		m.Text = "Undone: " + strings.ToLower(m.Text[:1]) + m.Text[1:]
	}
	if b.LeftOut > 0 {
		m.Link, m.LinkNote = present.BulkPath+"/"+b.ID, views.BulkLeftOut(b.LeftOut)
	}
	if k, _ := account.BulkKindOf(b.Action); k.Undo != "" && b.Undoes == "" {
		m.UndoAction, m.UndoLabel = present.BulkPath+"/"+b.ID+"/undo", "Undo"
	}
	return m
}
