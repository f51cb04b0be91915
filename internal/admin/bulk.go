package admin

import (
	"encoding/json"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

const (
	// bulkAtOnce is how many users are changed in the request that asks for it, in one
	// transaction: a page of the list has no more. Of more than that, a goroutine
	// beside the requests takes care.
	bulkAtOnce = 100
	// bulkSlice is how many users are changed in one transaction there: a tenth of a
	// second in which others wait.
	bulkSlice = 200
)

// bulkAct is a kind of action that is done to several users.
type bulkAct struct{ account.Kind }

func bulkActOf(kind string) (bulkAct, bool) {
	k, known := account.BulkKindOf(kind)
	return bulkAct{k}, known
}

// leftOut says why an act on several users passes over one of them; "" if it does
// not. The guard of the last usable administrator is asked by the act itself, in the
// statement that would take them away.
func (b bulkAct) leftOut(i *instance.Instance, u user.User, actor string) string {
	if reason := b.Refusal(u, actor); reason != "" {
		return reason
	}
	if b.Name == account.Print {
		return printRefusal(i, u)
	}
	if b.Name != account.Invite {
		return ""
	}
	switch {
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

// leftChanged is a reason to pass over somebody, as account.Gone is.
const leftChanged = "This user has been changed since."

// batchWork does an act to the users of a batch, inside one transaction.
type batchWork struct {
	instance *instance.Instance
	tx       *store.Tx
	act      bulkAct
	by       audit.Entry
	// batch is how far it is; why counts those who were left out by reason.
	batch store.BulkJob
	why   map[string]int
}

// work does the act to each member and keeps the count.
func (w *batchWork) work(members []store.Member) error {
	was := w.batch
	w.why = map[string]int{}
	if was.Why != "" {
		if err := json.Unmarshal([]byte(was.Why), &w.why); err != nil {
			return err
		}
	}
	for _, m := range members {
		if err := w.one(m); err != nil {
			return err
		}
	}
	why, err := json.Marshal(w.why)
	if err != nil {
		return err
	}
	w.batch.Why = string(why)
	moved, err := w.tx.MoveBulkJob(was, w.batch, w.by.At)
	if err == nil && !moved {
		err = problem.New(problem.Conflict, "This has already ended.")
	}
	return err
}

// one does the act to one user as they are now, or counts why not. What a refused act
// wrote already is undone.
func (w *batchWork) one(m store.Member) error {
	w.batch.Cursor = max(w.batch.Cursor, m.Num)
	reason, err := w.try(m)
	if err != nil {
		return err
	}
	if reason != "" {
		w.batch.LeftOut++
		w.why[reason]++
		return nil
	}
	w.batch.Changed++
	return w.tx.KeepBulkJobUser(w.batch.ID, m.ID)
}

func (w *batchWork) try(m store.Member) (reason string, err error) {
	u, err := w.tx.User(m.ID)
	switch {
	case problem.Is(err, problem.NotFound):
		return account.Gone, nil
	case err != nil:
		return "", err
	case m.Was > 0 && u.Version != m.Was:
		return leftChanged, nil
	}
	if reason := w.act.leftOut(w.instance, u, w.by.ActorID); reason != "" {
		return reason, nil
	}
	a := account.Action{Instance: w.instance, Tx: w.tx, By: w.by, Reason: w.batch.Reason, Also: []audit.Detail{{Name: "batch", After: w.batch.ID}}}
	err = w.tx.Attempt(func() error { return w.act.Do(a, u) })
	if problem.Is(err, problem.Conflict) {
		return problem.As(err).Message, nil
	}
	return "", err
}

// end ends the batch and writes down what came of it.
func (w *batchWork) end(state store.BulkState) error {
	ended, err := w.tx.EndBulkJob(w.batch.ID, state, w.by.At)
	if err != nil || !ended {
		return err
	}
	w.batch.State = state
	return w.tx.Audit(instance.BulkJobEnded(w.by, w.batch, instance.NoAdministrator))
}

// newBatch is a batch that this visitor starts.
func newBatch(v *web.Visitor, b store.BulkJob) store.BulkJob {
	b.ID, b.State, b.Began, b.Moved = secret.ID(), store.BulkRunning, v.Now, v.Now
	b.ActorID, b.ActorName, b.IP, b.UserAgent, b.RequestID = v.User.ID, v.User.Username, v.IP(), v.UserAgent(), v.RequestID
	return b
}

// start begins a batch in this transaction. If its members are no more than
// bulkAtOnce, it is worked off at once; else they are only the first of them.
func (b bulkAct) start(v *web.Visitor, tx *store.Tx, batch store.BulkJob, members []store.Member) (store.BulkJob, error) {
	if err := tx.AddBulkJob(batch); err != nil {
		return batch, err
	}
	if len(members) > bulkAtOnce {
		return batch, nil
	}
	w := batchWork{instance: v.Instance, tx: tx, act: b, by: v.Audit("", audit.ResultOK), batch: batch}
	if err := w.work(members); err != nil {
		return batch, err
	}
	if w.batch.Changed == 0 {
		return w.batch, errNobody
	}
	return w.batch, w.end(store.BulkDone)
}

// errNobody undoes a batch that changed nobody: there is nothing to write down.
var errNobody = problem.New(problem.Conflict, "No users were changed: everyone you selected is left out, for the reasons below.")
