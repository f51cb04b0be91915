// Package bulk is the pages for doing something to several users: what would happen, how
// far it is, and the invitations that are printed.
package bulk

import (
	"errors"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/bulk"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/internal/web/route"
	"latchkey/internal/web/userlist"
	"latchkey/views"
)

// room is these pages and what they have from others.
type room struct {
	// users draws the list on which users are selected.
	users func(*web.Visitor, views.UserFilter) (views.Users, error)
}

// Mount adds the routes. A selection with a mistake is shown again on the list of users,
// which is another room's page: users draws it.
func Mount(s *web.Site, users func(*web.Visitor, views.UserFilter) (views.Users, error)) {
	r := room{users}
	s.Get(views.InvitationsPath, route.Administrator, showInvitations)
	s.Post(views.InvitationsPath, route.Administrator, submitInvitations)
	s.Get(present.BulkPath, route.Administrator, r.show)
	s.Post(present.BulkPath, route.Administrator, r.submit)
	s.Get(present.BulkPath+"/:id", route.Administrator, showOne)
	s.Post(present.BulkPath+"/:id/cancel", route.Administrator, submitCancel)
	s.Post(present.BulkPath+"/:id/undo", route.Administrator, submitUndo)
}

// submit shows what would happen to the users who were selected and, once that
// is confirmed, does it.
func (r room) submit(v *web.Visitor) error {
	s, err := readSelected(v)
	if err != nil {
		return err
	}
	if err := s.mistake(); err != nil {
		return r.reject(v, s, err)
	}
	if s.kind.OfGroup {
		if asked, err := s.chooseGroup(v); err != nil || !asked {
			return s.whichGroup(v, err)
		}
	}
	p, err := s.plan(v)
	if err != nil {
		return err
	}
	if s.form["confirm"] == "" {
		return v.Render(s.review(v, p, nil))
	}
	if s.grown(p) {
		return v.Reject(errGrown, s.review(v, p, errGrown))
	}
	if s.kind.Name == account.Print {
		if err := s.print(v, p); err != nil {
			return v.Reject(err, s.review(v, p, err))
		}
		return v.Redirect(views.InvitationsPath)
	}
	b, err := s.run(v, p)
	if err != nil {
		return v.Reject(err, s.review(v, p, err))
	}
	if b.State == store.BulkRunning {
		v.BulkDue.Send()
		return v.Redirect(present.BulkPath + "/" + b.ID)
	}
	return v.Redirect(s.filter.Path())
}

// reject shows the list again with what is missing.
func (r room) reject(v *web.Visitor, s selected, mistake error) error {
	page, err := r.list(v, s, mistake)
	if err != nil {
		return err
	}
	if len(page.Rows) == 0 {
		return v.Redirect(s.filter.First().Path())
	}
	return v.Reject(mistake, page)
}

// list is the list of users as it was when they were selected.
func (r room) list(v *web.Visitor, s selected, mistake error) (views.Users, error) {
	page, err := r.users(v, s.filter)
	page.Frame = v.Frame(mistake)
	page.Picked, page.Action, page.All = s.picked, s.kind.Name, s.all
	return page, err
}

// run does what was confirmed, or begins it if there is too much for one request.
func (s selected) run(v *web.Visitor, p bulk.Plan) (b store.BulkJob, err error) {
	reason := s.form["reason"]
	if reason != "" {
		if reason, err = user.CheckReason(reason); err != nil {
			return b, err
		}
	}
	by := v.Audit("", audit.ResultOK)
	b = bulk.New(by, store.BulkJob{Action: s.kind.Name, Group: s.group.Name, Everybody: s.all, Reason: reason, Total: p.Total})
	if s.all {
		b.Filter = userlist.Who(s.filter).Stored()
	}
	err = v.Tx(func(tx *store.Tx) error {
		// Who they are was read outside, where it keeps nobody from writing; what holds
		// of each is read again.
		if b, err = bulk.Start(v.Instance, tx, by, b, p.Members); err != nil || b.State == store.BulkRunning {
			return err
		}
		return v.SetFlash(tx, doneFlash(b, s.group.Title()))
	})
	return b, err
}

// showOne shows how far an action on many users is, to every administrator.
func showOne(v *web.Visitor) error {
	b, err := v.DB.BulkJob(v.Param("id"))
	if err != nil {
		return err
	}
	page, err := batchPage(v, b, nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func batchPage(v *web.Visitor, b store.BulkJob, mistake error) (views.Bulk, error) {
	undone, wasUndone, err := v.DB.BulkJobThatUndid(b.ID)
	if err != nil {
		return views.Bulk{}, err
	}
	group, gone, err := present.BulkGroup(v.DB.Reader, b)
	if err != nil {
		return views.Bulk{}, err
	}
	refused, err := bulk.UndoRefusal(v.DB.Reader, b, wasUndone)
	if err != nil {
		return views.Bulk{}, err
	}
	left, _ := bulk.LeftByReason(b) // without either, the page can still say how far it came
	filter, unread := store.ReadFilter(b.Filter)
	page := views.Bulk{
		Frame: v.Frame(mistake), ID: b.ID, Action: b.Action, State: string(b.State), All: b.Everybody,
		Filter: userlist.Shown(filter), By: b.ActorName, Began: b.Began, Moved: b.Moved, Reason: b.Reason, Undoes: b.Undoes, Listed: b.Listed,
		Total: b.Total, Changed: b.Changed, LeftOut: b.LeftOut,
		CanUndo: refused == "", Unread: unread != nil, Group: views.Group{Name: group.Name, Label: group.Label}, GroupGone: gone,
	}
	for _, l := range left {
		page.Left = append(page.Left, views.LeftByReason(l))
	}
	if wasUndone {
		page.UndoneBy = undone.ID
	}
	return page, nil
}

// submitCancel ends a batch before its end. What it changed already stays.
func submitCancel(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	b, err := v.DB.BulkJob(v.Param("id"))
	if err != nil {
		return err
	}
	group, _, err := present.BulkGroup(v.DB.Reader, b)
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		var cancelled bool
		if b, cancelled, err = bulk.Cancel(v.Instance, tx, v.Audit("", audit.ResultOK), b.ID); err != nil || !cancelled {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "Cancelled. " + views.BulkDone(b.Action, group.Title(), b.Changed)})
	})
	if err != nil {
		return err
	}
	return v.Redirect(present.BulkPath + "/" + b.ID)
}

// submitUndo takes back what a batch did to exactly those whom it changed and nobody
// has changed since. It is a batch of its own.
func submitUndo(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	b, err := v.DB.BulkJob(v.Param("id"))
	if err != nil {
		return err
	}
	group, _, err := present.BulkGroup(v.DB.Reader, b)
	if err != nil {
		return err
	}
	var undo store.BulkJob
	err = v.Tx(func(tx *store.Tx) (err error) {
		undo, err = bulk.Undo(v.Context(), v.Instance, tx, v.Audit("", audit.ResultOK), b.ID)
		if err != nil || undo.State == store.BulkRunning {
			return err
		}
		return v.SetFlash(tx, doneFlash(undo, group.Title()))
	})
	if errors.Is(err, bulk.ErrNobody) {
		err = problem.New(problem.Conflict, "No users were changed: all of them have been changed again since.")
	}
	if problem.Is(err, problem.Conflict) {
		page, pageErr := batchPage(v, b, err)
		if pageErr != nil {
			return pageErr
		}
		return v.Reject(err, page)
	}
	if err != nil {
		return err
	}
	if undo.State == store.BulkRunning {
		v.BulkDue.Send()
		return v.Redirect(present.BulkPath + "/" + undo.ID)
	}
	return v.Redirect("/admin/users")
}
