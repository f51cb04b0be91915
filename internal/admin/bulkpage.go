package admin

import (
	"context"
	"errors"
	"strings"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

const bulkPath = "/admin/users/bulk"

// submitBulk shows what would happen to the users who were selected and, once that
// is confirmed, does it.
func submitBulk(v *web.Visitor) error {
	s, err := readSelected(v)
	if err != nil {
		return err
	}
	if err := s.mistake(); err != nil {
		return rejectSelected(v, s, err)
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
	if s.act.Name == account.Print {
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
		return v.Redirect(bulkPath + "/" + b.ID)
	}
	return v.Redirect(s.filter.Path())
}

// rejectSelected shows the list again with what is missing.
func rejectSelected(v *web.Visitor, s selected, mistake error) error {
	page, err := s.list(v, mistake)
	if err != nil {
		return err
	}
	if len(page.Rows) == 0 {
		return v.Redirect(firstPage(s.filter).Path())
	}
	return v.Reject(mistake, page)
}

// list is the list of users as it was when they were selected.
func (s selected) list(v *web.Visitor, mistake error) (views.Users, error) {
	page, err := listUsers(v, s.filter)
	page.Frame = v.Frame(mistake)
	page.Picked, page.Action, page.All = s.picked, s.act.Name, s.all
	return page, err
}

// run does what was confirmed, or begins it if there is too much for one request.
func (s selected) run(v *web.Visitor, p plan) (b store.BulkJob, err error) {
	reason := s.form["reason"]
	if reason != "" {
		if reason, err = user.CheckReason(reason); err != nil {
			return b, err
		}
	}
	b = newBatch(v, store.BulkJob{Action: s.act.Name, Everybody: s.all, Reason: reason, Total: p.total})
	if s.all {
		_, b.Filter, _ = strings.Cut(s.filter.Who().Path(), "?")
	}
	err = v.Tx(func(tx *store.Tx) error {
		// Who they are was read outside, where it keeps nobody from writing; what holds
		// of each is read again.
		if b, err = s.act.start(v, tx, b, p.members); err != nil || b.State == store.BulkRunning {
			return err
		}
		return v.SetFlash(tx, bulkFlash(s.act, b))
	})
	return b, err
}

// bulkFlash says what was done, and offers to take it back.
func bulkFlash(act bulkAct, b store.BulkJob) views.Flash {
	m := views.Flash{Kind: "good", Text: views.BulkDone(b.Action, b.Changed)}
	if b.Undoes != "" {
		m.Text = "Undone: " + strings.ToLower(m.Text[:1]) + m.Text[1:]
	}
	if b.LeftOut > 0 {
		m.Link, m.LinkNote = bulkPath+"/"+b.ID, views.BulkLeftOut(b.LeftOut)
	}
	if act.Undo != "" && b.Undoes == "" {
		m.UndoAction, m.UndoLabel = bulkPath+"/"+b.ID+"/undo", "Undo"
	}
	return m
}

// runningBatches are the ways to the acts on many users that are under way.
func runningBatches(v *web.Visitor) (all []views.Link, err error) {
	running, err := v.DB.RunningBulkJobs()
	for _, b := range running {
		all = append(all, views.Link{Href: bulkPath + "/" + b.ID, Words: views.BulkHeading(b.Action, b.Total)})
	}
	return all, err
}

// showBatch shows how far an act on many users is, to every administrator.
func showBatch(v *web.Visitor) error {
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
	left, err := leftByReason(b)
	if err != nil {
		return views.Bulk{}, err
	}
	filter, err := frozenFilter(b)
	if err != nil {
		return views.Bulk{}, err
	}
	page := views.Bulk{
		Frame: v.Frame(mistake), ID: b.ID, Action: b.Action, State: string(b.State), All: b.Everybody,
		Filter: filter, By: b.ActorName, Began: b.Began, Moved: b.Moved, Reason: b.Reason, Undoes: b.Undoes, Listed: b.Listed,
		Total: b.Total, Changed: b.Changed, LeftOut: b.LeftOut, Left: left,
		CanUndo: undoRefusal(b, wasUndone) == "",
	}
	if wasUndone {
		page.UndoneBy = undone.ID
	}
	return page, nil
}

// cancelBatch ends a batch before its end. What it changed already stays.
func cancelBatch(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	b, err := v.DB.BulkJob(v.Param("id"))
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		if b, err = tx.BulkJob(b.ID); err != nil || b.State != store.BulkRunning {
			return err
		}
		w := batchWork{instance: v.Instance, tx: tx, by: v.Audit("", audit.ResultOK), batch: b}
		if err := w.end(store.BulkCancelled); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "Cancelled. " + views.BulkDone(b.Action, b.Changed)})
	})
	if err != nil {
		return err
	}
	return v.Redirect(bulkPath + "/" + b.ID)
}

// undoRefusal says why a batch cannot be taken back; "" if it can.
func undoRefusal(b store.BulkJob, undone bool) string {
	act, known := bulkActOf(b.Action)
	switch {
	case b.State == store.BulkRunning:
		return "This is still in progress. Cancel it first."
	case undone:
		return "This has already been undone."
	case !known || act.Undo == "" || b.Undoes != "" || b.Changed == 0:
		return "This cannot be undone."
	}
	return ""
}

// undoBatch takes back what a batch did to exactly those whom it changed and nobody
// has changed since. It is a batch of its own.
func undoBatch(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	b, err := v.DB.BulkJob(v.Param("id"))
	if err != nil {
		return err
	}
	var undo store.BulkJob
	err = v.Tx(func(tx *store.Tx) (err error) {
		undo, err = undoOf(v, tx, b.ID)
		return err
	})
	if errors.Is(err, errNobody) {
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
		return v.Redirect(bulkPath + "/" + undo.ID)
	}
	return v.Redirect("/admin/users")
}

func undoOf(v *web.Visitor, tx *store.Tx, id string) (undo store.BulkJob, err error) {
	b, err := tx.BulkJob(id)
	if err != nil {
		return undo, err
	}
	_, undone, err := tx.BulkJobThatUndid(id)
	if err != nil {
		return undo, err
	}
	if reason := undoRefusal(b, undone); reason != "" {
		return undo, problem.New(problem.Conflict, reason)
	}
	act, _ := bulkActOf(b.Action)
	back, _ := bulkActOf(act.Undo)
	undo = newBatch(v, store.BulkJob{Action: back.Name, Undoes: b.ID, Total: b.Changed})
	members, err := tx.BulkJobUsers(context.WithoutCancel(v.Context()), b.ID, 0, bulkAtOnce+1)
	if err != nil {
		return undo, err
	}
	if undo, err = back.start(v, tx, undo, members); err != nil || undo.State == store.BulkRunning {
		return undo, err
	}
	return undo, v.SetFlash(tx, bulkFlash(back, undo))
}
