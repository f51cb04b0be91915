package stream

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/eventhubs"
	"latchkey/internal/stream/webhook"
	"latchkey/internal/user"
)

// Wish is what an administrator wants of a stream. Empty secrets keep those that the stream
// has.
type Wish struct {
	Kind, Name string
	// URL and Secret are for webhooks. With an empty Secret a new stream gets a key of its own;
	// NewKey replaces the key of one that is there.
	URL, Secret string
	NewKey      bool
	// Connection and Partition are for Event Hubs.
	Connection, Partition string
	Lean                  bool
	Events                []string // names; none for all
	Version               int64    // that the person saw; of one that is there
}

// maxName bounds the name of a stream, in code points.
const maxName = 60

// isName reports whether a stream may be called this: the file of one has its name. No regular expression
// stands here, because compiling the classes of letters took a third of the start-up time.
func isName(name string) bool {
	for i, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && (i == 0 || !strings.ContainsRune(" ._-", r)) {
			return false
		}
	}
	return name != ""
}

// check returns the mistakes of a wish, all at once; fresh says that the stream is new.
func (w *Wish) check(fresh bool) error {
	var mistakes []error
	add := func(field, message string) { mistakes = append(mistakes, problem.Field(field, message)) }
	name, err := user.CleanText("name", "Name", maxName, w.Name)
	w.Name = strings.Join(strings.Fields(name), " ")
	switch {
	case err != nil:
		mistakes = append(mistakes, err)
	case w.Name == "":
		add("name", "Enter a name")
	case !isName(w.Name):
		add("name", "The name can have up to 60 letters, digits, spaces, dots and dashes, and begins with a letter or a digit")
	}
	switch w.Kind {
	case File:
	case Webhook:
		if w.URL = strings.TrimSpace(w.URL); w.URL != "" || fresh {
			if err := webhook.Check(w.URL); err != nil {
				add("url", capital(err.Error()))
			}
		}
		if w.Secret != "" {
			if _, err := webhook.ParseKey(w.Secret); err != nil {
				add("secret", capital(err.Error()))
			}
		}
	case EventHubs:
		w.checkHub(fresh, add)
	default:
		add("kind", "Choose where the events go")
	}
	for _, e := range w.Events {
		if !slices.Contains(audit.Events(), audit.Event(e)) {
			add("events", fmt.Sprintf("There is no event called %q", audit.CleanText(e, 60)))
			break
		}
	}
	return errors.Join(mistakes...)
}

func (w *Wish) checkHub(fresh bool, add func(field, message string)) {
	if w.Connection = strings.TrimSpace(w.Connection); w.Connection != "" || fresh {
		if _, err := eventhubs.Parse(w.Connection); err != nil {
			add("connection", capital(err.Error()))
		}
	}
	w.Partition = strings.TrimSpace(w.Partition)
	if err := eventhubs.CheckPartition(w.Partition); err != nil {
		add("partition", capital(err.Error()))
	}
}

// capital is a message with a capital letter.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// apply puts the target that is wished for into a stream. It reports whether that changed a
// secret.
func (w *Wish) apply(s *store.Stream, t *target, now time.Time) {
	switch s.Kind {
	case File:
		s.Address = s.Name + ".jsonl"
	case EventHubs:
		t.Connection = cmp.Or(w.Connection, t.Connection)
		if to, err := eventhubs.Parse(t.Connection); err == nil { // checked before
			s.Address = to.String()
		}
		if w.Connection != "" {
			s.KeyMark, s.KeyAt = mark(t.Connection), now
		}
	case Webhook:
		t.URL = cmp.Or(w.URL, t.URL)
		s.Address = webhook.Address(t.URL)
		if w.Secret == "" && t.Key != "" && !w.NewKey {
			return
		}
		key := webhook.NewKey()
		if w.Secret != "" {
			key, _ = webhook.ParseKey(w.Secret) // checked before
		}
		if t.Key != "" && t.Key != key.Text() {
			t.OldKey, s.OldKeyUntil = t.Key, now.Add(oldKeyFor)
		}
		t.Key, s.KeyMark, s.KeyAt = key.Text(), key.Mark(), now
	}
}

// mark is a short fingerprint of a connection string, to tell an old key from a new one.
func mark(connection string) string { return secret.HashToken("stream mark " + connection)[:4] }
