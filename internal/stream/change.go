package stream

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/eventhubs"
	"latchkey/internal/stream/webhook"
)

// maxStreams bounds the streams of an instance, 50: each of them reads the whole log.
//
//limit:people Event streams
const maxStreams = 50

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

// names are what a stream may be called: the file of one has its name.
var names = regexp.MustCompile(`^[\pL\pN][\pL\pN ._-]{0,59}$`)

// check returns the mistakes of a wish, all at once; fresh says that the stream is new.
func (w *Wish) check(fresh bool) error {
	var mistakes []error
	add := func(field, message string) { mistakes = append(mistakes, problem.Field(field, message)) }
	w.Name = strings.Join(strings.Fields(w.Name), " ")
	switch {
	case w.Name == "":
		add("name", "Enter a name")
	case !names.MatchString(w.Name):
		add("name", "The name can have up to 60 letters, digits, spaces, dots and dashes, and begins with a letter or a digit")
	}
	switch w.Kind {
	case File:
	case Webhook:
		if w.URL = strings.TrimSpace(w.URL); w.URL != "" || fresh {
			if err := webhook.Check(w.URL); err != nil {
				add("url", err.Error())
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

// Add adds a stream that sends what happens from now on. key is the signing key as the receiver
// needs it, which is never shown again; "" for kinds without one.
func Add(i *instance.Instance, tx *store.Tx, by audit.Entry, w Wish) (id, key string, err error) {
	if err := w.check(true); err != nil {
		return "", "", err
	}
	all, err := tx.Streams()
	if err != nil {
		return "", "", err
	}
	if len(all) >= maxStreams {
		return "", "", problem.Field("name", fmt.Sprintf("There are %d streams already. Delete one first", maxStreams))
	}
	s := store.Stream{ID: secret.ID(), Kind: w.Kind, Name: w.Name, Partition: w.Partition, Lean: w.Lean, Events: strings.Join(w.Events, " "), Created: by.At}
	t := target{}
	w.apply(&s, &t, by.At)
	if s.Sealed, err = seal(i, s.ID, t); err != nil {
		return "", "", err
	}
	added, err := tx.AddStream(s)
	if err != nil {
		return "", "", err
	}
	if !added {
		return "", "", problem.Field("name", "There is a stream of this name already")
	}
	by.Event, by.Result, by.Details = audit.StreamAdded, audit.ResultOK, append([]audit.Detail{{Name: "stream", After: s.Name}}, described(store.Stream{}, s)...)
	return s.ID, t.Key, tx.Audit(by)
}

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

// Edit changes a stream; its kind stays. key is a signing key that was made now, or "".
func Edit(i *instance.Instance, tx *store.Tx, by audit.Entry, id string, w Wish) (key string, err error) {
	was, err := tx.Stream(id)
	if err != nil {
		return "", err
	}
	w.Kind = was.Kind
	if err := w.check(false); err != nil {
		return "", err
	}
	if was.Kind == File && w.Name != was.Name {
		return "", problem.Field("name", "The file has this name, so it stays. Add another stream for another file")
	}
	t, err := targetOf(i, was)
	if err != nil {
		return "", err
	}
	s, before := was, t.Key
	s.Name, s.Partition, s.Lean, s.Events, s.Version = w.Name, w.Partition, w.Lean, strings.Join(w.Events, " "), w.Version
	w.apply(&s, &t, by.At)
	if s.Sealed, err = seal(i, s.ID, t); err != nil {
		return "", err
	}
	done, err := tx.EditStream(s, by.At)
	if err != nil {
		return "", err
	}
	if !done {
		return "", refusedEdit(tx, s)
	}
	by.Event, by.Result, by.Details = audit.StreamChanged, audit.ResultOK, append([]audit.Detail{{Name: "stream", After: s.Name}}, described(was, s)...)
	if w.URL != "" && s.Address == was.Address {
		by.Details = append(by.Details, audit.Detail{Name: "URL", After: "on the same host"})
	}
	if t.Key != before {
		key = t.Key
	}
	i.StreamsDue.Send()
	return key, tx.Audit(by)
}

// refusedEdit says why a stream was not changed.
func refusedEdit(tx *store.Tx, s store.Stream) error {
	if other, ok, err := tx.StreamByName(s.Name); err != nil || ok && other.ID != s.ID {
		return cmp.Or[error](err, problem.Field("name", "There is a stream of this name already"))
	}
	return problem.New(problem.Conflict, "Somebody else changed this stream meanwhile. Look at it again.")
}

// described is what differs between two states of a stream, without secrets.
func described(was, is store.Stream) (all []audit.Detail) {
	add := func(name, before, after string) {
		if before != after {
			all = append(all, audit.Detail{Name: name, Before: before, After: after})
		}
	}
	add("name", was.Name, is.Name)
	add("kind", was.Kind, is.Kind)
	add("address", was.Address, is.Address)
	add("key", was.KeyMark, is.KeyMark)
	add("partition", was.Partition, is.Partition)
	add("content", contentWords(was), contentWords(is))
	add("events", was.Events, is.Events)
	return all
}

func contentWords(s store.Stream) string {
	switch {
	case s.ID == "":
		return ""
	case s.Lean:
		return "lean"
	}
	return "full"
}

// Pause stops a stream until it is resumed; done is false if it does not run.
func Pause(tx *store.Tx, by audit.Entry, id, name string) (done bool, err error) {
	return setState(tx, by, id, store.StreamPaused, name, audit.StreamPaused)
}

// Resume lets a stream run again, at once.
func Resume(i *instance.Instance, tx *store.Tx, by audit.Entry, id, name string) (done bool, err error) {
	defer i.StreamsDue.Send()
	return setState(tx, by, id, store.StreamRunning, name, audit.StreamResumed)
}

func setState(tx *store.Tx, by audit.Entry, id string, state store.StreamState, name string, event audit.Event) (done bool, err error) {
	s, err := tx.Stream(id)
	if err != nil {
		return false, err
	}
	if done, err = tx.SetStreamState(id, state, name, by.At); err != nil || !done {
		return done, err
	}
	by.Event, by.Result, by.Details = event, audit.ResultOK, []audit.Detail{{Name: "stream", After: s.Name}}
	return true, tx.Audit(by)
}

// Delete removes a stream. What it has sent stays where it is.
func Delete(i *instance.Instance, tx *store.Tx, by audit.Entry, id string) error {
	s, err := tx.Stream(id)
	if err != nil {
		return err
	}
	if done, err := tx.DropStream(id); err != nil || !done {
		return err
	}
	by.Event, by.Result = audit.StreamDeleted, audit.ResultOK
	by.Details = []audit.Detail{{Name: "stream", After: s.Name}, {Name: "sent", After: strconv.FormatInt(s.Sent, 10)}}
	i.StreamsDue.Send()
	return tx.Audit(by)
}
