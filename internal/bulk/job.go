// Package bulk does one kind of action to many users: at once if they are few, else some at
// a time beside everything else, so that nobody waits for it. It knows no HTTP.
package bulk

import (
	"context"
	"encoding/json"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

const (
	// AtOnce is how many users are changed in the request that asks for it, in one
	// transaction: 100, as many as a page of the list has at most. A job in the background
	// changes more than that.
	AtOnce = 100
	// slice is how many users are changed in one transaction there: 200, a tenth of a second
	// in which others wait.
	slice = 200
)

// leftOut says why an action on several users passes over one of them; "" if it does not.
// It does not ask about the last usable administrator: the statement in package store that
// would take them away decides that, and Plan asks in advance.
func leftOut(i *instance.Instance, k account.Kind, u user.User, actorID string) string {
	if reason := k.Refusal(u, actorID); reason != "" {
		return reason
	}
	switch {
	case k.Name == account.Print:
		return printRefusal(i, u)
	case k.Name != account.Invite:
	case !i.HasMail():
		return "Mail is not set up. Print the invitation instead."
	case u.Email == "":
		return "This user has no email address. Print the invitation instead."
	}
	return ""
}

// printRefusal says why an invitation is not printed: another administrator must approve
// it, which is asked for on the user's own page.
func printRefusal(i *instance.Instance, u user.User) string {
	two, err := account.NeedsTwo(i, u)
	if err != nil || two {
		return "This user is an administrator. Ask for the link on their own page: another administrator must approve it."
	}
	return ""
}

// leftChanged is why an undo passes over somebody who was changed after the batch.
const leftChanged = "This user has been changed since."

// Runner does a kind of action to the users of a batch, inside one transaction.
type Runner struct {
	instance *instance.Instance
	tx       *store.Tx
	kind     account.Kind
	by       audit.Entry
	// batch is how far it is; why counts those who were left out by reason.
	batch store.BulkJob
	why   map[string]int
}

// work does the action to each member and keeps the count.
func (r *Runner) work(members []store.Member) error {
	was := r.batch
	var err error
	if r.why, err = leftSoFar(was); err != nil {
		return err
	}
	for _, m := range members {
		if err := r.one(m); err != nil {
			return err
		}
	}
	why, err := json.Marshal(r.why)
	if err != nil {
		return err
	}
	r.batch.Why = string(why)
	moved, err := r.tx.MoveBulkJob(was, r.batch, r.by.At)
	if err == nil && !moved {
		err = problem.New(problem.Conflict, "This has already ended.")
	}
	return err
}

// one does the action to one user as they are now, or counts why not. What a refused action
// wrote already is undone.
func (r *Runner) one(m store.Member) error {
	r.batch.Cursor = max(r.batch.Cursor, m.Num)
	reason, err := r.try(m)
	if err != nil {
		return err
	}
	if reason != "" {
		r.batch.LeftOut++
		r.why[reason]++
		return nil
	}
	r.batch.Changed++
	return r.tx.KeepBulkJobUser(r.batch.ID, m.ID)
}

func (r *Runner) try(m store.Member) (reason string, err error) {
	u, err := r.tx.User(m.ID)
	if problem.Is(err, problem.NotFound) {
		return account.Gone, nil
	}
	if err != nil {
		return "", err
	}
	if changed, err := r.changedSince(m, u); err != nil || changed {
		return leftChanged, err
	}
	if reason := leftOut(r.instance, r.kind, u, r.by.ActorID); reason != "" {
		return reason, nil
	}
	a := account.Action{Instance: r.instance, Tx: r.tx, By: r.by, Reason: r.batch.Reason, Group: r.batch.Group, Also: []audit.Detail{{Name: "batch", After: r.batch.ID}}}
	err = r.tx.Attempt(func() error { return r.kind.Do(a, u) })
	if problem.Is(err, problem.Conflict) {
		return problem.As(err).Message, nil
	}
	return "", err
}

// end ends the batch and writes down what came of it; why is set for a refused one only.
func (r *Runner) end(state store.BulkState, why string) error {
	ended, err := r.tx.EndBulkJob(r.batch.ID, state, r.by.At)
	if err != nil || !ended {
		return err
	}
	r.batch.State = state
	return r.tx.Audit(instance.BulkJobEnded(r.by, r.batch, why))
}

// New is a batch that begins now, by this person.
func New(by audit.Entry, b store.BulkJob) store.BulkJob {
	b.ID, b.State, b.Began, b.Moved = secret.ID(), store.BulkRunning, by.At, by.At
	b.ActorID, b.ActorName, b.IP, b.UserAgent, b.RequestID = by.ActorID, by.ActorName, by.IP, by.UserAgent, by.RequestID
	return b
}

// Start begins a batch in this transaction. If its members are no more than AtOnce, it is
// done at once; else they are only the first of them, and after the commit BulkDue of the
// instance must be sent. It is ErrNobody if nobody was changed.
func Start(i *instance.Instance, tx *store.Tx, by audit.Entry, batch store.BulkJob, members []store.Member) (store.BulkJob, error) {
	if err := startable(tx, batch); err != nil {
		return batch, err
	}
	if err := tx.AddBulkJob(batch); err != nil {
		return batch, err
	}
	if len(members) > AtOnce {
		return batch, nil
	}
	k, _ := account.BulkKindOf(batch.Action)
	r := Runner{instance: i, tx: tx, kind: k, by: by, batch: batch}
	if err := r.work(members); err != nil {
		return batch, err
	}
	if r.batch.Changed == 0 {
		return r.batch, ErrNobody
	}
	return r.batch, r.end(store.BulkDone, "")
}

// Cancel ends a batch before its end. What it changed already stays. One that has ended is
// returned as it is.
func Cancel(i *instance.Instance, tx *store.Tx, by audit.Entry, id string) (b store.BulkJob, cancelled bool, err error) {
	b, err = tx.BulkJob(id)
	if err != nil || b.State != store.BulkRunning {
		return b, false, err
	}
	r := Runner{instance: i, tx: tx, by: by, batch: b}
	err = r.end(store.BulkCancelled, "")
	return b, err == nil, err
}

// UndoRefusal says why a batch cannot be taken back; "" if it can.
func UndoRefusal(r store.Reader, b store.BulkJob, undone bool) (string, error) {
	k, known := account.BulkKindOf(b.Action)
	switch {
	case b.State == store.BulkRunning:
		return "This is still in progress. Cancel it first.", nil
	case undone:
		return "This has already been undone.", nil
	case !known || k.Undo == "" || b.Undoes != "" || b.Changed == 0:
		return "This cannot be undone.", nil
	}
	why, err := groupGone(r, b)
	if why != "" {
		why = "This cannot be undone: " + why + "."
	}
	return why, err
}

// Undo takes back what a batch did to exactly those whom it changed and nobody has changed
// since. It is a batch of its own, which starts as Start says.
func Undo(ctx context.Context, i *instance.Instance, tx *store.Tx, by audit.Entry, id string) (undo store.BulkJob, err error) {
	b, err := tx.BulkJob(id)
	if err != nil {
		return undo, err
	}
	_, undone, err := tx.BulkJobThatUndid(id)
	if err != nil {
		return undo, err
	}
	reason, err := UndoRefusal(tx.Reader, b, undone)
	if err != nil {
		return undo, err
	}
	if reason != "" {
		return undo, problem.New(problem.Conflict, reason)
	}
	k, _ := account.BulkKindOf(b.Action)
	members, err := tx.BulkJobUsers(context.WithoutCancel(ctx), b.ID, 0, AtOnce+1)
	if err != nil {
		return undo, err
	}
	return Start(i, tx, by, New(by, store.BulkJob{Action: k.Undo, Group: b.Group, Undoes: b.ID, Total: b.Changed}), members)
}

// ErrNobody rolls back the transaction of a batch that changed nobody, so that no row of it is
// kept.
var ErrNobody = problem.New(problem.Conflict, "No users were changed: everyone you selected is left out, for the reasons below.")
