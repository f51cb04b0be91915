package store

import (
	"context"
	"fmt"
	"time"
)

// StreamState says whether a stream sends.
type StreamState string

// The states. What is paused or failed keeps its cursor.
const (
	StreamRunning StreamState = "running"
	StreamPaused  StreamState = "paused" // by an administrator, or because the other side said so
	StreamFailed  StreamState = "failed" // given up after many failures, until an administrator resumes it
)

// Stream is a place that the audit log is sent to, row by row.
type Stream struct {
	ID, Kind, Name string
	// Address says to people where it goes: a host, a hub or a file. Never a secret.
	Address string
	// Sealed holds URL, keys or connection string.
	Sealed string
	// Partition is the one of Event Hubs that all goes to; "" chooses by user.
	Partition string
	// Lean leaves out address, browser and details.
	Lean bool
	// Events are the names to send, with spaces between; "" for all.
	Events string
	State  StreamState
	// StateBy is who paused it, by name; "" for nobody. StateAt is since when it is in its state.
	StateBy string
	StateAt time.Time
	// KeyMark is a fingerprint of the key, KeyAt since when it is used; the key before it is used
	// as well until OldKeyUntil.
	KeyMark            string
	KeyAt, OldKeyUntil time.Time
	// Every row of the audit log up to Cursor was sent, left out, missed or set aside; those up
	// to Begins are from before the stream.
	Begins, Cursor int64
	// Failures are those in a row, since FailingSince; the next try is at Next.
	Failures           int
	FailingSince, Next time.Time
	// DeadInARow is how many events in a row were set aside.
	DeadInARow int
	// Answer is the last one of the other side, AnswerIn how long it took.
	Answer   string
	Answered time.Time
	AnswerIn time.Duration
	Sent     int64
	SentAt   time.Time
	// Missed are rows that retention removed before their turn.
	Missed           int64
	Version          int64
	Created, Changed time.Time
}

const streamColumns = `id, kind, name, address, sealed, partition, content, events, state, state_by, state_at, key_mark, key_at, old_key_until,
	begins, cursor, failures, failing_since, next_at, dead_in_a_row, answer, answer_at, answer_ms, sent, sent_at, missed, version, created_at, changed_at`

func scanStream(row scanner) (s Stream, err error) {
	var content string
	var took int64
	err = row.Scan(&s.ID, &s.Kind, &s.Name, &s.Address, &s.Sealed, &s.Partition, &content, &s.Events, &s.State, &s.StateBy, (*stamp)(&s.StateAt),
		&s.KeyMark, (*stamp)(&s.KeyAt), (*stamp)(&s.OldKeyUntil), &s.Begins, &s.Cursor, &s.Failures, (*stamp)(&s.FailingSince), (*stamp)(&s.Next),
		&s.DeadInARow, &s.Answer, (*stamp)(&s.Answered), &took, &s.Sent, (*stamp)(&s.SentAt), &s.Missed, &s.Version, (*stamp)(&s.Created), (*stamp)(&s.Changed))
	s.Lean, s.AnswerIn = content == "lean", time.Duration(took)*time.Millisecond
	return s, err
}

// content is how the column says what Lean says.
func (s Stream) content() string {
	if s.Lean {
		return "lean"
	}
	return "full"
}

// Streams returns all streams, those in trouble first and then by name.
func (r Reader) Streams() ([]Stream, error) {
	return list(context.Background(), r.q, scanStream, "reading streams", `SELECT `+streamColumns+` FROM streams
		ORDER BY CASE state WHEN 'failed' THEN 1 ELSE CASE WHEN failures > 0 THEN 2 ELSE 3 END END, name`)
}

// Stream returns the stream with this id, or a problem.NotFound.
func (r Reader) Stream(id string) (Stream, error) {
	s, err := scanStream(r.q.queryRow(`SELECT `+streamColumns+` FROM streams WHERE id = $1`, id))
	return s, notFound(err, "stream")
}

// StreamByName returns the stream of this name; ok is false if there is none.
func (r Reader) StreamByName(name string) (s Stream, ok bool, err error) {
	return one(r.q.queryRow(`SELECT `+streamColumns+` FROM streams WHERE name = $1`, name), scanStream, "reading a stream")
}

// FailedStreams returns the names and ids of the streams that were given up.
func (r Reader) FailedStreams() ([]Stream, error) {
	return list(context.Background(), r.q, scanStream, "reading streams", `SELECT `+streamColumns+` FROM streams WHERE state = 'failed' ORDER BY name`)
}

// AddStream stores a stream that begins behind the newest row of the audit log; added is
// false if there is one of that name. It is running.
func (tx *Tx) AddStream(s Stream) (added bool, err error) {
	return tx.once(`INSERT INTO streams (id, kind, name, address, sealed, partition, content, events, state, state_at, key_mark, key_at, begins, cursor, created_at, changed_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, $10, $11, coalesce(max(seq), 0), coalesce(max(seq), 0), $9, $9 FROM audit_log
		WHERE TRUE ON CONFLICT DO NOTHING`,
		s.ID, s.Kind, s.Name, s.Address, s.Sealed, s.Partition, s.content(), s.Events, ms(s.Created), s.KeyMark, ms(s.KeyAt))
}

// EditStream stores what an administrator changed in a stream; done is false if it has
// another version than s.Version by now, or another stream has that name. It is tried again at
// once. With other events, or elsewhere, it begins anew: nothing from before is to be found
// there.
func (tx *Tx) EditStream(s Stream, now time.Time) (done bool, err error) {
	return tx.once(`UPDATE streams SET name = $1, address = $2, sealed = $3, partition = $4, content = $5, events = $6, key_mark = $7, key_at = $8,
			old_key_until = $9, changed_at = $10, version = version + 1, next_at = 0,
			begins = CASE WHEN events = $6 AND address = $2 AND partition = $4 THEN begins ELSE cursor END
		WHERE id = $11 AND version = $12 AND NOT EXISTS (SELECT 1 FROM streams o WHERE o.name = $1 AND o.id <> $11)`,
		s.Name, s.Address, s.Sealed, s.Partition, s.content(), s.Events, s.KeyMark, ms(s.KeyAt), ms(s.OldKeyUntil), ms(now), s.ID, s.Version)
}

// SetStreamState pauses a stream, gives it up or lets it run, with its failures forgotten if it
// runs again; done is false if it is in that state already. by is the name of an administrator,
// "" for nobody.
func (tx *Tx) SetStreamState(id string, state StreamState, by string, now time.Time) (done bool, err error) {
	if state == StreamRunning {
		return tx.once(`UPDATE streams SET state = 'running', state_by = $1, state_at = $2, changed_at = $2, version = version + 1,
			failures = 0, failing_since = 0, next_at = 0, dead_in_a_row = 0 WHERE id = $3 AND state <> 'running'`, by, ms(now), id)
	}
	return tx.once(`UPDATE streams SET state = $1, state_by = $2, state_at = $3, changed_at = $3, version = version + 1 WHERE id = $4 AND state <> $1`,
		state, by, ms(now), id)
}

// DropStream removes a stream with all that is kept of it.
func (tx *Tx) DropStream(id string) (done bool, err error) {
	return tx.once(`DELETE FROM streams WHERE id = $1`, id)
}

// FullStreams returns the names of the streams from which the audit log can be refilled.
func (r Reader) FullStreams() ([]string, error) {
	rows, err := r.q.query(context.Background(), `SELECT name FROM streams WHERE content = 'full' AND events = '' AND kind <> 'webhook' ORDER BY name`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading event streams: %w", err))
	}
	return collect(rows, single[string])
}
