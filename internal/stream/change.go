package stream

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// maxStreams bounds the streams of an instance, 50: each of them reads the whole log.
//
//limit:people Event streams
const maxStreams = 50

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
	if was.ID != "" {
		add("name", was.Name, is.Name)
	}
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
