package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"latchkey/internal/audit"
)

// signIns selects the rows of audit_log about sign-ins, by day. Proofs that were
// asked for inside a session have the same events and are left out. The words are
// those of the partial index audit_sign_ins, or it would not serve.
const signIns = `event LIKE 'login.%' AND details NOT LIKE '%"confirming"%' AND at / 86400000 >= `

// dayLength is a day of the stored times.
const dayLength = int64(24 * time.Hour / time.Millisecond)

// SignInCount is how often one thing happened on one day.
type SignInCount struct {
	Day    time.Time // midnight UTC
	Event  audit.Event
	Result audit.Result
	Count  int
}

// SignInCounts counts the steps of sign-ins since the day of a time, by day in UTC, event
// and result. Days that are over are counted once and kept, so that what it costs does not
// grow with the log: 0.1 µs for each sign-in of today.
func (db *DB) SignInCounts(ctx context.Context, since, now time.Time) ([]SignInCount, error) {
	first := ms(since) / dayLength
	// A row bears the time at which its request came, and may be written a little later.
	over := ms(now.Add(-time.Hour)) / dayLength
	all, next := db.daysOver.from(first, over)
	counted, err := db.countSignIns(ctx, next)
	if err != nil {
		return nil, err
	}
	all = append(all, counted...)
	db.daysOver.keep(first, over, all)
	return all, nil
}

// countSignIns reads an index of the sign-ins only.
func (r Reader) countSignIns(ctx context.Context, first int64) ([]SignInCount, error) {
	scan := func(row scanner) (SignInCount, error) {
		var c SignInCount
		var day int64
		err := row.Scan(&day, &c.Event, &c.Result, &c.Count)
		c.Day = time.UnixMilli(day * dayLength).UTC()
		return c, err
	}
	return list(ctx, r.q, scan, "counting sign-ins", `SELECT at / 86400000, event, result, count(*) FROM audit_log
		WHERE `+signIns+`$1 GROUP BY 1, 2, 3`, first)
}

// daysOver are the counts of the days from first to before next, which are over. The zero
// value has none. It is safe for concurrent use.
type daysOver struct {
	mu          sync.Mutex
	first, next int64
	counts      []SignInCount
}

// from returns a copy of the counts from a day on, and the day to count on from. What was
// counted while the clock was ahead is forgotten: only days before over are over.
func (d *daysOver) from(first, over int64) (counts []SignInCount, next int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.next > over {
		d.first, d.next, d.counts = 0, 0, nil
	}
	if first < d.first || first >= d.next {
		return nil, first
	}
	for _, c := range d.counts {
		if ms(c.Day)/dayLength >= first {
			counts = append(counts, c)
		}
	}
	return counts, d.next
}

// keep takes over the counts from first to before the day next, unless as much is there.
func (d *daysOver) keep(first, next int64, counts []SignInCount) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if first >= d.first && next <= d.next || next <= first {
		return
	}
	d.first, d.next, d.counts = first, next, nil
	for _, c := range counts {
		if ms(c.Day)/dayLength < next {
			d.counts = append(d.counts, c)
		}
	}
}

// FailedSignIns counts the tries to sign in since a time that were not right.
func (r Reader) FailedSignIns(since time.Time) (n int, err error) {
	err = r.q.queryRow(`SELECT count(*) FROM audit_log WHERE `+signIns+`$1 AND `+aside+`at >= $2 AND `+aside+`result = 'failed'`,
		ms(since)/dayLength, ms(since)).Scan(&n)
	if err != nil {
		return 0, unavailable(fmt.Errorf("counting sign-ins: %w", err))
	}
	return n, nil
}
