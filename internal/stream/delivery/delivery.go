// Package delivery is what an event stream and the kinds of places it sends to agree on:
// what a message is, what a place does with it, and how it is read back.
//
// A kind (packages webhook, file and eventhubs beside this one) knows nothing of the audit
// log, and package stream nothing of HTTP signatures or AMQP.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Message is one event, ready to be sent.
type Message struct {
	// ID is the same for every delivery of the event, so that whoever receives it twice
	// can tell.
	ID string
	// Seq is the event's number in the audit log, Type its name.
	Seq  int64
	Type string
	// At is when it happened.
	At time.Time
	// Key is the user that it is about, or "". Messages of one key are delivered in order.
	Key string
	// Body is the event as JSON, without a line break.
	Body []byte
}

// Destination is where the messages of a stream go. Its methods but Close may be called at
// the same time, Send once for each lane.
type Destination interface {
	// Lanes is how many lanes there are, at least one. What is sent on one lane arrives in
	// order; lanes are independent of each other. It may have to ask the other side.
	Lanes(ctx context.Context) (int, error)
	// Send delivers messages in order and returns how many of them, counted from the first,
	// the other side has taken for good. An error is about the message that follows these:
	// *Refused if that message is at fault, anything else if the other side is.
	Send(ctx context.Context, lane int, messages []Message) (taken int, err error)
	// Close gives back what the destination holds. It does not wait for the other side.
	Close()
}

// Stating is a Destination whose other side accepts a message with a status.
type Stating interface {
	// Status is that of the last message that was accepted, "" before the first.
	Status() string
}

// Refused says that the other side will not take a message because of what it is, whenever
// it is tried.
type Refused struct{ Err error }

// Error is what the other side said.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap returns what the other side said.
func (r *Refused) Unwrap() error { return r.Err }

// Later says that the other side named the time to wait before the next try.
type Later struct {
	Err   error
	After time.Duration
}

// Error is what the other side said.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap returns what the other side said.
func (l *Later) Unwrap() error { return l.Err }

// ErrGone says that the other side wants no more messages: the stream is to be paused.
var ErrGone = errors.New("the other side wants no more events")

// ErrNotReadable says that what was sent to a kind of stream cannot be read back.
var ErrNotReadable = errors.New("what was sent to this kind of stream cannot be read back")

// Origin is where reading begins.
type Origin string

// The places to begin at.
const (
	Earliest Origin = "earliest" // the oldest that is kept
	Latest   Origin = "latest"   // what arrives from now on
	Offset   Origin = "offset"   // behind Position.Offset
	Sequence Origin = "sequence" // at Position.Sequence
	Time     Origin = "time"     // at the first that arrived at Position.Time or later
)

// Position is where reading begins, with the field that its Origin names.
type Position struct {
	Origin   Origin
	Offset   string
	Sequence int64
	Time     time.Time
}

// String is the position as it is typed: "sequence:17".
func (p Position) String() string {
	switch p.Origin {
	case Offset:
		return "offset:" + p.Offset
	case Sequence:
		return fmt.Sprintf("sequence:%d", p.Sequence)
	case Time:
		return "time:" + p.Time.UTC().Format(time.RFC3339Nano)
	}
	return string(p.Origin)
}

// Query is what to read.
type Query struct {
	From Position
	// Partition is the one to read; "" for all.
	Partition string
	// Group is the consumer group, where the kind knows such; "" for the default one.
	Group string
	// Prefetch is how many are asked for ahead; 0 for the kind's own choice.
	Prefetch int
	// Follow goes on waiting for more where the stream ends.
	Follow bool
}

// Received is one event as it arrived.
type Received struct {
	Partition string
	Offset    string
	Sequence  int64
	Enqueued  time.Time
	Body      []byte
}

// Began is where reading of a partition really began.
type Began struct {
	Partition string
	// Sequence is the oldest that is kept.
	Sequence int64
	// Later says that what was asked for is older than that.
	Later bool
}

// Source reads back what was sent.
type Source interface {
	// Read calls began once for each partition and then received for each event, in the
	// order of its partition, never two at the same time. It ends where the stream ended
	// when it was called, or with ctx if the query says Follow (then without an error), or
	// with the first error that a callback returns.
	Read(ctx context.Context, q Query, began func(Began) error, received func(Received) error) error
	// Close gives back what the source holds.
	Close()
}
