package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
)

// tryFor is how long a person waits for an answer of the other side, 20 seconds: less than an
// answer of the web server may take.
const tryFor = 20 * time.Second

// Answer is what became of an event that was sent while a person waits for it.
type Answer struct {
	Accepted bool
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
	at := now.UTC().Format(atFormat)
	e := Event{Type: testType, Timestamp: at, Data: Data{ID: i.ID() + "-test-" + secret.ID(), At: at, Event: testType, Result: string(audit.ResultOK)}}
	body, err := json.Marshal(e)
	if err != nil {
		return Answer{}, fmt.Errorf("writing the test event: %w", err)
	}
	return try(ctx, i, s, delivery.Message{ID: e.Data.ID, Type: testType, At: now, Body: body}), nil
}

// SendAgain sends an event that was set aside. It is set aside no longer if it is accepted; what is
// said of it is new if not. It need not arrive in the order of its user.
func SendAgain(ctx context.Context, i *instance.Instance, id string, seq int64) (Answer, error) {
	s, err := i.DB.Stream(id)
	if err != nil {
		return Answer{}, err
	}
	rows, missed, err := i.DB.Outbox(ctx, seq-1, 1)
	if err != nil {
		return Answer{}, err
	}
	if missed > 0 || len(rows) == 0 || rows[0].Seq != seq {
		return Answer{}, problem.New(problem.NotFound, "The audit log does not have this event any more.")
	}
	m, err := messageOf(i.ID(), &rows[0], s.Lean)
	if err != nil {
		return Answer{}, err
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

// try sends one message and waits for the answer.
func try(ctx context.Context, i *instance.Instance, s store.Stream, m delivery.Message) Answer {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	began := time.Now()
	err := tryOnce(ctx, i, s, m)
	a := Answer{Accepted: err == nil, In: time.Since(began)}
	if err != nil {
		a.Said = audit.CleanText(err.Error(), maxSaid)
	}
	return a
}

func tryOnce(ctx context.Context, i *instance.Instance, s store.Stream, m delivery.Message) error {
	to, err := Open(i, s)
	if err != nil {
		return err
	}
	defer to.Close()
	lanes, err := to.Lanes(ctx)
	if err != nil {
		return err
	}
	taken, err := to.Send(ctx, laneOf(m.Key, max(lanes, 1)), []delivery.Message{m})
	if err == nil && taken != 1 {
		return errors.New("the other side took nothing")
	}
	return err
}
