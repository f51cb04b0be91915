package store

import (
	"context"
	"time"

	"latchkey/internal/audit"
)

// DeadLetter is an event that the other side will not take.
type DeadLetter struct {
	Entry  audit.Entry // only Seq if retention has removed it
	Answer string
	At     time.Time
}

// maxDeadLetters bounds the dead letters of a stream that are kept, 1,000: the oldest are
// forgotten. All that is lost is that they can be sent again at a click.
//
//limit:people Refused events of a stream that are kept to be sent again
const maxDeadLetters = 1000

// AddDeadLetter sets an event aside.
func (tx *Tx) AddDeadLetter(streamID string, seq int64, answer string, now time.Time) error {
	if err := tx.exec(`INSERT INTO dead_letters (stream_id, seq, answer, dead_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (stream_id, seq) DO UPDATE SET answer = excluded.answer, dead_at = excluded.dead_at`, streamID, seq, answer, ms(now)); err != nil {
		return err
	}
	return tx.exec(`DELETE FROM dead_letters WHERE stream_id = $1 AND seq <= (SELECT d.seq FROM dead_letters d WHERE d.stream_id = $1
		ORDER BY d.seq DESC LIMIT 1 OFFSET $2)`, streamID, maxDeadLetters)
}

// DropDeadLetter forgets an event that was set aside; done is true for exactly one caller.
func (tx *Tx) DropDeadLetter(streamID string, seq int64) (done bool, err error) {
	return tx.once(`DELETE FROM dead_letters WHERE stream_id = $1 AND seq = $2`, streamID, seq)
}

// DeadLetterNumbers returns the numbers of all events that a stream has set aside.
func (r Reader) DeadLetterNumbers(streamID string) (map[int64]bool, error) {
	numbers, err := r.numbers(context.Background(), `SELECT seq FROM dead_letters WHERE stream_id = $1`, streamID)
	all := make(map[int64]bool, len(numbers))
	for _, n := range numbers {
		all[n] = true
	}
	return all, err
}

// RefuseAgain notes that an event was refused once more, if it is still set aside.
func (tx *Tx) RefuseAgain(streamID string, seq int64, answer string, now time.Time) error {
	return tx.exec(`UPDATE dead_letters SET answer = $1, dead_at = $2 WHERE stream_id = $3 AND seq = $4`, answer, ms(now), streamID, seq)
}

// CountDeadLetters returns how many events each stream has set aside, by its id.
func (r Reader) CountDeadLetters() (map[string]int, error) {
	type row struct {
		id string
		n  int
	}
	rows, err := list(context.Background(), r.q, func(s scanner) (r row, err error) {
		err = s.Scan(&r.id, &r.n)
		return r, err
	}, "counting what streams have set aside", `SELECT stream_id, count(*) FROM dead_letters GROUP BY stream_id`)
	all := make(map[string]int, len(rows))
	for _, r := range rows {
		all[r.id] = r.n
	}
	return all, err
}

// DeadLetters returns events that a stream has set aside, the newest first, with a smaller
// number than before (0 for the newest of all).
func (r Reader) DeadLetters(streamID string, before int64, limit int) ([]DeadLetter, error) {
	type row struct {
		seq    int64
		answer string
		at     time.Time
	}
	rows, err := list(context.Background(), r.q, func(s scanner) (d row, err error) {
		err = s.Scan(&d.seq, &d.answer, (*stamp)(&d.at))
		return d, err
	}, "reading what a stream has set aside", `SELECT seq, answer, dead_at FROM dead_letters WHERE stream_id = $1 AND (CAST($2 AS BIGINT) = 0 OR seq < $2)
		ORDER BY seq DESC LIMIT $3`, streamID, before, limit)
	if err != nil {
		return nil, err
	}
	all := make([]DeadLetter, len(rows))
	for i, d := range rows {
		e, _, ok, err := r.AuditEntry(d.seq)
		if err != nil {
			return nil, err
		}
		if !ok {
			e.Seq = d.seq
		}
		all[i] = DeadLetter{Entry: e, Answer: d.answer, At: d.at}
	}
	return all, nil
}
