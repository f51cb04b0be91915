package stream

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"latchkey/internal/stream/event"
)

// skewed is how far the clock of the other side may be off, 2 minutes: an event that happened
// less than that after the time asked for may have arrived before it there.
const skewed = 2 * time.Minute

// missing finds the rows that should have arrived and did not.
func (c *check) missing(ctx context.Context) error {
	c.keepNewest()
	begin, err := c.begin()
	if err != nil {
		return err
	}
	c.From, c.To = begin, c.stream.Cursor
	if c.CutOff {
		c.To = c.From - 1
	}
	aside, err := c.instance.DB.DeadLetterNumbers(c.stream.ID)
	if err != nil {
		return err
	}
	for at := c.From - 1; at < c.To; {
		rows, _, err := c.instance.DB.Outbox(ctx, at, windowRows)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, w := range rows {
			if at = w.Seq; at > c.To {
				break
			}
			if !wants(c.stream, w.Event) {
				continue
			}
			c.Expected++
			switch {
			case c.seen[w.Seq]:
			case aside[w.Seq]:
				c.SetAside++
			default:
				c.find(Arrival{Event: event.Of(c.instance.ID(), &w, true), Verdict: Missing})
			}
		}
	}
	return nil
}

// keepNewest drops all but the newest that arrived, and has the newest first. Partitions are read one
// after the other.
func (c *check) keepNewest() {
	slices.SortStableFunc(c.Last, func(a, b Arrival) int {
		return cmp.Or(b.Enqueued.Compare(a.Enqueued), cmp.Compare(b.Event.Data.Seq, a.Event.Data.Seq))
	})
	c.Last = c.Last[:min(len(c.Last), maxLast)]
}

// begin is the first row that should have arrived. Unless all was read, it is the last of those
// that the partitions begin with: what is before it in another partition may have arrived before
// reading began. Where a time was asked for, it is what happened then, if that is earlier.
func (c *check) begin() (int64, error) {
	begin := c.stream.Begins + 1
	if c.whole {
		return begin, nil
	}
	latest := c.stream.Cursor + 1
	if len(c.first) > 0 {
		latest = begin
		for _, first := range c.first {
			latest = max(latest, first)
		}
	}
	if !c.since.IsZero() && !c.LaterThanAsked {
		happened, err := c.firstSince(c.since.Add(skewed))
		if err != nil {
			return 0, err
		}
		latest = min(latest, happened)
	}
	return max(begin, latest), nil
}

// firstSince is the first row that happened at a time or later, or the one behind the cursor.
func (c *check) firstSince(at time.Time) (int64, error) {
	var found error
	low := max(c.removed.LastSeq, c.stream.Begins) + 1
	n := sort.Search(int(max(c.stream.Cursor+1-low, 0)), func(n int) bool {
		w, ok, err := c.row(low + int64(n))
		if err != nil {
			found = err
		}
		return ok && !w.At.Before(at)
	})
	return low + int64(n), found
}
