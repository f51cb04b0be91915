package store

import (
	"context"
	"time"
)

// Progress is what a stream has done with the rows behind its cursor.
type Progress struct {
	To   int64 // the new cursor
	Sent int   // how many of them were sent
	// Missed are those that retention had removed.
	Missed int64
	// DeadInARow is how many events in a row have been set aside by now.
	DeadInARow int
	Answer     string
	AnswerIn   time.Duration
}

// MoveStream moves the cursor of a running stream; moved is false if it does not run any
// more, was changed since it was sent, or somebody else has moved it from where it was: then the rows are
// sent again, to where they go now. Nothing that waited for a next try
// waits any more if something was sent.
func (tx *Tx) MoveStream(s Stream, p Progress, now time.Time) (moved bool, err error) {
	moved, err = tx.once(`UPDATE streams SET cursor = $1, sent = sent + $2, missed = missed + $3, dead_in_a_row = $4
		WHERE id = $5 AND cursor = $6 AND version = $7 AND state = 'running'`, p.To, p.Sent, p.Missed, p.DeadInARow, s.ID, s.Cursor, s.Version)
	if err != nil || !moved || p.Answer == "" {
		return moved, err
	}
	if p.Sent == 0 {
		return true, tx.exec(`UPDATE streams SET answer = $1, answer_at = $2, answer_ms = $3 WHERE id = $4`, p.Answer, ms(now), p.AnswerIn.Milliseconds(), s.ID)
	}
	if err := tx.exec(`UPDATE streams SET sent_at = $1, answer = $2, answer_at = $1, answer_ms = $3, failures = 0, failing_since = 0, next_at = 0 WHERE id = $4`,
		ms(now), p.Answer, p.AnswerIn.Milliseconds(), s.ID); err != nil {
		return false, err
	}
	for _, unit := range []time.Duration{time.Minute, 24 * time.Hour} {
		if err := tx.exec(`INSERT INTO stream_counts (stream_id, unit, number, sent) VALUES ($1, $2, $3, $4)
			ON CONFLICT (stream_id, unit, number) DO UPDATE SET sent = stream_counts.sent + excluded.sent`,
			s.ID, unit.Milliseconds(), ms(now)/unit.Milliseconds(), p.Sent); err != nil {
			return false, err
		}
	}
	return true, nil
}

// keptCounts is how many minutes and days of a stream are counted.
const keptCounts = 60

// keptFailures is how many failures of a stream are kept, 20.
const keptFailures = 20

// StreamFailed notes a try that failed, how many there were in a row, and when the next is
// due; done is false if the stream does not run any more, or was changed since it was tried.
func (tx *Tx) StreamFailed(s Stream, failureID, answer string, took time.Duration, next, now time.Time) (done bool, err error) {
	done, err = tx.once(`UPDATE streams SET failures = failures + 1, failing_since = CASE failures WHEN 0 THEN $1 ELSE failing_since END,
		next_at = $2, answer = $3, answer_at = $1, answer_ms = $4 WHERE id = $5 AND state = 'running' AND version = $6`, ms(now), ms(next), answer, took.Milliseconds(), s.ID, s.Version)
	if err != nil || !done {
		return done, err
	}
	if err := tx.exec(`INSERT INTO stream_failures (id, stream_id, at, answer) VALUES ($1, $2, $3, $4)`, failureID, s.ID, ms(now), answer); err != nil {
		return false, err
	}
	return true, tx.exec(`DELETE FROM stream_failures WHERE stream_id = $1 AND id NOT IN
		(SELECT f.id FROM stream_failures f WHERE f.stream_id = $1 ORDER BY f.at DESC, f.id DESC LIMIT $2)`, s.ID, keptFailures)
}

// StreamFailure is a try that failed.
type StreamFailure struct {
	At     time.Time
	Answer string
}

// StreamFailures returns the last failures of a stream, the newest first.
func (r Reader) StreamFailures(id string) ([]StreamFailure, error) {
	return list(context.Background(), r.q, func(row scanner) (f StreamFailure, err error) {
		err = row.Scan((*stamp)(&f.At), &f.Answer)
		return f, err
	}, "reading the failures of a stream", `SELECT at, answer FROM stream_failures WHERE stream_id = $1 ORDER BY at DESC, id DESC LIMIT $2`, id, keptFailures)
}

// StreamSent returns how many events a stream has sent in this unit of time (a minute or a
// day): the current one first, then the ones before it.
func (r Reader) StreamSent(id string, unit time.Duration, now time.Time, units int) ([]int64, error) {
	current := ms(now) / unit.Milliseconds()
	type row struct{ number, sent int64 }
	rows, err := list(context.Background(), r.q, func(s scanner) (r row, err error) {
		err = s.Scan(&r.number, &r.sent)
		return r, err
	}, "reading what a stream has sent", `SELECT number, sent FROM stream_counts WHERE stream_id = $1 AND unit = $2 AND number > $3 AND number <= $4`,
		id, unit.Milliseconds(), current-int64(units), current)
	sent := make([]int64, units)
	for _, r := range rows {
		sent[current-r.number] = r.sent
	}
	return sent, err
}

// StreamRates returns how many events each stream has sent in the last minutes, by its id.
func (r Reader) StreamRates(now time.Time, over time.Duration) (map[string]int, error) {
	type row struct {
		id   string
		sent int
	}
	current := ms(now) / time.Minute.Milliseconds()
	rows, err := list(context.Background(), r.q, func(s scanner) (r row, err error) {
		err = s.Scan(&r.id, &r.sent)
		return r, err
	}, "reading what streams have sent", `SELECT c.stream_id, CAST(sum(c.sent) AS BIGINT) FROM streams s JOIN stream_counts c ON c.stream_id = s.id AND c.unit = $1 AND c.number > $2 GROUP BY c.stream_id`,
		time.Minute.Milliseconds(), current-int64(over/time.Minute))
	all := make(map[string]int, len(rows))
	for _, r := range rows {
		all[r.id] = r.sent
	}
	return all, err
}

// DropOldStreamCounts forgets the counts of older minutes and days.
func (tx *Tx) DropOldStreamCounts(now time.Time) error {
	return tx.exec(`DELETE FROM stream_counts WHERE number < $1 / unit - $2`, ms(now), keptCounts)
}
