package stream

import (
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/event"
)

// Verdict is what is wrong with an event that arrived, or did not.
type Verdict string

// The verdicts.
const (
	Fine       Verdict = ""
	Missing    Verdict = "missing"      // it was sent and did not arrive
	Doubled    Verdict = "doubled"      // it arrived before, which happens after a crash and is harmless
	Disordered Verdict = "out of order" // a later one of the same user arrived first
	Altered    Verdict = "altered"      // it is not what the audit log has
	Unknown    Verdict = "unknown"      // the audit log has no such row: it is an older copy
)

// Verdicts are all that are findings, in the order in which they are told.
func Verdicts() []Verdict { return []Verdict{Missing, Doubled, Disordered, Altered, Unknown} }

// Arrival is an event that arrived, with what is to be said of it. One that is missing has a Seq
// only.
type Arrival struct {
	delivery.Received
	Event   event.Event
	Verdict Verdict
}

// Findings is what came of comparing what arrived with the audit log.
type Findings struct {
	// From and To are the rows of the audit log that should have arrived, both included; From is
	// after To if there are none.
	From, To int64
	// Arrived counts events, those that came twice twice. Expected are the rows that should have
	// arrived; SetAside are among them and did not, since the other side refused them.
	Arrived, Expected, SetAside int64
	// Foreign are messages of somebody else, and test events.
	Foreign int64
	Counts  map[Verdict]int64
	// Examples are the first of those that something is wrong with.
	Examples []Arrival
	// Last are the newest that arrived, the newest first.
	Last []Arrival
	// LaterThanAsked says that the other side no longer has what was asked for.
	LaterThanAsked bool
	// CutOff says that there was more than could be looked at.
	CutOff bool
}

// OK reports whether nothing is wrong.
func (f Findings) OK() bool { return len(f.Counts) == 0 }
