// Package stream sends the audit log to other systems, row by row.
//
// The log is the outbox: a stream is a cursor in it, and nothing is added to a request. A
// running stream reads the next rows behind its cursor, deals them out to the lanes of its
// destination by user, sends the lanes side by side and moves the cursor with one conditional
// statement. So each event arrives at least once, those about one user in their order, and what a
// kill leaves behind is sent again under the same ids (ST-01).
package stream

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubs"
	"latchkey/internal/stream/file"
	"latchkey/internal/stream/guard"
	"latchkey/internal/stream/webhook"
)

// The kinds of streams.
const (
	Webhook   = "webhook"
	File      = "file"
	EventHubs = "eventhubs"
)

// oldKeyFor is how long a signing key is used beside the one that replaced it, 24 hours.
const oldKeyFor = 24 * time.Hour

// target is what is sealed of a stream: where it goes, and with which secrets.
type target struct {
	URL        string `json:"url,omitempty"`
	Key        string `json:"key,omitempty"`
	OldKey     string `json:"old_key,omitempty"`
	Connection string `json:"connection,omitempty"`
}

// seal seals a target for the row of its stream (ST-03).
func seal(i *instance.Instance, id string, t target) (string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("writing the target of a stream: %w", err)
	}
	return i.Seal(secret.PurposeStream, text, id), nil
}

// targetOf opens what seal sealed.
func targetOf(i *instance.Instance, s store.Stream) (t target, err error) {
	text, err := i.Open(secret.PurposeStream, s.Sealed, s.ID)
	if err != nil {
		return t, errors.New("the stored address and keys cannot be opened")
	}
	return t, json.Unmarshal(text, &t)
}

// Open returns where a stream's events go. It may not dial anybody yet. Close it.
func Open(i *instance.Instance, s store.Stream) (delivery.Destination, error) {
	t, err := targetOf(i, s)
	if err != nil {
		return nil, err
	}
	dialer := guard.Dialer{Allowed: i.StreamNetworks}
	switch s.Kind {
	case File:
		return file.New(pathOf(i, s)), nil
	case Webhook:
		keys, err := t.keys(s, i.Now())
		if err != nil {
			return nil, err
		}
		return webhook.New(webhook.Config{URL: t.URL, Keys: keys, Dial: dialer.DialContext, Now: i.Now}), nil
	case EventHubs:
		return eventhubs.NewDestination(eventhubs.Options{Connection: t.Connection, Partition: s.Partition, Dial: dialer.DialContext})
	}
	return nil, unknownKind(s)
}

// unknownKind is the error of a stream that another version added.
func unknownKind(s store.Stream) error {
	return fmt.Errorf("this version does not know streams of the kind %s", s.Kind)
}

// OpenSource returns where a stream's events can be read back; delivery.ErrNotReadable if
// nowhere. Close it.
func OpenSource(i *instance.Instance, s store.Stream) (delivery.Source, error) {
	switch s.Kind {
	case File:
		return file.NewSource(pathOf(i, s)), nil
	case Webhook:
		return nil, delivery.ErrNotReadable
	case EventHubs:
	default:
		return nil, unknownKind(s)
	}
	t, err := targetOf(i, s)
	if err != nil {
		return nil, err
	}
	dialer := guard.Dialer{Allowed: i.StreamNetworks}
	return eventhubs.NewSource(eventhubs.Options{Connection: t.Connection, Dial: dialer.DialContext})
}

// pathOf is the file of a stream.
func pathOf(i *instance.Instance, s store.Stream) string {
	return file.Path(i.Folder, s.Name)
}

// keys are those that sign now.
func (t target) keys(s store.Stream, now time.Time) (all []webhook.Key, err error) {
	texts := []string{t.Key}
	if t.OldKey != "" && now.Before(s.OldKeyUntil) {
		texts = append(texts, t.OldKey)
	}
	for _, text := range texts {
		k, err := webhook.ParseKey(text)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

// wants reports whether a stream sends this event.
func wants(s store.Stream, e audit.Event) bool {
	return s.Events == "" || strings.Contains(" "+s.Events+" ", " "+string(e)+" ")
}

// laneOf is the lane of a key, the same at all times.
func laneOf(key string, lanes int) int {
	sum := sha256.Sum256([]byte(key))
	return int(uint(sum[0])<<16|uint(sum[1])<<8|uint(sum[2])) % lanes
}
