package admin

import (
	"errors"
	"strconv"

	"latchkey/internal/account"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

const (
	// bulkNames is how many users a review names, of those who will be changed and of
	// those who will not.
	bulkNames = 20
	// bulkLook is how many users a review looks at one by one; of more it says how many
	// match and in which cases somebody is left out.
	bulkLook = store.CountMax
	// bulkPage is how many of them are read at once.
	bulkPage = 1000
)

// selected is what somebody has selected on the list: an act, and whom it is about.
type selected struct {
	form   web.Form
	act    bulkAct
	filter views.UserFilter
	picked []string
	// all selects everybody who matches the filter, whatever was picked.
	all bool
}

// readSelected reads the form of the list, or of the review. Mistakes that a person
// can make are problems of the fields.
func readSelected(v *web.Visitor) (s selected, err error) {
	form, picked, err := v.FormMany("user", bulkAtOnce, append(userFilterNames(), "action", "all", "confirm", "seen", "reason")...)
	if err != nil {
		return s, err
	}
	return selection(form, picked)
}

// selection is what a form of the list or of the review says.
func selection(form web.Form, picked []string) (s selected, err error) {
	s = selected{form: form, picked: picked, all: form["all"] != ""}
	if s.filter, err = userFilter(form); err != nil {
		return s, err
	}
	var known bool
	if s.act, known = bulkActOf(form["action"]); !known && form["action"] != "" {
		return s, problem.New(problem.BadRequest, "The form asks for something that does not exist.")
	}
	return s, nil
}

// mistake is what is missing in the form of the list.
func (s selected) mistake() error {
	var nobody, nothing error
	if !s.all && len(s.picked) == 0 {
		nobody = problem.Field("user", "Select at least one user")
	}
	if s.act.Name == "" {
		nothing = problem.Field("action", "Choose an action")
	}
	return errors.Join(nobody, nothing)
}

// someone returns the users who were picked. One who does not exist is left out.
func (s selected) someone(r store.Reader) (all []store.Member, err error) {
	for _, id := range s.picked {
		u, err := r.User(id)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, store.Member{User: u})
	}
	return all, nil
}

// plan is what a review shows: whom the act would change and whom not.
type plan struct {
	total int
	// over says that there are more than were looked at.
	over           bool
	changes, stays int
	names          []string
	left           []views.LeftOut
	// members are the first of all, one more than bulkAtOnce if there are more.
	members []store.Member
}

// plan looks at who is selected, one by one up to bulkLook users.
func (s selected) plan(v *web.Visitor) (p plan, err error) {
	if !s.all {
		members, err := s.someone(v.DB.Reader)
		if err != nil {
			return p, err
		}
		p.total = len(members)
		return p, p.look(v, s.act, members)
	}
	who := whoMatches(v.Instance, s.filter, v.Now)
	if p.total, err = howMany(v, who); err != nil {
		return p, err
	}
	p.over = p.total > bulkLook
	for after, more := int64(0), true; more && p.changes+p.stays < bulkLook; {
		members, err := v.DB.UsersByNumber(v.Context(), who, after, 0, bulkPage)
		if err != nil {
			return p, err
		}
		if more = len(members) == bulkPage; more {
			after = members[bulkPage-1].Num
		}
		if err := p.look(v, s.act, members); err != nil {
			return p, err
		}
	}
	return p, nil
}

// howMany counts those who match: exactly, which takes a while only where they are more
// than the list counts.
func howMany(v *web.Visitor, who store.UserFilter) (int, error) {
	first := who
	first.Limit = 1
	l, err := v.DB.ListUsers(v.Context(), first)
	if err != nil || !l.Over {
		return l.Total, err
	}
	n, err := v.DB.CountAllUsers(v.Context(), who)
	return int(n), err
}

// look adds users to the plan.
func (p *plan) look(v *web.Visitor, act bulkAct, members []store.Member) error {
	p.members = append(p.members, members[:min(len(members), bulkAtOnce+1-len(p.members))]...)
	for _, m := range members {
		if err := p.add(v, act, m.User); err != nil {
			return err
		}
	}
	return nil
}

// add puts one user on the side of those who change or of those who do not.
func (p *plan) add(v *web.Visitor, act bulkAct, u user.User) error {
	why := act.leftOut(v.Instance, u, v.User.ID)
	if why == "" && u.Role == user.RoleAdmin && act.TakesAdministrator(u) {
		last, err := v.DB.LastAdministrator(adminDemands(v), u.ID)
		if err != nil {
			return err
		}
		if last {
			why = account.LastAdministrator
		}
	}
	switch {
	case why == "":
		p.changes++
		if len(p.names) < bulkNames {
			p.names = append(p.names, named(u))
		}
	default:
		p.stays++
		if len(p.left) < bulkNames {
			p.left = append(p.left, views.LeftOut{Name: named(u), Why: why})
		}
	}
	return nil
}

// named tells a user from others of the same name.
func named(u user.User) string {
	if u.Name == "" {
		return u.Username
	}
	return u.Name + " (" + u.Username + ")"
}

// grown reports whether many more users match the filter than the review said: then
// it has to be looked at again. One in twenty may have come since, as on a busy list.
func (s selected) grown(p plan) bool {
	seen, err := strconv.Atoi(s.form["seen"])
	return s.all && (err != nil || p.total > seen+seen/20)
}

// errGrown shows the review again.
var errGrown = problem.New(problem.Conflict, "Many more users match now than this page said. Check the list again.")

// review draws the page that asks.
func (s selected) review(v *web.Visitor, p plan, err error) views.BulkReview {
	page := views.BulkReview{
		Frame: v.Frame(err), Action: s.act.Name, Filter: s.filter, All: s.all, Reason: s.form["reason"],
		Total: p.total, Over: p.over, Changes: p.changes, Stays: p.stays, Names: p.names, Left: p.left,
	}
	if !s.all {
		page.Picked = s.picked
	}
	return page
}
