package stream

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
)

const (
	// windowRows is how many rows of the audit log are read and sent at once, 1000: what is sent
	// twice after a kill is at most that.
	windowRows = 1000
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
	lanes    [][]int      // indexes of rows
	took     atomic.Int64 // how long the last answer took, in nanoseconds
}

// deal deals the rows out to lanes. Those in ahead were sent by a try before.
func deal(s store.Stream, rows []store.Written, lanes int, ahead map[int64]bool) *window {
	w := &window{rows: rows, outcomes: make([]outcome, len(rows)), lanes: make([][]int, lanes)}
	for i, r := range rows {
		if !wants(s, r.Event) || ahead[r.Seq] {
			w.outcomes[i].state = skipped
			continue
		}
		l := laneOf(keyOf(r.SubjectID, r.ActorID), lanes)
		w.lanes[l] = append(w.lanes[l], i)
	}
	return w
}

// send sends all lanes side by side and waits for them. The error is that of the first lane
// that could not go on; the others have gone on to their end.
func (w *window) send(ctx context.Context, to delivery.Destination, instance string, lean bool, pause func(context.Context)) error {
	errs := make([]error, len(w.lanes))
	var all sync.WaitGroup
	for l, rows := range w.lanes {
		if len(rows) > 0 {
			all.Go(func() { errs[l] = w.sendLane(ctx, to, l, instance, lean, pause) })
		}
	}
	all.Wait()
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
func (w *window) sendLane(ctx context.Context, to delivery.Destination, lane int, instance string, lean bool, pause func(context.Context)) error {
	rows := w.lanes[lane]
	messages := make([]delivery.Message, len(rows))
	for n, i := range rows {
		m, err := messageOf(instance, w.rows[i], lean)
		if err != nil {
			return err
		}
		messages[n] = m
	}
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
			return errors.New("the other side took nothing")
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
func (w *window) progress(s store.Stream, missed int64) (p store.Progress, deadRows []int, ahead map[int64]bool) {
	p = store.Progress{To: s.Cursor + missed, Missed: missed, DeadInARow: s.DeadInARow, AnswerIn: w.answerIn()}
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
	case p.Sent > 0:
		p.Answer = accepted
	case len(deadRows) > 0:
		p.Answer = w.outcomes[deadRows[len(deadRows)-1]].refused
	}
	return p, deadRows, ahead
}

// answerIn is how long the last answer took.
func (w *window) answerIn() time.Duration { return time.Duration(w.took.Load()) }

// accepted is the answer that is shown of a try that went well.
const accepted = "Accepted"
