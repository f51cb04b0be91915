package admin

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/views"
)

// WorkOff works the batches off that are under way, one after the other and the oldest
// first, until none is left or ctx ends. What a stop of the server interrupted goes on
// where the last transaction left it.
func WorkOff(ctx context.Context, i *instance.Instance) error {
	for {
		more, err := WorkSlice(ctx, i)
		if err != nil || !more {
			return err
		}
	}
}

// WorkSlice does the next few hundred users of the oldest batch that is under way, in
// a transaction of their own; more is false if there was none. A slice that fails
// changes nothing, and the next call tries it again.
func WorkSlice(ctx context.Context, i *instance.Instance) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	running, err := i.DB.RunningBulkJobs()
	if err != nil {
		return false, err
	}
	for _, b := range running {
		limit, err := sliceOf(i, b)
		if err != nil {
			return false, err
		}
		if limit == 0 {
			continue
		}
		// Whom to look at is read before the transaction: it may take longer than others
		// should wait. What holds of each is read again inside.
		members, err := nextMembers(ctx, i, b, limit)
		if err != nil {
			return false, err
		}
		now, last := i.Now(), len(members) < limit
		return true, i.DB.Tx(ctx, func(tx *store.Tx) error { return workSlice(i, tx, b, members, last, now) })
	}
	return false, nil
}

// invitationsAhead is how many invitations wait to be sent at most, of those that are
// sent in bulk. The others are not made yet: a mail server that takes some hundred an
// hour would else refuse each of ten thousand until its tries are used up, and those
// that come last would have lost a day of their time.
const invitationsAhead = 500

// sliceOf is how many users of a batch may be changed now; 0 if it has to wait.
func sliceOf(i *instance.Instance, b store.BulkJob) (int, error) {
	if b.Action != account.Invite {
		return bulkSlice, nil
	}
	waiting, err := i.DB.WaitingInvitations()
	return min(bulkSlice, max(0, invitationsAhead-waiting)), err
}

// workSlice does the act to the members, unless the batch has moved on from where they
// were read, and ends it behind the last.
func workSlice(i *instance.Instance, tx *store.Tx, read store.BulkJob, members []store.Member, last bool, now time.Time) error {
	b, err := tx.BulkJob(read.ID)
	if err != nil || b.State != store.BulkRunning || b.Cursor != read.Cursor {
		return err
	}
	act, known := bulkActOf(b.Action)
	w := batchWork{instance: i, tx: tx, act: act, by: instance.BulkJobStarter(b, now), batch: b}
	may, err := instance.MayGoOn(tx, b.ActorID)
	if err != nil {
		return err
	}
	if !may || !known {
		return w.end(store.BulkRefused)
	}
	if len(members) > 0 {
		if err := w.work(members); err != nil {
			return err
		}
	}
	if !last {
		return nil
	}
	return w.end(store.BulkDone)
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
	f, err := frozenFilter(b)
	if err != nil {
		return nil, err
	}
	return i.DB.UsersByNumber(ctx, whoMatches(i, f, b.Began), b.Cursor, b.Upto, limit)
}

// leftByReason is how many users a batch has left out for each reason, the most
// frequent first.
func leftByReason(b store.BulkJob) ([]views.LeftByReason, error) {
	why := map[string]int{}
	if b.Why != "" {
		if err := json.Unmarshal([]byte(b.Why), &why); err != nil {
			return nil, err
		}
	}
	var all []views.LeftByReason
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		all = append(all, views.LeftByReason{Why: reason, Users: why[reason]})
	}
	slices.SortStableFunc(all, func(a, b views.LeftByReason) int { return b.Users - a.Users })
	return all, nil
}
