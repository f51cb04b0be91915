package store

import (
	"cmp"
	"context"
	"fmt"
)

// beside checks what is not in the rows: the sealed head, and what was derived from them.
func (v *verification) beside(ctx context.Context) error {
	if broken := cmp.Or(v.sealed(), v.days()); broken != nil {
		return broken
	}
	broken, err := v.compareIndexes(ctx)
	if err == nil && broken == nil {
		broken, err = v.compareDefinitions(ctx)
	}
	if broken != nil {
		return broken
	}
	return err
}

// ends finds the newest row, with the sealed head and the days of the same moment, and
// looks whether the first row and the noted one are where they should be.
func (v *verification) ends(ctx context.Context) error {
	first, last, err := v.readEnds(ctx)
	if err != nil {
		return unavailable(fmt.Errorf("reading the ends of the audit log: %w", err))
	}
	n := last
	if n != nil {
		v.last.seq = *last
	}
	switch {
	case n != nil && *first < v.next:
		return &BrokenChain{v.next, "a row stands before it that does not belong there"}
	case n != nil && *first > v.next, n == nil && v.begin.seq > 0: // retention never takes the newest row
		return &BrokenChain{v.next, "the row is missing"}
	case v.head.seq > 0 && v.head.seq == v.begin.seq && v.head.mac != v.begin.mac:
		return notNoted(v.head.seq)
	}
	return nil
}

// endsText is one statement, so that all of it is of one moment, no matter what is written meanwhile.
const endsText = `SELECT 'first', seq, 0, 0, 0, '', '' FROM (SELECT seq FROM audit_log ORDER BY seq LIMIT 1) f
	UNION ALL SELECT 'last', seq, 0, 0, 0, '', '' FROM (SELECT seq FROM audit_log ORDER BY seq DESC LIMIT 1) l
	UNION ALL SELECT 'head', seq, 0, 0, 0, mac, seal FROM audit_head
	UNION ALL SELECT 'day', day, first_seq, last_seq, last_at, '', '' FROM audit_days`

// readEnds returns the numbers of the first and the last row; nil if there is none.
func (v *verification) readEnds(ctx context.Context) (first, last *int64, err error) {
	rows, err := v.r.q.query(ctx, endsText)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, mac, seal string
		var n int64
		var d auditDay
		if err := rows.Scan(&kind, &n, &d.first, &d.last, &d.lastAt, &mac, &seal); err != nil {
			return nil, nil, err
		}
		switch kind {
		case "first":
			first = &n
		case "last":
			last = &n
		case "head":
			v.sealedHead = sealedHead{place{n, mac}, seal}
		case "day":
			v.stored[n] = d
		}
	}
	return first, last, rows.Err()
}
