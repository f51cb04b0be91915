package stream

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/event"
)

// tryFor is how long a person waits for an answer of the other side, 20 seconds: less than an
// answer of the web server may take.
const tryFor = 20 * time.Second

// Answer is what became of an event that was sent while a person waits for it.
type Answer struct {
	Accepted bool
	Status   string // with which it was accepted, "" for kinds that have none
	Said     string // what the other side said, if it did not accept it
	In       time.Duration
}

// SendTest sends a test event, which is no row of the audit log, beside the stream: also while it is
// paused or waits. The error is one of the database.
func SendTest(ctx context.Context, i *instance.Instance, id string) (Answer, error) {
	s, err := i.DB.Stream(id)
	if err != nil {
		return Answer{}, err
	}
	now := i.Now()
	m, err := event.Test(i.ID(), now).Message(now)
	if err != nil {
		return Answer{}, err
	}
	return try(ctx, i, s, m), nil
}

// SendAgain sends an event that was set aside. It is set aside no longer if it is accepted; what is
// said of it is new if not. It need not arrive in the order of its user.
func SendAgain(ctx context.Context, i *instance.Instance, id string, seq int64) (Answer, error) {
	s, err := i.DB.Stream(id)
	if err != nil {
		return Answer{}, err
	}
	m, ok, err := message(ctx, i, s, seq)
	if !ok {
		return Answer{}, cmp.Or[error](err, problem.New(problem.NotFound, "The audit log does not have this event any more."))
	}
	if err != nil {
		return Answer{Said: audit.CleanText(err.Error(), maxSaid)}, nil
	}
	a := try(ctx, i, s, m)
	return a, i.DB.Tx(ctx, func(tx *store.Tx) error {
		done, err := tx.DropDeadLetter(id, seq)
		if err != nil || !done || a.Accepted {
			return err
		}
		return tx.AddDeadLetter(id, seq, a.Said, i.Now())
	})
}

// message is a row of the audit log; ok is false if it is not there any more. An error of one that is
// there is a refusal.
func message(ctx context.Context, i *instance.Instance, s store.Stream, seq int64) (m delivery.Message, ok bool, err error) {
	rows, missed, err := i.DB.Outbox(ctx, seq-1, 1)
	if err != nil || missed > 0 || len(rows) == 0 || rows[0].Seq != seq {
		return m, false, err
	}
	m, err = event.Of(i.ID(), &rows[0], s.Lean).Message(rows[0].At)
	return m, true, err
}

// try sends one message and waits for the answer.
func try(ctx context.Context, i *instance.Instance, s store.Stream, m delivery.Message) (a Answer) {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	began := time.Now()
	to, err := reach(ctx, i, s)
	if err == nil {
		defer to.Close()
		err = to.send(ctx, m)
		a.Status = statusOf(to.Destination)
	}
	if a.In, a.Accepted = time.Since(began), err == nil; err != nil {
		a.Said = audit.CleanText(err.Error(), maxSaid)
	}
	return a
}

// side is another side that a person waits for.
type side struct {
	delivery.Destination
	lanes int
}

// reach asks the other side of a stream how many lanes it has. Close it.
func reach(ctx context.Context, i *instance.Instance, s store.Stream) (side, error) {
	to, err := Open(i, s)
	if err != nil {
		return side{}, err
	}
	lanes, err := to.Lanes(ctx)
	if err != nil {
		to.Close()
	}
	return side{to, max(lanes, 1)}, err
}

// send sends one message.
func (to side) send(ctx context.Context, m delivery.Message) error {
	taken, err := to.Send(ctx, laneOf(m.Key, to.lanes), []delivery.Message{m})
	if err == nil && taken != 1 {
		err = errNothing
	}
	return err
}

// errNothing says that a message was neither taken nor refused.
var errNothing = errors.New("the other side took nothing")

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
	sum.Left = len(numbers)
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	to, err := reach(ctx, i, s)
	if err != nil {
		sum.Said = audit.CleanText(err.Error(), maxSaid)
		return sum, nil
	}
	defer to.Close()
	for _, seq := range slices.Sorted(maps.Keys(numbers)) {
		if on, err := sum.next(ctx, i, s, to, seq); err != nil || !on {
			return sum, err
		}
	}
	return sum, nil
}

// next sends one of them; on says whether to go on with the next. The error is one of the
// database.
func (sum *Again) next(ctx context.Context, i *instance.Instance, s store.Stream, to side, seq int64) (on bool, err error) {
	m, ok, err := message(ctx, i, s, seq)
	if ctx.Err() != nil {
		return false, nil // the time is up
	}
	if err != nil && !ok {
		return false, err
	}
	done := func(tx *store.Tx) error { _, err := tx.DropDeadLetter(s.ID, seq); return err }
	counted := &sum.Gone
	if ok {
		counted = &sum.Accepted
	}
	if ok && err == nil {
		err = to.send(ctx, m)
	}
	if err != nil {
		_, refused := errors.AsType[*delivery.Refused](err)
		if !refused && ctx.Err() != nil {
			return false, nil
		}
		if sum.Said = audit.CleanText(err.Error(), maxSaid); !refused {
			return false, nil
		}
		done = func(tx *store.Tx) error { return tx.RefuseAgain(s.ID, seq, sum.Said, i.Now()) }
		counted = &sum.Refused
	}
	*counted++
	sum.Left--
	return true, i.DB.Tx(context.WithoutCancel(ctx), done)
}
