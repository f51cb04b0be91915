package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/secret"
)

const (
	// maxBatch bounds how many transactions share one commit, so that the first
	// of them does not wait long for the last.
	maxBatch = 64
	// retryAfter is what people are told while the database cannot be written.
	retryAfter = 5 * time.Second
)

var (
	// errStopped is the cause of a refusal after Close.
	errStopped = errors.New("the database is closed")
	// errEnded is the cause of a refusal when the database gave a whole transaction up, as
	// SQLite does on a full disk.
	errEnded = errors.New("the database ended the transaction")
)

// job is one transaction on its way through the writer. err may be read once
// done is closed.
type job struct {
	ctx   context.Context
	fn    func(*Tx) error
	alone bool // in a commit of its own, without a savepoint
	err   error
	done  chan struct{}
}

// writer owns the connection that writes and the goroutine that uses it.
type writer struct {
	conn  connection
	ring  *secret.Ring
	guard *guard
	ran   atomic.Uint64 // statements in transactions
	queue chan *job
	done  chan struct{}

	mu     sync.RWMutex // held for reading while a job is handed over
	closed bool

	// open counts the requests that wait for an administrator, as of the last commit
	// that could have changed it; recount says that the one under way could.
	open    atomic.Int64
	recount bool
	// changed says that the transaction under way changes what other processes keep in memory.
	changed bool
	// applications says, as of the same commit, that there is one that is not disabled.
	applications atomic.Bool

	// unknown is why the outcome of a commit is unknown. Nothing else is written until a
	// probe has committed: in SQLite's log it takes the place of what may still become true.
	unknown error

	head place // of the audit log, as of the last commit
	// moved is told when a commit has moved the head.
	moved chan struct{}
}

func newWriter(conn connection, ring *secret.Ring, guard *guard) *writer {
	w := &writer{
		conn: conn, ring: ring, guard: guard,
		queue: make(chan *job, maxBatch), done: make(chan struct{}), moved: make(chan struct{}, 1),
	}
	w.countOpen()
	go w.run()
	return w
}

func (w *writer) do(ctx context.Context, fn func(*Tx) error) error {
	return w.doJob(&job{ctx: ctx, fn: fn, done: make(chan struct{})})
}

func (w *writer) doJob(j *job) error {
	if !w.send(j) {
		return unavailable(errStopped)
	}
	<-j.done
	return j.err
}

func (w *writer) send(j *job) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return false
	}
	w.queue <- j
	return true
}

func (w *writer) close() error {
	w.mu.Lock()
	before := w.closed
	if !before {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.done
	if before {
		return errStopped
	}
	return w.conn.close()
}

func (w *writer) run() {
	defer close(w.done)
	for first := range w.queue {
		for first != nil {
			batch, next := w.gather(first)
			w.commit(batch)
			for _, j := range batch {
				close(j.done)
			}
			first = next
		}
	}
}

// gather takes what else is waiting, without waiting for more. A job that wants a
// commit of its own is returned as the next.
func (w *writer) gather(first *job) (batch []*job, next *job) {
	batch = []*job{first}
	for !first.alone && len(batch) < maxBatch {
		select {
		case j, ok := <-w.queue:
			if !ok || j.alone {
				return batch, j
			}
			batch = append(batch, j)
		default:
			return batch, nil
		}
	}
	return batch, nil
}

// TxAlone is Tx for a change of many rows that must happen whole, such as an import:
// it has a commit of its own and no savepoint. For a savepoint SQLite would keep
// every page it changes in memory, and look through them after each statement; an
// import of 100,000 users took minutes and grew with its square. Nobody else writes
// meanwhile.
func (db *DB) TxAlone(ctx context.Context, fn func(*Tx) error) error {
	if db.writer == nil {
		return refuseWriting()
	}
	return db.writer.doJob(&job{ctx: ctx, fn: fn, alone: true, done: make(chan struct{})})
}
