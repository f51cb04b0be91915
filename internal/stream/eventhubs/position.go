package eventhubs

import (
	"strconv"
	"time"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"latchkey/internal/stream/delivery"
)

// behind is where the events after a sequence number are; all of them if that is none.
func behind(sequence int64) eh.StartPosition {
	if sequence < 0 {
		all := true
		return eh.StartPosition{Earliest: &all}
	}
	return eh.StartPosition{SequenceNumber: &sequence}
}

// oldest is the sequence number of the oldest event that is kept, or of the next one.
func (r *reader) oldest() int64 {
	if r.is.IsEmpty {
		return r.is.LastEnqueuedSequenceNumber + 1
	}
	return r.is.BeginningSequenceNumber
}

// plan finds out where to begin, so that it is the same place when it begins again after a
// loss. It reports whether there is nothing to read.
//
// A hub says nothing about a position that is too old and begins at what it has. It tells
// the sequence number of its oldest event, but neither offset nor time; with these, the first
// event shows whether something is missing before it.
func (r *reader) plan() (nothing bool) {
	p := r.position
	known := func(later bool) { r.later = &later }
	end := r.is.LastEnqueuedSequenceNumber
	atEnd := false // whether all that there is lies before the position
	switch p.Origin {
	case delivery.Latest:
		known(false)
		atEnd = true
	case delivery.Sequence:
		known(p.Sequence < r.oldest())
		r.skip = p.Sequence
		r.start = eh.StartPosition{SequenceNumber: &p.Sequence, Inclusive: true}
		atEnd = p.Sequence > end
	case delivery.Offset:
		r.start = eh.StartPosition{Offset: &p.Offset, Inclusive: true} // the event itself shows that it is kept
		atEnd = !before(p.Offset, r.is.LastEnqueuedOffset)
		if p.Offset == "-1" {
			known(false)
			r.start = behind(-1)
		}
	case delivery.Time:
		from := p.Time.Add(time.Millisecond - 1).Truncate(time.Millisecond) // what a hub counts in
		r.start = eh.StartPosition{EnqueuedTime: &from, Inclusive: true}
		atEnd = from.After(r.is.LastEnqueuedOn)
	default:
		known(false)
		r.start = behind(-1)
	}
	if atEnd || r.is.IsEmpty {
		r.start = behind(end)
		if r.later == nil {
			known(!atEnd)
		}
		return !r.follow
	}
	return false
}

// before reports whether an offset is smaller than another. They are numbers, but nobody
// promises that.
func before(a, b string) bool {
	x, err := strconv.ParseInt(a, 10, 64)
	y, err2 := strconv.ParseInt(b, 10, 64)
	if err != nil || err2 != nil {
		return a != b
	}
	return x < y
}

// tell says where reading began, once.
func (r *reader) tell(later bool) error {
	if r.told {
		return nil
	}
	r.told = true
	return r.began(delivery.Began{Partition: r.id, Sequence: r.oldest(), Later: later})
}

// take passes an event on, if it is one of those that were asked for.
func (r *reader) take(e *eh.ReceivedEventData) error {
	sequence := e.SequenceNumber
	if sequence <= r.seen {
		return nil
	}
	r.seen = sequence
	at := time.Time{}
	if e.EnqueuedTime != nil {
		at = e.EnqueuedTime.UTC()
	}
	if err := r.tell(r.begunLater(e, at)); err != nil {
		return err
	}
	switch {
	case sequence < r.skip,
		r.position.Origin == delivery.Offset && !before(r.position.Offset, e.Offset),
		r.position.Origin == delivery.Time && at.Before(r.position.Time),
		!r.follow && sequence > r.is.LastEnqueuedSequenceNumber:
		return nil
	}
	return r.received(delivery.Received{Partition: r.id, Offset: e.Offset, Sequence: sequence, Enqueued: at, Body: e.Body})
}

// begunLater reports whether the first event is the oldest that is kept, others were there
// before it, and what was asked for lies there.
func (r *reader) begunLater(e *eh.ReceivedEventData, at time.Time) bool {
	if r.told || e.SequenceNumber == 0 || e.SequenceNumber > r.oldest() {
		return false
	}
	if r.position.Origin == delivery.Offset {
		return e.Offset != r.position.Offset
	}
	return r.position.Time.Before(at)
}
