package views

import (
	"context"
	"io"
	"time"
)

// StreamsPath is the list of event streams.
const StreamsPath = "/admin/streams"

// Streams is the list of event streams, GET /admin/streams.
type Streams struct {
	Frame
	// Rows are all of them, those in trouble first.
	Rows []Stream
}

// Stream is how an event stream does. Nothing in it is secret.
type Stream struct {
	ID, Name string
	// Kind is webhook, file or eventhubs; Address is a host, a file or a hub.
	Kind, Address string
	// State is running, paused or failed. By is who paused it, empty for the other side; For is
	// how long it has been so.
	State, By string
	For       time.Duration
	// Chosen is how many kinds of event of Kinds it sends; 0 is all.
	Chosen, Kinds int
	// Behind is how many rows of the audit log wait, BehindFor how long the oldest of them has.
	Behind    int
	BehindFor time.Duration
	// Failing is how many tries in a row have failed, FailingFor since when; the next is at Next.
	Failing    int
	FailingFor time.Duration
	Next       time.Time
	// Answer is the last one of the other side, in its own words; it came at Answered and took AnswerIn.
	Answer   string
	Answered time.Time
	AnswerIn time.Duration
	// Delivered is when the last event was delivered, zero for never, DeliveredFor how long ago.
	Delivered    time.Time
	DeliveredFor time.Duration
	// Lately is how many events were delivered in the last ten minutes.
	Lately int
	// Dead is how many events were set aside because the other side refused them.
	Dead int
	// Missed is how many events were removed from the audit log before their turn.
	Missed int
}

// Render draws the page.
func (p Streams) Render(ctx context.Context, w io.Writer) error {
	return p.page("Streams", p.body()).Render(ctx, w)
}

// path is the page of the stream, or one below it.
func (s Stream) path(below string) string {
	if below == "" {
		return StreamsPath + "/" + s.ID
	}
	return StreamsPath + "/" + s.ID + "/" + below
}

// streamKind is what people call a kind.
func streamKind(kind string) string {
	switch kind {
	case "webhook":
		return "Webhook"
	case "file":
		return "File"
	case "eventhubs":
		return "Azure Event Hubs"
	}
	return kind
}

// second is the line below the name.
func (s Stream) second() string {
	words := streamKind(s.Kind) + " · " + s.Address
	if s.Chosen > 0 {
		words += " · " + thousands(s.Chosen) + " of " + count(s.Kinds, "kind") + " of event"
	}
	return words
}

func (s Stream) stateKind() string {
	switch {
	case s.State == "failed":
		return "bad"
	case s.State == "paused", s.Failing > 0:
		return "warn"
	}
	return "good"
}

func (s Stream) stateWords() string {
	switch {
	case s.State == "failed":
		return "Failed"
	case s.State == "paused":
		return "Paused"
	case s.Failing > 0:
		return "Retrying"
	}
	return "Running"
}

// behind says how many events wait.
func (s Stream) behind() string {
	if s.Behind == 0 {
		return "Up to date"
	}
	return count(s.Behind, "event")
}

// waiting is the line below: for how long they wait, and who wants that.
func (s Stream) waiting() string {
	var words string
	if s.Behind > 0 {
		words = Span(s.BehindFor)
	}
	if s.State != "paused" {
		return words
	}
	if words != "" {
		words += ", "
	}
	if s.By == "" {
		return words + "paused by the other side"
	}
	return words + "paused by " + s.By
}

// rate says how many events are delivered in a minute, from the last ten; empty for none.
func (s Stream) rate() string {
	switch {
	case s.Lately == 0:
		return ""
	case s.Lately < 10:
		return "less than 1 a minute"
	}
	return thousands(s.Lately/10) + " a minute"
}

// StreamLate is how long a stream may be behind, or fail, until administrators are told on
// their overview: an hour.
const StreamLate = time.Hour

// caption says how many there are.
func (p Streams) caption() string {
	return count(len(p.Rows), "stream") + ", the ones in trouble first"
}

// troubled are those in this state, or that do not get through for long where it is empty.
func (p Streams) troubled(state string) (all []Stream) {
	for _, s := range p.Rows {
		if state != "" && s.State == state || state == "" && s.State == "running" && s.Failing > 0 && s.FailingFor > StreamLate {
			all = append(all, s)
		}
	}
	return all
}

// streamsNote is what is wrong with streams, in one sentence.
type streamsNote struct {
	kind, heading, text string
	one                 *Stream // the only one in trouble
}

// note is the worst that is wrong; ok is false for nothing.
func (p Streams) note() (n streamsNote, ok bool) {
	if bad := p.troubled("failed"); len(bad) > 0 {
		n = streamsNote{kind: "bad", heading: of(len(bad), len(p.Rows), "has failed.", "have failed."), text: "Their events are safe in the audit log and will be sent when the streams are resumed."}
		if len(bad) == 1 {
			n.one, n.text = &bad[0], bad[0].silence()+" Its events are safe in the audit log and will be sent when it is resumed."
		}
		return n, true
	}
	if slow := p.troubled(""); len(slow) > 0 {
		n = streamsNote{kind: "warn", heading: of(len(slow), len(p.Rows), "is not getting through.", "are not getting through."), text: "They are tried again every 15 minutes."}
		if len(slow) == 1 {
			n.one, n.text = &slow[0], slow[0].silence()+" It is tried again at least every 15 minutes."
		}
		return n, true
	}
	return n, false
}

// silence says for how long nothing has been delivered.
func (s Stream) silence() string {
	if s.Delivered.IsZero() {
		return s.Name + " has never delivered anything."
	}
	return s.Name + " has delivered nothing for " + Span(s.DeliveredFor) + "."
}

// of is the subject and verb of a sentence about n of all streams.
func of(n, all int, is, are string) string {
	switch {
	case all == 1:
		return "The stream " + is
	case n == all:
		return "All " + spelled(all) + " streams " + are
	case n == 1:
		return "One of " + spelled(all) + " streams " + is
	}
	return capital(spelled(n)) + " of " + spelled(all) + " streams " + are
}

// spelled is a number as a sentence has it.
func spelled(n int) string {
	words := [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return thousands(n)
}

// Span returns how long something has been so, rounded down: "40 seconds", "26 hours".
func Span(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return count(int(max(d, 0)/time.Second), "second")
	case d < 90*time.Minute:
		return count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}
