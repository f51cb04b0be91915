package views

import (
	"context"
	"io"
	"strings"
	"time"
)

// StreamPage is everything about one event stream but its secrets, GET /admin/streams/{id}.
type StreamPage struct {
	Frame
	Stream
	// Partition is the one of Event Hubs; empty chooses by user.
	Partition string
	// Lean says that events go without address, browser and details.
	Lean bool
	// Events are the kinds of event that it sends, in words; none is all.
	Events []string
	// KeyMark is a fingerprint of the key, used since KeyAt. The key before it signs as well until
	// OldKeyUntil, zero for none.
	KeyMark            string
	KeyAt, OldKeyUntil time.Time
	Created            time.Time
	// Today and Yesterday are what was delivered on these days of UTC, Hour in the last hour and
	// Sent in all.
	Today, Yesterday, Hour, Sent int
	// Tries are the last ones that failed, DeadLetters the newest events that were refused.
	Tries       []StreamTry
	DeadLetters []DeadLetter
	// Readable says that what arrived can be compared with what was sent.
	Readable bool
}

// StreamTry is a try that failed.
type StreamTry struct {
	At     time.Time
	Answer string
}

// Render draws the page.
func (p StreamPage) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.Stream.Name, p.body()).Render(ctx, w)
}

// health is how the stream does in one sentence, and the line of reason below it.
func (p StreamPage) health() (kind, heading, reason string) {
	safe := "Its events are safe in the audit log and are sent when it is resumed."
	switch {
	case p.refusedAll():
		return "bad", "Failed " + since(p.For) + ".", "The other side refused one event after the other, so it is not the events. Look at what it said below. What waits is safe in the audit log and is sent when the stream is resumed."
	case p.State == "failed":
		return "bad", "Failed " + since(p.For) + ".", p.silence() + " " + safe
	case p.State == "paused" && p.By == "":
		return "warn", "Paused by the other side " + since(p.For) + ".", "It answered that it wants no more events. " + safe
	case p.State == "paused":
		return "warn", "Paused by " + p.By + " " + since(p.For) + ".", safe
	case p.Failing > 0:
		return "warn", "Running, but the last " + p.tries() + " failed.", "Its events wait in the audit log and are sent when it works again."
	}
	kind, heading = "good", "Running and up to date."
	if p.Behind > 0 && p.BehindFor >= 5*time.Second { // less is on its way
		heading = "Running, " + Span(p.BehindFor) + " behind."
		if p.BehindFor > StreamLate {
			kind = "warn"
		}
	}
	if p.Dead == 0 {
		return kind, heading, ""
	}
	refused := oneOr(p.Dead, " One event was refused.", " "+capital(spelled(p.Dead))+" events were refused.")
	return "warn", heading + refused, oneOr(p.Dead, "The other side turned it down three times, so it is set aside below and the stream has gone on.",
		"The other side turned each of them down three times, so they are set aside below and the stream has gone on.")
}

// since is how long ago something was.
func since(d time.Duration) string {
	if d < time.Minute {
		return "just now"
	}
	return Span(d) + " ago"
}

// refusedAll reports whether a stream was given up because the other side took no event at all, although it
// answered.
func (s Stream) refusedAll() bool { return s.State == "failed" && s.Failing == 0 && s.Dead > 0 }

func (s Stream) tries() string {
	if s.Failing == 1 {
		return "try"
	}
	return thousands(s.Failing) + " tries"
}

// oneOr chooses the words for one thing, or for any other number of them.
func oneOr(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return several
}

// lost says what retention removed before it was sent; empty for nothing.
func (s Stream) lost() string {
	if s.Missed == 0 {
		return ""
	}
	return oneOr(s.Missed, "1 event was removed from the audit log before it", thousands(s.Missed)+" events were removed from the audit log before they") + " could be sent, because it keeps events for a limited time."
}

// waitingWords is the line below the number of events that wait.
func (s Stream) waitingWords() string {
	if s.Behind == 0 {
		return "up to date"
	}
	if s.State == "running" && s.Failing == 0 && s.BehindFor < time.Second {
		return oneOr(s.Behind, "event, on its way", "events, on their way")
	}
	return oneOr(s.Behind, "event, ", "events, ") + Span(s.BehindFor)
}

// verdict is what the other side said last, in a word, or the status with which it accepted.
func (s Stream) verdict() string {
	status, ok := strings.CutPrefix(s.Answer, accepted)
	switch {
	case s.Answered.IsZero():
		return "None yet"
	case s.refusedAll():
		return "Refused"
	case ok && status != "":
		return strings.Trim(status, " ()")
	case ok:
		return accepted
	case s.Failing == 0 && s.Dead > 0 && s.State != "failed":
		return "Refused"
	}
	return "Failed"
}

// accepted is the answer of the other side to what went well, and what people see of it unless there
// is a status behind it: "Accepted (200)".
const accepted = "Accepted"

// took is how long the answer took.
func (s Stream) took() string {
	if s.AnswerIn < time.Millisecond {
		return "less than 1 ms"
	}
	if s.AnswerIn < 10*time.Second {
		return thousands(int(s.AnswerIn.Milliseconds())) + " ms"
	}
	return Span(s.AnswerIn)
}

// pace is how fast events are delivered.
func (p StreamPage) pace() string {
	words := count(p.Hour, "event") + " in the last hour"
	if rate := p.rate(); rate != "" {
		words += ", " + rate + " over the last 10 minutes"
	}
	return words
}

// destination is where the events go, as far as people may see it.
func (s Stream) destination() string {
	if s.Kind == "file" {
		return "streams/" + s.Address
	}
	return s.Address
}

// destinationNote explains the address.
func (s Stream) destinationNote() string {
	switch s.Kind {
	case "webhook":
		return "Only the host is shown. The rest of the address can hold a secret."
	case "file":
		return "In the data folder of the server."
	}
	return ""
}

func (p StreamPage) partition() string {
	if p.Partition == "" {
		return "Chosen by user, so that the events about one user stay in order"
	}
	return "Always " + p.Partition
}

func contentWords(lean bool) string {
	if lean {
		return "Lean: without address, browser and details"
	}
	return "Full: with address, browser and details"
}
