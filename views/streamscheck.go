package views

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"
)

// StreamCheck compares what arrived with what was sent, GET /admin/streams/{id}/check.
// Query: from sequence.
type StreamCheck struct {
	Frame
	Stream
	// From is hour, day or sequence, Sequence what was typed.
	From, Sequence string
	// Done says that it was compared; Trouble why it was not, as the other side says it.
	Done    bool
	Trouble string
	// Sent are the events that should have arrived, Arrived those that did. SetAside were refused, Foreign
	// are messages of somebody else.
	Sent, Arrived, SetAside, Foreign int
	// What is wrong with how many.
	Missing, Doubled, Disordered, Altered, Unknown int
	// Examples are the first that something is wrong with, Last the newest that arrived.
	Examples, Last []StreamArrival
	// LaterThanAsked says that the other side does not have all of the time any more, CutOff that only
	// Most events were compared.
	LaterThanAsked, CutOff bool
	Most                   int
}

// StreamArrival is an event that arrived, or is missing.
type StreamArrival struct {
	Seq                int64
	Words, Who, OnWhom string
	// Verdict is missing, doubled, out of order, altered or unknown; empty where nothing is wrong.
	Verdict string
	// Partition and Sequence are where the other side has it, since At. Without a partition it is the
	// line of a file.
	Partition string
	Sequence  int64
	At        time.Time
}

// Render draws the page.
func (p StreamCheck) Render(ctx context.Context, w io.Writer) error {
	return p.page("Sent and arrived", p.body()).Render(ctx, w)
}

func (p StreamCheck) choices() []Option {
	return []Option{{"hour", "The last hour"}, {"day", "The last day"}, {"sequence", "A sequence number"}}
}

// period is where the check began.
func (p StreamCheck) period() string {
	if p.From == "sequence" {
		return "From sequence number " + p.Sequence
	}
	return words(p.choices(), p.From)
}

// foundCaption says how many of those with a finding are in the table.
func (p StreamCheck) foundCaption() string {
	all := p.bad() + p.Disordered + p.Doubled
	if all > len(p.Examples) {
		return "The first " + count(len(p.Examples), "event") + " of " + thousands(all) + " with something to look at"
	}
	return count(len(p.Examples), "event") + " with something to look at"
}

// bad is how many events are lost or changed. One that came twice, or behind a later one after a
// lost connection, is neither.
func (p StreamCheck) bad() int { return p.Missing + p.Altered + p.Unknown }

// verdict is what came of it, in one sentence, with its reason.
func (p StreamCheck) verdict() (kind, heading, reason string) {
	all := []struct {
		n    int
		word string
	}{{p.Missing, "missing"}, {p.Altered, "altered"}, {p.Unknown, "unknown to the audit log"}, {p.Disordered, "out of order"}, {p.Doubled, "arrived twice"}}
	var words []string
	for _, a := range all {
		if a.n > 0 {
			words = append(words, thousands(a.n)+" "+a.word)
		}
	}
	twice := "An event that arrives twice is harmless: it carries the same id."
	switch {
	case p.Trouble != "":
		return "warn", "What arrived could not be read back.", p.Trouble
	case p.bad() > 0:
		return "bad", capital(strings.Join(words, ", ")) + ".", "What was sent and what arrived are not the same. The audit log on this server is what counts."
	case p.Disordered > 0:
		return "warn", capital(strings.Join(words, ", ")) + ".", "Nothing is lost, but events about one user arrived in another order."
	case p.Doubled > 0:
		return "good", "Everything arrived. " + thousands(p.Doubled) + " came twice.", twice
	case p.Arrived == 0 && p.LaterThanAsked:
		return "warn", "The other side has nothing to compare.", ""
	case p.Sent == 0 && p.Arrived == 0:
		return "", "Nothing was sent in this time.", ""
	}
	if p.CutOff {
		return "good", "What was compared arrived as it was sent.", ""
	}
	return "good", "Everything arrived as it was sent.", ""
}

// remarks are what else is to be known.
func (p StreamCheck) remarks() (all []string) {
	if p.LaterThanAsked {
		all = append(all, "The other side does not keep events for that long. The comparison begins with the oldest that it has.")
	}
	if p.CutOff {
		all = append(all, "Only the first "+thousands(p.Most)+" events were compared, so none is called missing. The command latchkey events check compares all.")
	}
	if p.SetAside > 0 {
		all = append(all, oneOr(p.SetAside, "1 event was refused and set aside, so it is not missing.", thousands(p.SetAside)+" events were refused and set aside, so they are not missing."))
	}
	if p.Foreign > 0 {
		all = append(all, oneOr(p.Foreign, "1 message is a test event or comes from another system.", thousands(p.Foreign)+" messages are test events or come from other systems."))
	}
	return all
}

// about is the line below: who, and on whom.
func (a StreamArrival) about() string {
	return DeadLetter{Event: Event{Seq: a.Seq, Who: a.Who, OnWhom: a.OnWhom}}.about()
}

// place is where the other side has it.
func (a StreamArrival) place() string {
	if a.Verdict == "missing" {
		return "Did not arrive"
	}
	if a.Partition == "" {
		return "Line " + strconv.FormatInt(a.Sequence, 10)
	}
	return "Partition " + a.Partition + ", number " + strconv.FormatInt(a.Sequence, 10)
}

func (a StreamArrival) verdictKind() string {
	switch a.Verdict {
	case "":
		return "good"
	case "doubled", "out of order":
		return "warn"
	}
	return "bad"
}

func (a StreamArrival) verdictWords() string {
	switch a.Verdict {
	case "":
		return "As sent"
	case "doubled":
		return "Twice"
	}
	return capital(a.Verdict)
}
