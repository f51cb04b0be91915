package stream

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/event"
)

const (
	// windowRows is how many rows of the audit log are read and sent at once, 1000: what is sent
	// twice after a kill is at most that.
	windowRows = 1000
	// pieceRows is how many of them are read and made messages of at a stretch, 20, which takes a tenth of
	// a millisecond. On one core Go looks for requests that have come only when nothing else can go
	// on, or after 10 ms: a page would wait for as long as the work on a window takes.
	pieceRows = 20
	// gap is how long a stream rests between two pieces while somebody uses the pages, one
	// millisecond. It sends 11,000 events a second then, and 90,000 while nobody does.
	gap = time.Millisecond
	// refusals is how often an event is tried that the other side refuses, before it is set aside.
	refusals = 3
	// windowFor is after how long a window ends early, 20 seconds, so that the cursor follows what is
	// sent to a slow other side.
	windowFor = 20 * time.Second
)

// outcome is what became of a row of a window.
type outcome struct {
	state   rowState
	refused string // what the other side said of a dead one
}

type rowState int

const (
	pending rowState = iota
	skipped          // not one that the stream sends, or sent by a try before
	sent
	dead
)

// window is the next rows of a stream on their way.
type window struct {
	rows     []store.Written
	outcomes []outcome
	missed   int64 // rows before these that retention has removed
	lanes    []lane
	took     atomic.Int64 // how long the last answer took, in nanoseconds
	status   string       // with which the other side accepted the last message
}

// lane is what goes one way, in order.
type lane struct {
	rows     []int // indexes of the window's rows
	messages []delivery.Message
}

// fill reads the next rows of a stream and makes messages of them, a piece at a time. Those in ahead
// were sent by a try before.
func (w *window) fill(ctx context.Context, i *instance.Instance, s store.Stream, ahead map[int64]bool) error {
	for at := s.Cursor; len(w.rows) < windowRows && ctx.Err() == nil; at = w.rows[len(w.rows)-1].Seq {
		rows, missed, err := i.DB.Outbox(ctx, at, pieceRows)
		if err != nil {
			return err
		}
		if len(w.rows) == 0 {
			w.missed = missed
		} else if missed > 0 {
			return nil // retention came by: what it left is for the next window
		}
		for n := range rows {
			w.deal(i.ID(), s, &rows[n], ahead)
		}
		if len(rows) < pieceRows {
			return nil
		}
		if i.InUse() {
			time.Sleep(gap)
		}
	}
	return nil
}

// deal puts a row into the lane of its user.
func (w *window) deal(instance string, s store.Stream, r *store.Written, ahead map[int64]bool) {
	w.rows, w.outcomes = append(w.rows, *r), append(w.outcomes, outcome{})
	end := len(w.rows) - 1
	if !wants(s, r.Event) || ahead[r.Seq] {
		w.outcomes[end].state = skipped
		return
	}
	m, err := event.Of(instance, r, s.Lean).Message(r.At)
	if err != nil {
		w.outcomes[end] = outcome{dead, err.Error()}
		return
	}
	l := &w.lanes[laneOf(m.Key, len(w.lanes))]
	l.rows, l.messages = append(l.rows, end), append(l.messages, m)
}

// send sends all lanes side by side and waits for them. The error is that of the first lane
// that could not go on; the others have gone on to their end.
func (w *window) send(ctx context.Context, to delivery.Destination, pause func(context.Context)) error {
	errs := make([]error, len(w.lanes))
	var all sync.WaitGroup
	for l, lane := range w.lanes {
		if len(lane.rows) > 0 {
			all.Go(func() { errs[l] = w.sendLane(ctx, to, l, pause) })
		}
	}
	all.Wait()
	w.status = statusOf(to)
	return worst(errs)
}

// worst is the error that decides what to do: the other side wants no more, then the longest
// wait that it asked for, then any.
func worst(errs []error) (found error) {
	for _, err := range errs {
		later, isLater := errors.AsType[*delivery.Later](err)
		before, wasLater := errors.AsType[*delivery.Later](found)
		if err != nil && (found == nil || errors.Is(err, delivery.ErrGone) || isLater && !errors.Is(found, delivery.ErrGone) && (!wasLater || later.After > before.After)) {
			found = err
		}
	}
	return found
}

// sendLane sends the rows of one lane in order. An event that is refused over and over is set
// aside, and the lane goes on.
func (w *window) sendLane(ctx context.Context, to delivery.Destination, lane int, pause func(context.Context)) error {
	rows, messages := w.lanes[lane].rows, w.lanes[lane].messages
	began := time.Now()
	for next, tries := 0, 0; next < len(rows) && (tries > 0 || time.Since(began) < windowFor); {
		asked := time.Now()
		taken, err := to.Send(ctx, lane, messages[next:])
		w.took.Store(int64(time.Since(asked)))
		for _, i := range rows[next : next+taken] {
			w.outcomes[i].state = sent
		}
		next += taken
		if taken > 0 {
			tries = 0
		}
		refused, isRefused := errors.AsType[*delivery.Refused](err)
		switch {
		case err == nil && taken == 0:
			return errNothing
		case err == nil:
			continue
		case !isRefused:
			return err
		}
		if tries++; tries < refusals {
			pause(ctx)
			continue
		}
		w.outcomes[rows[next]] = outcome{dead, refused.Error()}
		next, tries = next+1, 0
	}
	return nil
}

// progress is how far the cursor can go: up to the first row that is still to be sent. ahead
// are the rows behind that which were sent all the same.
func (w *window) progress(s store.Stream) (p store.Progress, deadRows []int, ahead map[int64]bool) {
	p = store.Progress{To: s.Cursor + w.missed, Missed: w.missed, DeadInARow: s.DeadInARow, AnswerIn: w.answerIn()}
	ahead = map[int64]bool{}
	held := false
	for i, o := range w.outcomes {
		if held = held || o.state == pending; held {
			if o.state == sent {
				ahead[w.rows[i].Seq] = true
				p.Sent++ // it is counted when it is sent, not when the cursor passes it
			}
			continue
		}
		p.To = w.rows[i].Seq
		switch o.state {
		case sent:
			p.Sent++
			p.DeadInARow = 0
		case dead:
			p.DeadInARow++
			deadRows = append(deadRows, i)
		}
	}
	switch {
	case p.Sent > 0 && w.status != "":
		p.Answer = accepted + " (" + w.status + ")"
	case p.Sent > 0:
		p.Answer = accepted
	case len(deadRows) > 0:
		p.Answer = w.outcomes[deadRows[len(deadRows)-1]].refused
	}
	return p, deadRows, ahead
}

// answerIn is how long the last answer took.
func (w *window) answerIn() time.Duration { return time.Duration(w.took.Load()) }

// accepted is the answer that is shown of a try that went well, with the status behind it where there
// is one.
const accepted = "Accepted"

// statusOf is the status with which the other side accepted the last message; "" for kinds without.
func statusOf(to delivery.Destination) string {
	if d, ok := to.(delivery.Stating); ok {
		return d.Status()
	}
	return ""
}
