package stream

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/mail"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
)

const (
	// firstWait is how long a stream waits after a failure; it doubles with each, up to longestWait.
	firstWait   = time.Second
	longestWait = 15 * time.Minute
	// A stream is given up after this many failures in a row over this time, or this many
	// events in a row that were refused.
	failuresAtMost = 20
	failingAtMost  = 24 * time.Hour
	deadAtMost     = 100
	// maxSaid bounds what is kept of an answer, in runes.
	maxSaid = 300
)

// backOff is how long to wait after so many failures in a row.
func backOff(failures int) time.Duration {
	return min(firstWait<<min(max(failures-1, 0), failuresAtMost), longestWait)
}

// waitsAtMost is how long a stream may wait for its next try, an hour: the longest Retry-After that is
// followed.
const waitsAtMost = time.Hour

// waits reports whether a stream waits for its next try. One that would wait longer than any does was
// put off by a clock that was ahead.
func waits(s store.Stream, now time.Time) bool {
	return now.Before(s.Next) && !s.Next.After(now.Add(waitsAtMost))
}

// record writes down what became of a window, in one transaction: the cursor, what was set
// aside, and a failure. It returns the new cursor, and the rows behind it that were sent.
func (r *Runner) record(ctx context.Context, s store.Stream, win *window, before map[int64]bool, sendErr error) (cursor int64, ahead map[int64]bool, err error) {
	p, deadRows, ahead := win.progress(s)
	for seq := range before {
		if seq > p.To {
			ahead[seq] = true
		}
	}
	p.Answer = audit.CleanText(p.Answer, maxSaid)
	now := r.instance.Now()
	err = r.instance.DB.Tx(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		moved, err := tx.MoveStream(s, p, now)
		if err != nil || !moved {
			return err
		}
		for _, i := range deadRows {
			if err := tx.AddDeadLetter(s.ID, win.rows[i].Seq, audit.CleanText(win.outcomes[i].refused, maxSaid), now); err != nil {
				return err
			}
		}
		if p.DeadInARow >= deadAtMost {
			return r.giveUp(tx, s, now, "every event was refused: "+win.outcomes[deadRows[len(deadRows)-1]].refused)
		}
		return r.failed(tx, s, p.Sent > 0, win.answerIn(), sendErr, now)
	})
	return p.To, maps.Clone(ahead), err
}

// failed notes a failure, and gives a stream up that has failed for too long. one says that something
// was sent in the same try, so this failure is the first.
func (r *Runner) failed(tx *store.Tx, s store.Stream, one bool, took time.Duration, sendErr error, now time.Time) error {
	if sendErr == nil {
		return nil
	}
	said := audit.CleanText(sendErr.Error(), maxSaid)
	if one {
		s.Failures, s.FailingSince = 0, time.Time{}
	}
	wait := backOff(s.Failures + 1)
	if later, ok := errors.AsType[*delivery.Later](sendErr); ok {
		wait = max(wait, later.After)
	}
	noted, err := tx.StreamFailed(s, secret.ID(), said, took, now.Add(wait), now)
	if err != nil || !noted {
		return err
	}
	if errors.Is(sendErr, delivery.ErrGone) {
		return r.stopped(tx, s, store.StreamPaused, audit.StreamPaused, said, now)
	}
	if s.Failures+1 >= failuresAtMost && now.Sub(cmp.Or(s.FailingSince, now)) >= failingAtMost {
		return r.giveUp(tx, s, now, said)
	}
	return nil
}

// giveUp marks a stream as failed and tells the administrators.
func (r *Runner) giveUp(tx *store.Tx, s store.Stream, now time.Time, said string) error {
	if err := r.stopped(tx, s, store.StreamFailed, audit.StreamFailed, audit.CleanText(said, maxSaid), now); err != nil {
		return err
	}
	return r.instance.NotifyAdministrators(tx, mail.StreamFailed, mail.Facts{
		Detail: s.Name, At: now, Link: mail.Link{Path: "/admin/streams/" + s.ID},
	}, now)
}

// stopped puts a stream into another state, with the row that says so.
func (r *Runner) stopped(tx *store.Tx, s store.Stream, state store.StreamState, event audit.Event, said string, now time.Time) error {
	done, err := tx.SetStreamState(s.ID, state, "", now)
	if err != nil || !done {
		return err
	}
	return tx.Audit(audit.Entry{
		At: now, Event: event, Result: audit.ResultOK, ActorName: "server",
		Details: []audit.Detail{{Name: "stream", After: s.Name}, {Name: "answer", After: said}},
	})
}
