package store

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// auditSelection is which rows of the audit log a statement reads.
type auditSelection struct {
	first, last int64 // a range of rows, both included
	// lists are the conditions that an index answers, each in the order of the log.
	// The first is looked up, the others are checked on the way.
	lists    []auditList
	from, to time.Time
}

// auditList is a condition on columns of an index. A plus stands before each of
// its columns; it keeps the database from taking that index.
type auditList struct {
	text string
	args []any
}

// auditSelection turns a filter into the range of rows and the order of looking
// up that reads the fewest.
func (r Reader) auditSelection(ctx context.Context, f AuditFilter) (auditSelection, error) {
	s := auditSelection{first: f.After + 1, last: math.MaxInt64, lists: f.lists(), from: f.From, to: f.To}
	if f.After == 0 {
		s.first = math.MinInt64
	}
	if f.Before > 0 {
		s.last = f.Before - 1
	}
	if err := r.withinDays(&s); err != nil {
		return s, err
	}
	return s, r.rarestFirst(ctx, &s, f.After > 0)
}

func (f AuditFilter) lists() (all []auditList) {
	add := func(text string, args ...any) {
		for _, a := range args {
			if a == "" {
				return
			}
		}
		all = append(all, auditList{text, args})
	}
	add(`(`+aside+`actor_id = ? OR `+aside+`subject_id = ?)`, f.About, f.About)
	add(aside+`ip = ?`, f.IP)
	add(aside+`actor_id = ?`, f.Actor)
	add(aside+`subject_id = ?`, f.Subject)
	add(aside+`actor_name = ?`, f.ActorName)
	add(aside+`subject_name = ?`, f.SubjectName)
	if f.Event != "" && f.Result != "" {
		add(aside+`event || ' ' || result = ?`, string(f.Event)+" "+string(f.Result))
	} else {
		add(aside+`event = ?`, string(f.Event))
		add(aside+`result = ?`, string(f.Result))
	}
	return all
}

// withinDays narrows the range to the rows that its days are in. The clock may
// have stepped, so the times of these rows are still looked at.
func (r Reader) withinDays(s *auditSelection) error {
	if s.from.IsZero() && s.to.IsZero() {
		return nil
	}
	firstDay, lastDay := ms(s.from)/dayLength, int64(math.MaxInt64)
	if !s.to.IsZero() {
		lastDay = (ms(s.to) - 1) / dayLength
	}
	var first, last int64
	err := r.q.queryRow(`SELECT coalesce(min(first_seq), 1), coalesce(max(last_seq), 0) FROM audit_days WHERE day >= $1 AND day <= $2`,
		firstDay, lastDay).Scan(&first, &last)
	if err != nil {
		return unavailable(fmt.Errorf("reading the days of the audit log: %w", err))
	}
	s.first, s.last = max(s.first, first), min(s.last, last)
	return nil
}

// reach is how many rows of each condition are passed over to see how rare it is.
const reach = 500

// rarestFirst puts the condition first whose next rows reach the furthest. To go
// through those of a common one for a rare other could take as long as to go through
// the log.
func (r Reader) rarestFirst(ctx context.Context, s *auditSelection, up bool) error {
	if len(s.lists) < 2 {
		return nil
	}
	rarest, furthest := 0, int64(-1)
	for i, l := range s.lists {
		text, args := auditSelection{first: s.first, last: s.last, lists: []auditList{l}}.after(up, reach)
		found, err := r.numbers(ctx, text, args...)
		if err != nil {
			return err
		}
		distance := int64(math.MaxInt64) // it has fewer rows than that
		if len(found) > 0 && up {
			distance = found[0] - s.first
		} else if len(found) > 0 {
			distance = s.last - found[0]
		}
		if distance > furthest {
			rarest, furthest = i, distance
		}
	}
	s.lists[0], s.lists[rarest] = s.lists[rarest], s.lists[0]
	return nil
}

func (r Reader) numbers(ctx context.Context, text string, args ...any) ([]int64, error) {
	return list(ctx, r.q, single[int64], "reading the audit log", text, args...)
}

// where is the condition of the selection.
func (s auditSelection) where() *where {
	w := &where{}
	w.add(`seq >= ? AND seq <= ?`, s.first, s.last)
	for i, l := range s.lists {
		text := l.text
		if i == 0 {
			text = strings.ReplaceAll(text, aside, "")
		}
		w.add(text, l.args...)
	}
	if !s.from.IsZero() {
		w.add(aside+`at >= ?`, ms(s.from))
	}
	if !s.to.IsZero() {
		w.add(aside+`at < ?`, ms(s.to))
	}
	return w
}

// page is the statement for so many rows from either end.
func (s auditSelection) page(up bool, limit int) (text string, args []any) {
	w := s.where()
	args = append(w.args, limit)
	return `SELECT ` + auditColumns + ` FROM audit_log WHERE ` + w.text() + order(up) + fmt.Sprintf(` LIMIT $%d`, len(args)), args
}

// after is the statement for the number of one row, with so many before it.
func (s auditSelection) after(up bool, passed int) (text string, args []any) {
	w := s.where()
	args = append(w.args, passed)
	return `SELECT seq FROM audit_log WHERE ` + w.text() + order(up) + fmt.Sprintf(` LIMIT 1 OFFSET $%d`, len(args)), args
}

// count is the statement for the number of all rows.
func (s auditSelection) count() (text string, args []any) {
	w := s.where()
	return `SELECT count(*) FROM audit_log WHERE ` + w.text(), w.args
}

func order(up bool) string {
	if up {
		return ` ORDER BY seq ASC`
	}
	return ` ORDER BY seq DESC`
}

// where collects conditions and their arguments, numbered as they appear.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

func (w *where) text() string { return strings.Join(w.conditions, " AND ") }
