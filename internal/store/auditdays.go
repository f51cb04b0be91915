package store

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// auditDay is which rows of the log are of one day (UTC), and the latest time among them.
type auditDay struct{ first, last, lastAt int64 }

// auditDays are the days of the log, by at / dayLength. The table of this name says the
// same, and pages with a filter by day look only at the rows that it tells of.
type auditDays map[int64]auditDay

// add takes a row in.
func (all auditDays) add(at, seq int64) { all.widen(at/dayLength, auditDay{seq, seq, at}) }

// merge takes other days in.
func (all auditDays) merge(others auditDays) {
	for day, d := range others {
		all.widen(day, d)
	}
}

func (all auditDays) widen(day int64, d auditDay) {
	if has, ok := all[day]; ok {
		d = auditDay{min(has.first, d.first), max(has.last, d.last), max(has.lastAt, d.lastAt)}
	}
	all[day] = d
}

// days compares the days of the table with those of the rows, and returns the first
// difference. Retention may have taken rows of a day whose others are still there: such a
// day reaches further back, and its latest time may be that of a row that is gone.
func (v *verification) days() *BrokenChain {
	both := maps.Clone(v.stored)
	maps.Copy(both, v.found)
	for _, day := range slices.Sorted(maps.Keys(both)) {
		is, ok := v.stored[day]
		want := v.found[day]
		if ok && is.first <= v.begin.seq && want.first > 0 {
			want.first, want.lastAt = is.first, max(is.lastAt, want.lastAt)
		}
		if is != want {
			date := time.UnixMilli(day * dayLength).UTC().Format(time.DateOnly)
			return &BrokenChain{max(want.first, is.first, 1), fmt.Sprintf("the table audit_days has %s for %s, and the log %s", is, date, want)}
		}
	}
	return nil
}

// String says which rows it is about.
func (d auditDay) String() string {
	if d == (auditDay{}) {
		return "nothing"
	}
	return fmt.Sprintf("rows %d to %d (until %s)", d.first, d.last, time.UnixMilli(d.lastAt).UTC().Format("15:04:05.000"))
}
