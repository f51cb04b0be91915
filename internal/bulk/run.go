package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Run does what is left of the batches that are under way, one after the other and the oldest
// first, until none is left or ctx ends. What a stop of the server interrupted goes on
// where the last transaction left it. A batch that fails waits for the next time; the
// others go on.
func Run(ctx context.Context, i *instance.Instance) error {
	failed := map[string]error{}
	for more := true; more; {
		var err error
		if more, err = next(ctx, i, failed); err != nil {
			return err
		}
	}
	return errors.Join(slices.Collect(maps.Values(failed))...)
}

// Slice does the next few hundred users of the oldest batch that is under way and need not
// wait, in a transaction of their own; more is false if there was none. A slice that fails
// changes nothing, and the next call tries it again.
func Slice(ctx context.Context, i *instance.Instance) (more bool, err error) {
	failed := map[string]error{}
	more, err = next(ctx, i, failed)
	return more, errors.Join(append(slices.Collect(maps.Values(failed)), err)...)
}

// next is Slice of those batches that have not failed so far; it notes one that does.
func next(ctx context.Context, i *instance.Instance, failed map[string]error) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	running, err := i.DB.RunningBulkJobs()
	if err != nil {
		return false, err
	}
	for _, b := range running {
		if failed[b.ID] != nil {
			continue
		}
		moved, err := goOn(ctx, i, b)
		if err != nil && ctx.Err() == nil {
			failed[b.ID] = fmt.Errorf("batch %s: %w", b.ID, err)
		}
		if moved || err != nil {
			return true, nil
		}
	}
	return false, nil
}

// goOn does the next few hundred users of a batch; moved is false if it has to wait.
func goOn(ctx context.Context, i *instance.Instance, b store.BulkJob) (moved bool, err error) {
	limit, err := sliceOf(i, b)
	if err != nil || limit == 0 {
		return false, err
	}
	var members []store.Member
	if unable(b) == "" { // else it is ended
		// Whom to look at is read before the transaction: it may take longer than others
		// should wait. What holds of each is read again inside.
		if members, err = nextMembers(ctx, i, b, limit); err != nil {
			return false, err
		}
	}
	now, last := i.Now(), len(members) < limit
	return true, i.DB.Tx(ctx, func(tx *store.Tx) error { return runSlice(i, tx, b, members, last, now) })
}

// unable is why this version cannot go on with a batch, as the audit log has it; "" if it
// can. A later version may have begun it, or its row may be damaged: tried again, it would
// fail for ever.
func unable(b store.BulkJob) string {
	if _, known := account.BulkKindOf(b.Action); !known {
		return "this version does not know the action"
	}
	if _, err := store.ReadFilter(b.Filter); err != nil {
		return "the filter that says which users it is about cannot be read"
	}
	if _, err := leftSoFar(b); err != nil {
		return "the record of who was left out cannot be read"
	}
	return ""
}

// invitationsAhead is how many invitations wait to be sent at most, of those that are
// sent in bulk. The others are not made yet: a mail server that takes some hundred an
// hour would otherwise refuse each of ten thousand until its tries are used up, and those
// that come last would have lost a day of their time.
const invitationsAhead = 500

// sliceOf is how many users of a batch may be changed now; 0 if it has to wait.
func sliceOf(i *instance.Instance, b store.BulkJob) (int, error) {
	if b.Action != account.Invite {
		return slice, nil
	}
	waiting, err := i.DB.WaitingInvitations()
	return min(slice, max(0, invitationsAhead-waiting)), err
}

// runSlice does the action to the members, unless the batch has moved on from where they
// were read, and ends it behind the last.
func runSlice(i *instance.Instance, tx *store.Tx, read store.BulkJob, members []store.Member, last bool, now time.Time) error {
	b, err := tx.BulkJob(read.ID)
	if err != nil || b.State != store.BulkRunning || b.Cursor != read.Cursor {
		return err
	}
	kind, _ := account.BulkKindOf(b.Action)
	r := Runner{instance: i, tx: tx, kind: kind, by: instance.BulkJobStarter(b, now), batch: b}
	may, err := instance.MayGoOn(tx, b.ActorID)
	if err != nil {
		return err
	}
	if !may {
		return r.end(store.BulkRefused, instance.NoAdministrator)
	}
	why := unable(b)
	if why == "" {
		if why, err = groupGone(tx.Reader, b); err != nil {
			return err
		}
	}
	if why != "" {
		return r.end(store.BulkRefused, why)
	}
	if len(members) > 0 {
		if err := r.work(members); err != nil {
			return err
		}
	}
	if !last {
		return nil
	}
	return r.end(store.BulkDone, "")
}

// nextMembers returns the next users of a batch that is not about picked ones.
func nextMembers(ctx context.Context, i *instance.Instance, b store.BulkJob, limit int) ([]store.Member, error) {
	if b.Undoes != "" {
		return i.DB.BulkJobUsers(ctx, b.Undoes, b.Cursor, limit)
	}
	if b.Listed {
		members, err := i.DB.BulkJobUsers(ctx, b.ID, b.Cursor, limit)
		for i := range members {
			members[i].Was = 0 // users who were edited meanwhile are invited all the same
		}
		return members, err
	}
	f, err := store.ReadFilter(b.Filter)
	if err != nil {
		return nil, err
	}
	return i.DB.UsersByNumber(ctx, Who(i, f, b.Began), b.Cursor, b.Upto, limit)
}

// Who completes a filter with the time to judge by and the policy that is in force.
func Who(i *instance.Instance, f store.UserFilter, now time.Time) store.UserFilter {
	policy := i.Settings().TwoStep
	f.Now, f.DueAdmins, f.DueAll = now, policy.Demands(user.RoleAdmin), policy.Demands(user.RoleUser)
	return f
}

// leftSoFar counts those whom a batch has left out by reason.
func leftSoFar(b store.BulkJob) (why map[string]int, err error) {
	why = map[string]int{}
	if b.Why != "" {
		err = json.Unmarshal([]byte(b.Why), &why)
	}
	return why, err
}

// Left is how many users were left out for one reason.
type Left struct {
	Why   string
	Users int
}

// LeftByReason is how many users a batch has left out for each reason, the most frequent
// first.
func LeftByReason(b store.BulkJob) (all []Left, err error) {
	why, err := leftSoFar(b)
	if err != nil {
		return nil, err
	}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		all = append(all, Left{Why: reason, Users: why[reason]})
	}
	slices.SortStableFunc(all, func(a, b Left) int { return b.Users - a.Users })
	return all, nil
}
