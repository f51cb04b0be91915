// Package event is what a row of the audit log looks like in a stream, on its way there and back.
package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
)

// Event is one row of the audit log as a stream carries it.
type Event struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      Data   `json:"data"`
}

// Data is the row. Where it went without address, browser and details, these are nil.
type Data struct {
	ID        string          `json:"id"`
	Seq       int64           `json:"seq"`
	At        string          `json:"at"`
	Event     string          `json:"event"`
	Result    string          `json:"result"`
	Actor     Person          `json:"actor"`
	Subject   Person          `json:"subject"`
	IP        *string         `json:"ip,omitempty"`
	UserAgent *string         `json:"user_agent,omitempty"`
	RequestID string          `json:"request_id"`
	Details   json.RawMessage `json:"details,omitempty"`
	MAC       string          `json:"mac"`
	Previous  string          `json:"previous"` // the MAC of the row before it
}

// Person is somebody in an event; both are "" where there is nobody.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// atFormat has the milliseconds, which the chain covers.
const atFormat = "2006-01-02T15:04:05.000Z07:00"

// testType is the type of a test event.
const testType = "stream.test"

// ID names a row in all of its deliveries. The number alone would come a second time after an older
// backup was put back.
func ID(instance string, w *store.Written) string {
	return fmt.Sprintf("%s-%d-%s", instance, w.Seq, secret.HashToken(w.MAC)[:10])
}

// Of returns a row as it is sent.
func Of(instance string, w *store.Written, lean bool) Event {
	at := w.At.UTC().Format(atFormat)
	e := Event{Type: string(w.Event), Timestamp: at, Data: Data{
		ID: ID(instance, w), Seq: w.Seq, At: at, Event: string(w.Event), Result: string(w.Result),
		Actor: Person{w.ActorID, w.ActorName}, Subject: Person{w.SubjectID, w.SubjectName},
		RequestID: w.RequestID, MAC: w.MAC, Previous: w.Previous,
	}}
	if !lean {
		e.Data.IP, e.Data.UserAgent, e.Data.Details = &w.IP, &w.UserAgent, json.RawMessage(w.Text)
	}
	return e
}

// Test returns a test event, which is no row of the audit log.
func Test(instance string, now time.Time) Event {
	at := now.UTC().Format(atFormat)
	return Event{Type: testType, Timestamp: at, Data: Data{ID: instance + "-test-" + secret.ID(), At: at, Event: testType, Result: string(audit.ResultOK)}}
}

// Key is the user whose events are in order: whom it is about, or who did it.
func (e Event) Key() string {
	if e.Data.Subject.ID == "" {
		return e.Data.Actor.ID
	}
	return e.Data.Subject.ID
}

// Message returns the event ready to be sent; at is when it happened. It is refused if somebody has
// damaged its details: the other side could not read it.
func (e Event) Message(at time.Time) (delivery.Message, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return delivery.Message{}, &delivery.Refused{Err: fmt.Errorf("writing event %d: %w", e.Data.Seq, err)}
	}
	return delivery.Message{ID: e.Data.ID, Seq: e.Data.Seq, Type: e.Type, At: at, Key: e.Key(), Body: body}, nil
}

// Own reads back what an instance has sent of its log; ok is false for a test event, and for
// what anybody else has put there.
func Own(instance string, body []byte) (e Event, ok bool) {
	err := json.Unmarshal(body, &e)
	return e, err == nil && e.Type != testType && strings.HasPrefix(e.Data.ID, instance+"-")
}

// ErrLean says that an event went without what the chain covers.
var ErrLean = errors.New("the event went without address, browser and details, so its place in the chain cannot be checked")

// Row is the row that an event was made of.
func (e Event) Row() (w store.Written, err error) {
	d := e.Data
	if d.IP == nil || d.UserAgent == nil || d.Details == nil {
		return w, ErrLean
	}
	at, err := time.Parse(atFormat, d.At)
	if err != nil {
		return w, fmt.Errorf("reading the time of event %d: %w", d.Seq, err)
	}
	w.Entry = audit.Entry{
		Seq: d.Seq, At: at, Event: audit.Event(d.Event), Result: audit.Result(d.Result), ActorID: d.Actor.ID, ActorName: d.Actor.Name,
		SubjectID: d.Subject.ID, SubjectName: d.Subject.Name, IP: *d.IP, UserAgent: *d.UserAgent, RequestID: d.RequestID, MAC: d.MAC,
	}
	w.Text, w.Previous = string(d.Details), d.Previous
	return w, nil
}
