package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/event"
)

const (
	// maxExamples is how many events with a finding are kept, and maxLast how many of the last.
	maxExamples = 50
	maxLast     = 50
	// cachedRows bounds the rows of the audit log that are kept while comparing.
	cachedRows = 20_000
)

// check compares as events arrive.
type check struct {
	instance *instance.Instance
	stream   store.Stream
	rows     map[int64]store.Written // of the audit log
	removed  store.Removed
	head     int64

	Findings
	whole bool             // everything that was ever sent is looked at
	since time.Time        // when what is looked at happened, zero if that was not asked
	first map[string]int64 // the first row in each partition
	seen  map[int64]bool
	last  map[string]int64 // of each user
	most  int64
}

// Check reads back what arrived and compares it with the audit log. At most so many events are
// looked at; 0 for all. progress, if not nil, is called now and then with how many were. What the
// other side does not have any more is neither missing nor found.
func Check(ctx context.Context, i *instance.Instance, s store.Stream, q delivery.Query, most int64, progress func(int64)) (Findings, error) {
	source, err := OpenSource(i, s)
	if err != nil {
		return Findings{}, err
	}
	defer source.Close()
	c := check{
		instance: i, stream: s, rows: map[int64]store.Written{}, Findings: Findings{Counts: map[Verdict]int64{}},
		whole: q.From.Origin == delivery.Earliest && q.Partition == "", first: map[string]int64{}, seen: map[int64]bool{}, last: map[string]int64{}, most: most,
	}
	if q.From.Origin == delivery.Time && s.Kind != File { // what is gone from a file may be in another: they are rotated
		c.since = q.From.Time
	}
	if c.removed, err = i.DB.AuditRemoved(); err != nil {
		return Findings{}, err
	}
	if c.head, _, err = i.DB.AuditHead(); err != nil {
		return Findings{}, err
	}
	err = source.Read(ctx, q, c.began, func(r delivery.Received) error {
		if progress != nil {
			progress(c.Arrived)
		}
		return c.received(r)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return Findings{}, err
	}
	c.CutOff = errors.Is(err, errEnough)
	if q.Partition == "" {
		err = c.missing(ctx)
	} else {
		err = nil // what should be in one partition alone, nobody knows
	}
	return c.Findings, err
}

// errEnough ends reading.
var errEnough = errors.New("enough")

func (c *check) began(b delivery.Began) error {
	// A hub counts from 0, so one that begins elsewhere has removed events because of their age.
	later := b.Later || c.whole && c.stream.Kind == EventHubs && b.Sequence > 0
	c.LaterThanAsked = c.LaterThanAsked || later
	c.whole = c.whole && !later
	return nil
}

func (c *check) received(r delivery.Received) error {
	if c.most > 0 && c.Arrived >= c.most {
		return errEnough
	}
	e, ok := event.Own(c.instance.ID(), r.Body)
	if !ok {
		c.Foreign++
		return nil
	}
	c.Arrived++
	v, err := c.verdict(e, r.Body)
	if err != nil {
		return err
	}
	// What was altered may have any number, and would have those that are missing begin late.
	if _, ok := c.first[r.Partition]; !ok && v != Altered && v != Unknown {
		c.first[r.Partition] = e.Data.Seq
	}
	a := Arrival{r, e, v}
	c.find(a)
	if c.Last = append(c.Last, a); len(c.Last) >= 2*maxLast {
		c.keepNewest()
	}
	return nil
}

// find counts what is wrong with an event.
func (c *check) find(a Arrival) {
	if a.Verdict == Fine {
		return
	}
	if c.Counts[a.Verdict]++; len(c.Examples) < maxExamples {
		c.Examples = append(c.Examples, a)
	}
}

// verdict compares one event with the log and with what arrived before.
func (c *check) verdict(e event.Event, body []byte) (Verdict, error) {
	same, known, err := c.compare(e)
	// A field twice, in capitals or besides: others may read another one of them than we do.
	if plain, encodeErr := json.Marshal(e); encodeErr != nil || !bytes.Equal(plain, body) {
		same = false
	}
	switch {
	case err != nil:
		return Fine, err
	case !known:
		return Unknown, nil
	case !same:
		return Altered, nil
	}
	key, seq := e.Key(), e.Data.Seq
	switch {
	case c.seen[seq]:
		return Doubled, nil
	case seq < c.last[key]:
		c.seen[seq] = true
		return Disordered, nil
	}
	c.seen[seq], c.last[key] = true, seq
	return Fine, nil
}

// compare says whether an event is what the audit log has. One that retention has removed from
// the log is held against its own MAC.
func (c *check) compare(e event.Event) (same, known bool, err error) {
	seq, lean := e.Data.Seq, e.Data.IP == nil
	if seq <= 0 {
		return false, false, nil // there never was such a row
	}
	if seq <= c.removed.LastSeq {
		w, err := e.Row()
		if errors.Is(err, event.ErrLean) {
			return true, true, nil // nobody can tell any more
		}
		return err == nil && e.Data.ID == event.ID(c.instance.ID(), &w) && w.Follows(c.instance.Ring.Checker(secret.PurposeAudit), w.Previous, w.Text), true, nil
	}
	w, ok, err := c.row(seq)
	if err != nil || !ok {
		return false, seq <= c.head, err
	}
	return reflect.DeepEqual(e, event.Of(c.instance.ID(), &w, lean)), true, nil
}

// row returns a row of the audit log, which is read with those behind it.
func (c *check) row(seq int64) (store.Written, bool, error) {
	if w, ok := c.rows[seq]; ok {
		return w, true, nil
	}
	found, _, err := c.instance.DB.Outbox(context.Background(), seq-1, windowRows)
	if err != nil {
		return store.Written{}, false, err
	}
	if len(c.rows) > cachedRows {
		clear(c.rows)
	}
	for _, w := range found {
		c.rows[w.Seq] = w
	}
	w, ok := c.rows[seq]
	return w, ok, nil
}

// Since is the position of so long ago.
func Since(now time.Time, ago time.Duration) delivery.Position {
	return delivery.Position{Origin: delivery.Time, Time: now.Add(-ago)}
}
