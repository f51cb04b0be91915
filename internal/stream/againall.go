package stream

import (
	"context"
	"errors"
	"maps"
	"slices"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
)

// Again is what became of all events that were set aside.
type Again struct {
	// Accepted were sent, Refused were refused once more, Gone are not in the audit log any more, and Left
	// were not tried.
	Accepted, Refused, Gone, Left int
	Said                          string // what the other side said last, if it did not accept one
}

// SendAllAgain sends everything that was set aside, the oldest first. It stops where the other side
// does not work, and when the time is over that a person waits.
func SendAllAgain(ctx context.Context, i *instance.Instance, id string) (sum Again, err error) {
	s, err := i.DB.Stream(id)
	if err != nil {
		return sum, err
	}
	numbers, err := i.DB.DeadLetterNumbers(id)
	if err != nil {
		return sum, err
	}
	all := slices.Sorted(maps.Keys(numbers))
	sum.Left = len(all)
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	to, err := Open(i, s)
	if err != nil {
		sum.Said = audit.CleanText(err.Error(), maxSaid)
		return sum, nil
	}
	defer to.Close()
	lanes, err := to.Lanes(ctx)
	if err != nil {
		sum.Said = audit.CleanText(err.Error(), maxSaid)
		return sum, nil
	}
	for _, seq := range all {
		if ctx.Err() != nil {
			return sum, nil
		}
		if on, err := sum.next(ctx, i, s, to, max(lanes, 1), seq); err != nil || !on {
			return sum, err
		}
	}
	return sum, nil
}

// next sends one of them; on says whether to go on with the next. The error is one of the
// database.
func (sum *Again) next(ctx context.Context, i *instance.Instance, s store.Stream, to delivery.Destination, lanes int, seq int64) (on bool, err error) {
	rows, missed, err := i.DB.Outbox(ctx, seq-1, 1)
	if err != nil {
		return false, errUnless(ctx, err)
	}
	drop := func(tx *store.Tx) error { _, err := tx.DropDeadLetter(s.ID, seq); return err }
	if missed > 0 || len(rows) == 0 || rows[0].Seq != seq {
		sum.Gone, sum.Left = sum.Gone+1, sum.Left-1
		return true, i.DB.Tx(context.Background(), drop)
	}
	m, err := messageOf(i.ID(), &rows[0], s.Lean)
	if err != nil {
		return false, err
	}
	taken, err := to.Send(ctx, laneOf(m.Key, lanes), []delivery.Message{m})
	switch refused, isRefused := errors.AsType[*delivery.Refused](err); {
	case err == nil && taken == 1:
		sum.Accepted, sum.Left = sum.Accepted+1, sum.Left-1
		return true, i.DB.Tx(context.Background(), drop)
	case isRefused:
		sum.Refused, sum.Left, sum.Said = sum.Refused+1, sum.Left-1, audit.CleanText(refused.Error(), maxSaid)
		return true, i.DB.Tx(context.Background(), func(tx *store.Tx) error { return tx.RefuseAgain(s.ID, seq, sum.Said, i.Now()) })
	case err == nil:
		err = errors.New("the other side took nothing")
	case ctx.Err() != nil:
		return false, nil // the time is up
	}
	sum.Said = audit.CleanText(err.Error(), maxSaid)
	return false, nil
}

// errUnless is err unless it is only that ctx has ended.
func errUnless(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
