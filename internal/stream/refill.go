package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/factor"
	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/event"
)

// ErrFork says that the audit log has gone on since the backup, or that the stream holds two
// histories: what comes next cannot be told.
var ErrFork = errors.New("the audit log and the stream are two different histories")

// ErrGap says that the stream lacks a row, or that one was altered: what comes behind it cannot be
// put back from this stream.
var ErrGap = errors.New("the stream has a gap")

// refillAtOnce is how many rows are written in one transaction.
const refillAtOnce = 1000

// link is one event in the chain.
type link struct{ mac, previous string }

// Refill puts the rows that the audit log lacks back from a stream with full content, after an
// older backup was put in place and before anything else is written: each row must continue the
// chain (ST-05). Then it makes harmless what the older copy would accept, and says so in the log. It
// returns how many rows came back.
//
// The error is an ErrFork, with nothing written, if it cannot be told which rows they are. It is an
// ErrGap if some came back and those behind are out of reach; then nothing was added to them, so
// that another stream can go on. Only one process may have the folder.
func Refill(ctx context.Context, i *instance.Instance, s store.Stream, by audit.Entry, progress func(int64)) (rows int64, err error) {
	head, mac, err := i.DB.AuditHead()
	if err != nil {
		return 0, err
	}
	chain := map[int64][]link{}
	newest := link{}
	most := int64(0)
	err = readOwn(ctx, i, s, progress, func(w store.Written) error {
		if w.Seq > most {
			most, newest = w.Seq, link{w.MAC, w.Previous}
		}
		if w.Seq > head {
			chain[w.Seq] = withLink(chain[w.Seq], link{w.MAC, w.Previous})
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := knows(i, most, newest); err != nil {
		return 0, err
	}
	last, err := follow(chain, head, mac)
	if err != nil || most <= head {
		return 0, err
	}
	w := refiller{db: i.DB, chain: chain, next: head + 1, last: last, waiting: map[int64]store.Written{}}
	if err := readOwn(ctx, i, s, progress, func(row store.Written) error { return w.take(ctx, row) }); err != nil {
		return 0, err
	}
	if err := w.rest(ctx); err != nil {
		return 0, err
	}
	if most > last {
		return last - head, fmt.Errorf("%w: row %d is missing there or was altered, so it and what comes behind it cannot be put back; refill from another stream, or start the server", ErrGap, last+1)
	}
	return last - head, finish(ctx, i, s, by, head, last)
}

// withLink adds a link that is not there yet.
func withLink(all []link, l link) []link {
	for _, other := range all {
		if other == l {
			return all
		}
	}
	return append(all, l)
}

// knows is an ErrFork if the newest event of the stream is a row that the log has otherwise.
func knows(i *instance.Instance, seq int64, newest link) error {
	e, _, ok, err := i.DB.AuditEntry(seq)
	if err == nil && ok && e.MAC != newest.mac {
		err = fmt.Errorf("%w: row %d of the log is not the one that was sent, so the log has gone on since the backup; put the backup back once more and refill it before anything else", ErrFork, seq)
	}
	return err
}

// follow walks the chain from the head of the log on and returns the last row that is there. It
// leaves one link for each row.
func follow(chain map[int64][]link, head int64, mac string) (last int64, err error) {
	last = head
	for {
		var next []link
		for _, l := range chain[last+1] {
			if l.previous == mac {
				next = append(next, l)
			}
		}
		switch {
		case len(next) > 1:
			return head, fmt.Errorf("%w: the stream has two rows %d, from before and after an earlier backup", ErrFork, last+1)
		case len(next) == 0 && len(chain[last+1]) > 0:
			return head, fmt.Errorf("%w: row %d of the stream does not continue the log, which has gone on since the backup; put the backup back once more and refill it before anything else", ErrFork, last+1)
		case len(next) == 0:
			return last, nil
		}
		last, mac = last+1, next[0].mac
		chain[last] = next
	}
}

// refiller appends the rows of the chain while the stream is read once more. They may come in any
// order.
type refiller struct {
	db         *store.DB
	chain      map[int64][]link
	next, last int64 // of the rows that are not written yet
	waiting    map[int64]store.Written
}

// take keeps a row that is one of the chain, and writes when there are enough.
func (b *refiller) take(ctx context.Context, w store.Written) error {
	if w.Seq < b.next || w.Seq > b.last || b.chain[w.Seq][0] != (link{w.MAC, w.Previous}) {
		return nil
	}
	if b.waiting[w.Seq] = w; w.Seq == b.next+refillAtOnce-1 || w.Seq == b.last {
		return b.flush(ctx)
	}
	return nil
}

// flush writes those that wait and come next, as many as fit into one transaction.
func (b *refiller) flush(ctx context.Context) error {
	next := b.next
	err := b.db.TxAlone(ctx, func(tx *store.Tx) error {
		next = b.next // a transaction may run twice
		for range refillAtOnce {
			w, here := b.waiting[next]
			if !here {
				return nil
			}
			ok, err := tx.AppendWritten(w)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("row %d of the stream was altered: its MAC does not fit its content", next)
			}
			next++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for ; b.next < next; b.next++ {
		delete(b.waiting, b.next)
	}
	return nil
}

// rest writes what is left when the stream was read.
func (b *refiller) rest(ctx context.Context) error {
	for b.next <= b.last {
		before := b.next
		if err := b.flush(ctx); err != nil {
			return err
		}
		if b.next == before {
			return fmt.Errorf("row %d has gone from the stream while it was read", b.next)
		}
	}
	return nil
}

// finish ends what the older copy would accept and says what was done.
func finish(ctx context.Context, i *instance.Instance, s store.Stream, by audit.Entry, head, last int64) error {
	return i.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.DisarmCopy(by.At, factor.Step(by.At)); err != nil {
			return err
		}
		if err := tx.SkipStream(s.ID, last); err != nil {
			return err
		}
		number := func(n int64) string { return strconv.FormatInt(n, 10) }
		by.Event, by.Result = audit.RestoreDone, audit.ResultOK
		by.Details = []audit.Detail{{Name: "found", After: "older"}, {Name: "newest row", Before: number(last), After: number(head)}}
		if err := tx.Audit(by); err != nil {
			return err
		}
		by.Event, by.Details = audit.StreamRefilled, []audit.Detail{{Name: "stream", After: s.Name}, {Name: "rows", After: number(last - head)}}
		return tx.Audit(by)
	})
}

// readOwn reads every row that this instance has sent to a stream. What anybody else put there, or
// changed, has no MAC that fits and is passed over.
func readOwn(ctx context.Context, i *instance.Instance, s store.Stream, progress func(int64), do func(store.Written) error) error {
	if s.Lean {
		return errors.New("this stream leaves out addresses, browsers and details; only one with full content can refill the log")
	}
	source, err := OpenSource(i, s)
	if err != nil {
		return err
	}
	defer source.Close()
	macs := i.Ring.Checker(secret.PurposeAudit)
	q, n := delivery.Query{From: delivery.Position{Origin: delivery.Earliest}}, int64(0)
	return source.Read(ctx, q, func(delivery.Began) error { return nil }, func(r delivery.Received) error {
		if n++; progress != nil {
			progress(n)
		}
		e, ok := event.Own(i.ID(), r.Body)
		w, err := e.Row()
		if !ok || err != nil || !w.Follows(macs, w.Previous, w.Text) {
			return nil
		}
		return do(w)
	})
}
