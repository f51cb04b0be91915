package views

import (
	"context"
	"io"
	"strconv"
	"time"
)

// DeadLetter is an event that the other side refused.
type DeadLetter struct {
	Event Event
	// Answer is what the other side said, At when.
	Answer string
	At     time.Time
	// Gone says that the audit log does not have it any more, so all of Event is its number.
	Gone bool
}

// DeadLetters are all events of a stream that the other side refused, GET
// /admin/streams/{id}/dead. Its forms are POST /admin/streams/{id}/again and …/again/{number}.
type DeadLetters struct {
	Frame
	Stream
	Letters []DeadLetter
	// Older is the address of the next page, empty for none.
	Older string
}

// Render draws the page.
func (p DeadLetters) Render(ctx context.Context, w io.Writer) error {
	return p.page("Refused events", p.body()).Render(ctx, w)
}

// again is the address that sends an event once more.
func (d DeadLetter) again(s Stream) string { return s.path("again/" + d.number()) }

func (d DeadLetter) number() string { return strconv.FormatInt(d.Event.Seq, 10) }

// words say what happened.
func (d DeadLetter) words() string {
	if d.Gone {
		return "No longer in the audit log"
	}
	return d.Event.Words
}

// about is the line below: who, on whom, and its number.
func (d DeadLetter) about() string {
	words := d.Event.Who
	switch {
	case words == "":
		words = d.Event.OnWhom
	case d.Event.OnWhom != "":
		words += " → " + d.Event.OnWhom
	}
	if words != "" {
		words += " · "
	}
	return words + "event " + d.number()
}

// deadCaption says how many of how many events are in a table.
func deadCaption(shown, all int) string {
	if shown == all {
		return count(all, "event") + ", newest first"
	}
	return thousands(shown) + " of " + count(all, "event") + ", newest first"
}

// allAgain are the words of the button for all of them.
func (s Stream) allAgain() string {
	if s.Dead == 2 {
		return "Send both again"
	}
	return "Send all " + spelled(s.Dead) + " again"
}
