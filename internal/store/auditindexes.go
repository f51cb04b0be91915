package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"runtime"
	"strings"
	"sync"

	"latchkey/internal/audit"
)

// A filtered page shows the rows that an index leads to, so an index that somebody emptied
// or changed hides rows that the chain finds in their place. The indexes are compared with
// the rows by sums, which need no order and no memory: of a number for each row, weighed
// with one for the value under which it stands. Both are drawn anew each time, so nobody
// can choose rows whose sums are the same.

// auditIndex is an index of the log.
type auditIndex struct {
	name string
	// value is under what a row stands, and whether it is in the index at all.
	value func(e audit.Entry, details string) (string, bool)
	// text reads (value, number of rows, sum of their numbers). It has to get both from the
	// index, as a page would.
	text string
}

// The statements that read an index, with its name, what they group by and a condition to be
// filled in. The sum is that of weights.row.
const (
	readIndex = `SELECT {value}, count(*), CAST(coalesce(sum((((seq * $1 + $2) % $3) * ((seq * $1 + $2) % $3) % $4) * (((seq * $1 + $2) % $3) * ((seq * $1 + $2) % $3) % $4) % $5), 0) AS BIGINT) FROM audit_log {index}
		WHERE seq > $6 AND seq <= $7 AND {condition} GROUP BY 1`
	readEventResult = `SELECT '', count(*), CAST(coalesce(sum((((seq * $1 + $2) % $3) * ((seq * $1 + $2) % $3) % $4) * (((seq * $1 + $2) % $3) * ((seq * $1 + $2) % $3) % $4) % $5), 0) AS BIGINT) FROM audit_log {index}
		WHERE seq > $6 AND seq <= $7 AND event || ' ' || result = $8`
)

func readingOf(text, index, value, condition string) string {
	return strings.NewReplacer("{index}", indexedBy(index), "{value}", value, "{condition}", condition).Replace(text)
}

// auditIndexes are all indexes of the log.
func auditIndexes() []auditIndex {
	column := func(name, column string, value func(audit.Entry) string) auditIndex {
		return auditIndex{name, func(e audit.Entry, _ string) (string, bool) { return value(e), true },
			readingOf(readIndex, name, column, "TRUE")}
	}
	part := func(name, condition string, is func(audit.Entry, string) bool) auditIndex {
		return auditIndex{name, func(e audit.Entry, details string) (string, bool) { return "", is(e, details) },
			readingOf(readIndex, name, "''", condition)}
	}
	return []auditIndex{
		column("audit_by_actor", "actor_id", func(e audit.Entry) string { return e.ActorID }),
		column("audit_by_subject", "subject_id", func(e audit.Entry) string { return e.SubjectID }),
		column("audit_by_event", "event", func(e audit.Entry) string { return string(e.Event) }),
		column("audit_by_result", "result", func(e audit.Entry) string { return string(e.Result) }),
		column("audit_by_ip", "ip", func(e audit.Entry) string { return e.IP }),
		column("audit_by_actor_name", "actor_name", func(e audit.Entry) string { return e.ActorName }),
		column("audit_by_subject_name", "subject_name", func(e audit.Entry) string { return e.SubjectName }),
		{byEventResult, func(e audit.Entry, _ string) (string, bool) { return string(e.Event) + " " + string(e.Result), true },
			readingOf(readEventResult, byEventResult, "", "")},
		part("audit_headlines", headline, isHeadline),
		part("audit_sign_ins", strings.TrimSuffix(signIns, ` AND at / 86400000 >= `), isSignIn),
	}
}

// byEventResult is asked for one value after the other: a grouping would work its values
// out from the rows, and not see what stands in the index.
const byEventResult = "audit_by_event_result"

func isHeadline(e audit.Entry, details string) bool {
	return !strings.Contains(details, `{"name":"batch",`) && !strings.Contains(details, `{"name":"by","after":"import"}`) || e.Event == audit.UsersChanged
}

func isSignIn(e audit.Entry, details string) bool {
	return strings.HasPrefix(lowerASCII(string(e.Event)), "login.") && !strings.Contains(lowerASCII(details), `"confirming"`)
}

// lowerASCII makes letters small as LIKE compares them.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// weights are the numbers that were drawn for one comparison.
type weights struct {
	seed    maphash.Seed
	a, b    int64
	p, q, r int64
}

func newWeights() weights {
	// Primes below 2^31, so that no product of two rests is over 62 bits.
	primes := []int64{2147483647, 2147483629, 2147483587, 2147483579, 2147483563, 2147483549, 2147483543, 2147483497}
	seed := maphash.MakeSeed()
	draw := func(what string, below uint64) int64 { return int64(maphash.String(seed, what) % below) }
	i := draw("prime", uint64(len(primes)))
	prime := func(n int64) int64 { return primes[(i+n)%int64(len(primes))] }
	// Between a quarter and three quarters of the primes.
	factor := func(what string) int64 { return 1<<29 + draw(what, 1<<30) }
	return weights{seed: seed, a: factor("a"), b: factor("b"), p: prime(0), q: prime(1), r: prime(2)}
}

// row is the number of a row, as the statements work it out. Two squares under two primes,
// since a sum of rests of one keeps what sums and sums of squares of the rows have in common.
func (w weights) row(seq int64) uint64 {
	rest := (seq*w.a + w.b) % w.p
	square := rest * rest % w.q
	return uint64(square * square % w.r)
}

// under weighs rows that stand under one value.
func (w weights) under(value string, rows, sum uint64) uint64 {
	h := maphash.String(w.seed, value)
	return (h|1)*sum + (h>>17|1)*rows
}

// indexSums are the sums of every index, in the order of auditIndexes, and the values of
// byEventResult, of which there are few.
type indexSums struct {
	sums   []uint64
	values map[string]bool
}

func newIndexSums(n int) indexSums { return indexSums{make([]uint64, n), map[string]bool{}} }

// add takes a row in.
func (s indexSums) add(all []auditIndex, w weights, e audit.Entry, details string) {
	row := w.row(e.Seq)
	for i, index := range all {
		value, in := index.value(e, details)
		if !in {
			continue
		}
		s.sums[i] += w.under(value, 1, row)
		if index.name == byEventResult && !s.values[value] {
			s.values[value] = true
		}
	}
}

func (s indexSums) merge(o indexSums) {
	for i := range o.sums {
		s.sums[i] += o.sums[i]
	}
	for value := range o.values {
		s.values[value] = true
	}
}

// compareIndexes reads every index, on every core, and returns the first that does not
// lead to the rows that were read.
func (v *verification) compareIndexes(ctx context.Context) (*BrokenChain, error) {
	differ, errs := make([]bool, len(v.indexes)), make([]error, len(v.indexes))
	var workers sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range v.indexes {
		workers.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			var sum uint64
			sum, errs[i] = v.indexSum(ctx, v.indexes[i])
			differ[i] = sum != v.rows.sums[i]
		})
	}
	workers.Wait()
	for i, index := range v.indexes {
		if errs[i] != nil {
			return nil, unavailable(fmt.Errorf("reading the index %s: %w", index.name, errs[i]))
		}
		if differ[i] {
			return &BrokenChain{0, "the index " + index.name + ", by which pages find rows, does not lead to all of them; keep a copy of the file, then run REINDEX in it"}, nil
		}
	}
	return nil, nil
}

func (v *verification) indexSum(ctx context.Context, index auditIndex) (sum uint64, err error) {
	w := v.weights
	args := []any{w.a, w.b, w.p, w.q, w.r, v.begin.seq, v.last.seq}
	if index.name != byEventResult {
		return v.sumOf(ctx, index.text, "", args...)
	}
	for value := range v.rows.values {
		one, err := v.sumOf(ctx, index.text, value, append(args, value)...)
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

// sumOf weighs what a statement reads, under the value it gives or else under this one.
func (v *verification) sumOf(ctx context.Context, text, under string, args ...any) (sum uint64, err error) {
	rows, err := v.r.q.query(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		var n, part int64
		if err := rows.Scan(&value, &n, &part); err != nil {
			return 0, err
		}
		if under != "" {
			value = under
		}
		if n > 0 {
			sum += v.weights.under(value, uint64(n), uint64(part))
		}
	}
	return sum, rows.Err()
}
