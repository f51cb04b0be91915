package groups

import (
	"errors"
	"strings"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/present"
	"latchkey/views"
)

// maxNamed is how many people one form puts into a group or takes out of it, 500: each of them
// stands on the page that is looked through before. The list of users reaches more at once.
//
//limit:people People put into a group by one form
const maxNamed = 500

func showOne(v *web.Visitor) error {
	g, err := chosen(v)
	if err != nil {
		return err
	}
	page, err := onePage(v, g, "")
	if err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// onePage is a group with the members that the address asks for.
func onePage(v *web.Visitor, g store.Group, typed string) (page views.GroupPage, err error) {
	page.Typed = typed
	if page.Group, err = withOpensOf(v, g); err != nil {
		return page, err
	}
	in := forms.Filters{Sent: forms.Form{}}
	if !v.Posts() {
		if in.Sent, err = v.Filters("after", "before"); err != nil {
			return page, err
		}
	}
	f := store.UserFilter{Group: g.Name, After: in.Key("after"), Before: in.Key("before"), Limit: pageSize + 1, Now: v.Now}
	if in.Bad || f.After != "" && f.Before != "" {
		return page, forms.ErrAddress
	}
	users, err := v.DB.Users(v.Context(), f)
	if err != nil {
		return page, err
	}
	users, before, after := web.Page(users, pageSize, f.After, f.Before)
	if before {
		page.Previous = path(g.Name) + "?before=" + users[0].ID
	}
	if after {
		page.Next = path(g.Name) + "?after=" + users[len(users)-1].ID
	}
	page.Rows, err = members(v, g.Name, users)
	return page, err
}

// members are users with when and by whom they were put into a group.
func members(v *web.Visitor, group string, users []user.User) ([]views.GroupMember, error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	in, err := v.DB.MembersAmong(v.Context(), group, ids)
	all := make([]views.GroupMember, len(users))
	for i, u := range users {
		m := in[u.ID]
		all[i] = views.GroupMember{User: present.UserRow(u, v.Now), Since: m.Since, By: m.By}
	}
	return all, err
}

// showMembers is where somebody comes back to who had to prove who they are: with the review of
// what they had typed or ticked. Anybody else is led to the group.
func showMembers(v *web.Visitor) error {
	g, err := chosen(v)
	if err != nil {
		return err
	}
	if !v.IsKept() {
		return v.Redirect(path(g.Name))
	}
	form, typed := v.FilledMany(forms.Form{"action": "", "version": ""}, "")
	return review(v, g, form, typed)
}

func submitMembers(v *web.Visitor) error {
	form, typed, err := v.FormMany("user", maxNamed, "action", "confirm", "version")
	if err != nil {
		return err
	}
	g, err := chosen(v)
	if err != nil {
		return err
	}
	seen, err := checked(form)
	if err != nil {
		return err
	}
	if form["confirm"] == "" {
		return review(v, g, form, typed)
	}
	w, err := who(v, typed)
	if err == nil && len(w.unknown) > 0 { // the review names people by their ids, which stay
		err = problem.Field("user", "There is no user called "+w.unknown[0])
	}
	if problem.Is(err, problem.Invalid) {
		return rejectMembers(v, g, typed, err)
	}
	if err != nil {
		return err
	}
	if err := changeMembers(v, g, seen, form["action"] == "remove", w); err != nil {
		return err
	}
	return v.Redirect(path(g.Name))
}

// changeMembers puts people into a group or takes them out of it, unless the group was changed since
// the form was filled in.
func changeMembers(v *web.Visitor, g store.Group, seen int64, remove bool, w meant) error {
	do, done := access.Join, "added to "
	if remove {
		do, done = access.Leave, "removed from "
	}
	return v.Tx(func(tx *store.Tx) error {
		now, err := tx.Group(g.Name)
		if err == nil && seen != 0 && seen != now.Version {
			err = access.ErrGroupChanged
		}
		if err != nil {
			return err
		}
		n, err := each(tx, w.users, func(u user.User) error { return do(tx, v.Audit("", audit.ResultOK), g.Name, u) })
		if err != nil {
			return err
		}
		return v.SetFlash(tx, told(n, done+g.Title(), w.unknown))
	})
}

// checked refuses a form that none of the pages sends, and returns the version that it was
// filled in for.
func checked(form forms.Form) (seen int64, err error) {
	if (form["action"] != "add" && form["action"] != "remove") || (form["confirm"] != "" && form["confirm"] != "1") {
		return 0, problem.New(problem.BadRequest, "The form asks for something that does not exist.")
	}
	return version(form)
}

// rejectMembers shows the page of a group again, with what was typed.
func rejectMembers(v *web.Visitor, g store.Group, typed []string, err error) error {
	page, readErr := onePage(v, g, strings.Join(typed, "\n"))
	if readErr != nil {
		return readErr
	}
	page.Frame = v.Frame(err)
	return v.Reject(err, page)
}

// each does something to each user, and counts those to whom it was not done already.
func each(tx *store.Tx, users []user.User, do func(user.User) error) (done int, err error) {
	for _, u := range users {
		err := do(u)
		if errors.Is(err, access.ErrMember) || errors.Is(err, access.ErrNotMember) {
			continue
		}
		if p := problem.As(err); p != nil && p.Kind == problem.Conflict {
			return done, problem.New(problem.Conflict, u.Username+": "+p.Message)
		}
		if err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

func told(n int, done string, unknown []string) views.Flash {
	m := good(views.Amount(n, "1 person "+done+".", "%d people "+done+"."))
	if n == 0 {
		m = views.Flash{Kind: "warn", Text: "Nobody was " + done + "."}
	}
	if len(unknown) > 0 {
		m.Text += views.Amount(len(unknown), " 1 line was not a user: ", " %d lines were not users: ") + strings.Join(unknown, ", ") + "."
	}
	return m
}
