package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

// BrokenChain tells where the audit log was tampered with.
type BrokenChain struct {
	Seq    int64
	Reason string
}

// Error names the first bad row, if it is about one.
func (b *BrokenChain) Error() string {
	if b.Seq < 1 {
		return "the audit log is broken: " + b.Reason
	}
	return fmt.Sprintf("the audit log is broken at row %d: %s", b.Seq, b.Reason)
}

// VerifyAudit checks the whole chain, as it is when the call begins, and returns its
// head. The sealed head finds a tail that was cut off; head, if not empty, is a "SEQ:MAC"
// noted earlier, and finds that the sealed head was put back as well. What decides which
// rows pages show, the days and the indexes, is compared with the rows. The error is a
// *BrokenChain if the log does not hold.
//
// Each row is held against the MAC that is stored for the row before it, and that
// one against the row before that: together this is the chain, and pieces of it
// can be checked at the same time, on every core.
func (db *DB) VerifyAudit(ctx context.Context, ring *secret.Ring, head string) (seq int64, mac string, err error) {
	noted, err := parseHead(head)
	if err != nil {
		return 0, "", err
	}
	for {
		begin, err := db.chainBegin(ring)
		if err != nil {
			return 0, "", err
		}
		seq, mac, err = db.verifyFrom(ctx, ring, begin, noted)
		if _, broken := errors.AsType[*BrokenChain](err); !broken {
			return seq, mac, err
		}
		if now, e := db.AuditRemoved(); e != nil || now.LastSeq == begin.seq {
			return seq, mac, cmp.Or(e, err)
		} // retention took rows away while they were being read
	}
}

// place is a row of the chain and its MAC; 0 and "" is before the first.
type place struct {
	seq int64
	mac string
}

// CheckHead is an error unless head is empty or has the form SEQ:MAC; it says nothing
// of whether there is such a row.
func CheckHead(head string) error {
	_, err := parseHead(head)
	return err
}

func parseHead(head string) (p place, err error) {
	if head == "" {
		return p, nil
	}
	number, mac, _ := strings.Cut(head, ":")
	p.seq, err = strconv.ParseInt(number, 10, 64)
	if err != nil || p.seq < 1 || mac == "" {
		return place{}, fmt.Errorf("%q is not of the form SEQ:MAC", head)
	}
	p.mac = mac
	return p, nil
}

// chainBegin is the row that the first row of the log follows: none, or the last
// one that retention removed.
func (r Reader) chainBegin(ring *secret.Ring) (place, error) {
	removed, err := r.AuditRemoved()
	if err != nil || removed.LastSeq == 0 {
		return place{}, err
	}
	if !removed.genuine(ring) {
		return place{}, &BrokenChain{1, "what stands there of the rows that retention removed is not what was written"}
	}
	return place{removed.LastSeq, removed.LastMAC}, nil
}

// verification is one walk through the log by several workers.
type verification struct {
	r           Reader
	ring        *secret.Ring
	begin, head place
	sealedHead  sealedHead
	definitions func(context.Context) (is, want map[string]string, err error)
	stored      auditDays // as they are in the table

	indexes []auditIndex
	weights weights

	mu     sync.Mutex
	found  auditDays
	rows   indexSums
	next   int64 // the first row that nobody has taken yet
	last   place // the newest row; its MAC is that of the piece that ends with it
	broken *BrokenChain
	err    error
}

func (db *DB) verifyFrom(ctx context.Context, ring *secret.Ring, begin, head place) (seq int64, mac string, err error) {
	if head.seq > 0 && head.seq < begin.seq {
		return 0, "", fmt.Errorf("row %d of the head was removed by retention, as all up to row %d were; use a head noted later", head.seq, begin.seq)
	}
	v := &verification{r: db.Reader, definitions: db.auditDefinitions, ring: ring, begin: begin, head: head, next: begin.seq + 1, last: begin, stored: auditDays{}, found: auditDays{}, indexes: auditIndexes(), weights: newWeights()}
	v.rows = newIndexSums(len(v.indexes))
	if err := v.ends(ctx); err != nil {
		return begin.seq, begin.mac, err
	}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() { v.work(ctx) })
	}
	workers.Wait()
	switch {
	case v.err != nil:
	case v.broken != nil:
		v.err = v.broken
	case v.head.seq > v.last.seq:
		v.err = &BrokenChain{v.last.seq + 1, fmt.Sprintf("the rows up to %d noted in the head are missing", v.head.seq)}
	default:
		v.err = v.beside(ctx)
	}
	return v.last.seq, v.last.mac, v.err
}

// piece is how many rows a worker takes at once.
const piece = 4096

func (v *verification) work(ctx context.Context) {
	macs := v.ring.Checker(secret.PurposeAudit)
	for {
		from, to, ok := v.take()
		if !ok {
			return
		}
		broken, err := v.check(ctx, macs, from, to)
		v.mu.Lock()
		if broken != nil && (v.broken == nil || broken.Seq < v.broken.Seq) {
			v.broken = broken
		}
		v.err = cmp.Or(v.err, err)
		v.mu.Unlock()
	}
}

// take hands pieces out in order and stops at the first trouble: when all workers
// are done, every row before it has been checked.
func (v *verification) take() (from, to int64, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken != nil || v.err != nil || v.next > v.last.seq {
		return 0, 0, false
	}
	from, to = v.next, min(v.next+piece-1, v.last.seq)
	v.next = to + 1
	return from, to, true
}

// check reads a piece, with the row before it, and returns its first bad row.
func (v *verification) check(ctx context.Context, macs *secret.Checker, from, to int64) (*BrokenChain, error) {
	before, days, sums := v.begin, auditDays{}, newIndexSums(len(v.indexes))
	if from > v.begin.seq+1 {
		before = place{seq: from - 2}
	}
	rows, err := v.r.q.query(ctx, `SELECT `+auditColumns+` FROM audit_log WHERE seq >= $1 AND seq <= $2 ORDER BY seq`, before.seq+1, to)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading the audit log: %w", err))
	}
	defer rows.Close()
	for rows.Next() {
		e, details, err := scanWritten(rows)
		if err != nil {
			return &BrokenChain{before.seq + 1, "it cannot be read: " + err.Error()}, nil
		}
		if e.Seq >= from || e.Seq != before.seq+1 {
			if broken := checkRow(macs, e, details, before); broken != nil {
				return broken, nil
			}
			if e.Seq == v.head.seq && e.MAC != v.head.mac {
				return notNoted(e.Seq), nil
			}
			days.add(ms(e.At), e.Seq)
			sums.add(v.indexes, v.weights, e, details)
		}
		before = place{e.Seq, e.MAC}
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable(fmt.Errorf("reading the audit log: %w", err))
	}
	if before.seq < to {
		return &BrokenChain{before.seq + 1, "the row is missing"}, nil
	}
	v.add(days, sums, before)
	return nil, nil
}

// add takes what was found in a piece that ends with this row.
func (v *verification) add(days auditDays, sums indexSums, last place) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found.merge(days)
	v.rows.merge(sums)
	if last.seq == v.last.seq {
		v.last.mac = last.mac
	}
}

func checkRow(macs *secret.Checker, e audit.Entry, details string, before place) *BrokenChain {
	switch {
	case e.Seq != before.seq+1:
		return &BrokenChain{before.seq + 1, "the row is missing"}
	case !e.Follows(macs, before.mac, details):
		return &BrokenChain{e.Seq, "its MAC does not fit its content and the row before"}
	}
	return nil
}

func notNoted(seq int64) *BrokenChain {
	return &BrokenChain{seq, "its MAC is not the one noted in the head"}
}
