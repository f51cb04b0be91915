package views

import (
	"context"
	"io"
	"net/url"
	"slices"
	"time"
)

// StreamKinds asks where the events of a new stream are to go, GET /admin/streams/new.
type StreamKinds struct{ Frame }

// StreamForm adds or changes an event stream, GET and POST /admin/streams/new and
// /admin/streams/{id}/edit. Fields: kind name url secret connection partition content events,
// version for one that is there. Secrets are never filled in.
type StreamForm struct {
	Frame
	// ID and Stored are those of the stream that is changed, with its name as it is; empty for
	// a new one.
	ID, Stored string
	// Kind is webhook, file or eventhubs.
	Kind                          string
	Name, URL, Partition, Content string
	// Address is where it goes now, as far as people may see it.
	Address string
	// Groups are the kinds of event to choose from, Chosen the names of those chosen.
	Groups  []EventGroup
	Chosen  []string
	Version int64
	// Stale says that a proof is asked for before the form is taken.
	Stale bool
}

// StreamAsk asks before something is done to an event stream and, in its form, does it: GET and
// POST /admin/streams/{id}/{act}. It has no fields.
type StreamAsk struct {
	Frame
	Stream
	// Act is pause, resume, delete or new-key.
	Act string
	// OldKey says that two keys are in use already.
	OldKey bool
}

// StreamKey shows a new signing key, once.
type StreamKey struct {
	Frame
	Stream
	// Key is the key as the other side needs it.
	Key string
	// OldKeyUntil is until when the key before it signs as well; zero for none.
	OldKeyUntil time.Time
}

// Render draws the page.
func (p StreamKinds) Render(ctx context.Context, w io.Writer) error {
	return p.page("Add stream", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p StreamForm) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// Render draws the page.
func (p StreamAsk) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.words().heading, p.body()).Render(ctx, w)
}

// Render draws the page.
func (p StreamKey) Render(ctx context.Context, w io.Writer) error {
	return p.page("Copy the signing key", p.body()).Render(ctx, w)
}

// streamChoice is a kind of stream, in a sentence.
type streamChoice struct{ kind, words, note string }

func streamChoices() []streamChoice {
	return []streamChoice{
		{"webhook", "Webhook", "Each event is posted to an https address of yours, with a signature that proves where it comes from. For most systems that watch for attacks, and for small scripts."},
		{"file", "File", "Each event becomes a line of JSON in a file in the data folder. For a program on the same machine that collects logs, or as an archive."},
		{"eventhubs", "Azure Event Hubs", "Events are sent to a hub in Azure, in batches. For large amounts, several readers, and reading back later."},
	}
}

func (p StreamForm) heading() string {
	if p.ID != "" {
		return "Edit stream"
	}
	switch p.Kind {
	case "webhook":
		return "Add a webhook"
	case "file":
		return "Add a file"
	}
	return "Add an event hub"
}

func (p StreamForm) action() string {
	if p.ID != "" {
		return StreamsPath + "/" + p.ID + "/edit"
	}
	return StreamsPath + "/new"
}

func (p StreamForm) back() Link {
	if p.ID != "" {
		return Link{StreamsPath + "/" + p.ID, p.Stored}
	}
	return Link{StreamsPath + "/new", "Add stream"}
}

// confirm is where the person proves who they are first.
func (p StreamForm) confirm() string {
	back := p.action()
	if p.ID == "" {
		back += "?kind=" + p.Kind
	}
	return "/confirm?next=" + url.QueryEscape(back)
}

// kept are the words of a hint that an empty field changes nothing.
func (p StreamForm) kept(what string) string {
	if p.ID == "" {
		return ""
	}
	return "Leave it empty to keep " + what + ". "
}

func (p StreamForm) nameHint() string {
	if p.Kind == "file" {
		return "Letters, digits, spaces, dots and dashes. The file is called after it: “archive” is written to streams/archive.jsonl in the data folder."
	}
	return "Letters, digits, spaces, dots and dashes."
}

func (p StreamForm) urlHint() string {
	if p.ID == "" {
		return "It begins with https://. Once it is saved, only its host is shown."
	}
	return p.kept("the one on "+p.Address) + "It begins with https://."
}

func (p StreamForm) secretHint() string {
	if p.ID == "" {
		return "Leave it empty to have one made. A key from the other side begins with whsec_."
	}
	return p.kept("the key") + "A new one begins with whsec_. For 24 hours events are signed with the old key as well."
}

func (p StreamForm) contents() []radio {
	lean := p.Content == "lean"
	return []radio{
		{value: "full", words: "Full", note: "Everything that the audit log holds, with IP address, browser and details. Only full events can refill the log after a backup was restored.", checked: p.Content == "full"},
		{value: "lean", words: "Lean", note: "Who did what to whom and when, without IP address, browser and details. For systems that should know less about people.", checked: lean},
	}
}

func (p StreamForm) ticked(event string) bool { return slices.Contains(p.Chosen, event) }

// tickedIn is how many kinds of event of a group are chosen.
func (p StreamForm) tickedIn(g EventGroup) (n int) {
	for _, e := range g.Events {
		if p.ticked(e.Value) {
			n++
		}
	}
	return n
}

// groupWords is the line that unfolds a group.
func (p StreamForm) groupWords(g EventGroup) string {
	if n := p.tickedIn(g); n > 0 {
		return g.Label + " (" + thousands(n) + " of " + thousands(len(g.Events)) + ")"
	}
	return g.Label
}

// askWords are what a page that asks says.
type askWords struct {
	heading, button string
	effects         []string
	danger          bool
}

func (p StreamAsk) words() askWords {
	switch p.Act {
	case "pause":
		return askWords{"Pause " + p.Stream.Name, "Pause", []string{"Nothing more is sent until somebody resumes the stream.",
			"Until then its events wait in the audit log. Any that the log removes because of their age are never sent."}, false}
	case "resume":
		return askWords{"Resume " + p.Stream.Name, "Resume", []string{p.resumes()}, false}
	case "delete":
		return askWords{"Delete " + p.Stream.Name, "Delete stream", p.deletes(), true}
	}
	return askWords{"Replace the key of " + p.Stream.Name, "Make a new key", p.replaces(), false}
}

func (p StreamAsk) resumes() string {
	if p.Behind == 0 {
		return "No event is waiting. What happens from now on is sent again."
	}
	return oneOr(p.Behind, "1 event is waiting and is sent now.", thousands(p.Behind)+" events are waiting and are sent now, the oldest first.")
}

func (p StreamAsk) deletes() []string {
	all := []string{"Nothing more is sent. The audit log keeps every event, and what was sent stays where it is."}
	if p.Behind > 0 {
		all = append(all, oneOr(p.Behind, "1 event that is waiting is not sent.", thousands(p.Behind)+" events that are waiting are not sent."))
	}
	if p.Dead > 0 {
		all = append(all, oneOr(p.Dead, "The event that was refused cannot be sent again from here.", "The "+thousands(p.Dead)+" events that were refused cannot be sent again from here."))
	}
	return append(all, "This cannot be undone.")
}

func (p StreamAsk) replaces() []string {
	all := []string{"A new key is made and shown to you once. For 24 hours events are signed with both, so that the other side can change over."}
	if p.OldKey {
		all = append(all, "Two keys are in use already. The older of them stops working at once.")
	}
	return all
}
