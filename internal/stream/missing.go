package stream

import "context"

// missing finds the rows that should have arrived and did not.
func (c *check) missing(ctx context.Context) error {
	for l, r := 0, len(c.Last)-1; l < r; l, r = l+1, r-1 {
		c.Last[l], c.Last[r] = c.Last[r], c.Last[l]
	}
	c.Last = c.Last[:min(len(c.Last), maxLast)]
	c.From, c.To = c.begin(), c.stream.Cursor
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
				c.find(Arrival{Event: eventOf(c.instance.ID(), w, true), Verdict: Missing})
			}
		}
	}
	return nil
}

// begin is the first row that should have arrived. Unless all was read, it is the last of those
// that the partitions begin with: what is before it in another partition may have arrived before
// reading began.
func (c *check) begin() int64 {
	begin := c.stream.Begins + 1
	if c.whole {
		return begin
	}
	if len(c.first) == 0 {
		return c.stream.Cursor + 1
	}
	for _, first := range c.first {
		begin = max(begin, first)
	}
	return begin
}
