package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/problem"
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
	// errEnded is the cause of a refusal when SQLite gave a whole transaction up,
	// as it does on a full disk.
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
	conn  *sql.Conn
	ring  *secret.Ring
	stmts map[string]*sql.Stmt
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

	// unknown is why the outcome of a commit is unknown. In WAL mode a commit
	// whose fsync failed may still become true after a crash, so nothing else is
	// written until a probe has committed, which overwrites the ghost.
	unknown error

	head int64 // of the audit log, as of the last commit
}

func newWriter(ctx context.Context, db *sql.DB, ring *secret.Ring, guard *guard) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the database for writing: %w", err)
	}
	w := &writer{
		conn: conn, ring: ring, stmts: map[string]*sql.Stmt{}, guard: guard,
		queue: make(chan *job, maxBatch), done: make(chan struct{}),
	}
	w.countOpen()
	go w.run()
	return w, nil
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
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.done
	for _, s := range w.stmts { // an open statement would keep the files open
		s.Close()
	}
	_, err := w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, w.conn.Close())
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

// commit runs a batch and commits it. A database whose file was deleted or replaced takes
// every write, and so nobody is told of one unless the file is still there afterwards.
func (w *writer) commit(batch []*job) {
	if err := w.guard.check(); err != nil {
		fail(batch, err)
		return
	}
	w.commitJobs(batch)
	if err := w.guard.check(); err != nil {
		fail(batch, err)
		return
	}
	if w.unknown == nil {
		w.guard.acknowledged(w.head)
	}
}

func (w *writer) commitJobs(batch []*job) {
	if w.unknown != nil {
		if err := w.probe(); err != nil {
			fail(batch, errors.Join(w.unknown, err))
			return
		}
		w.unknown = nil
	}
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		fail(batch, fmt.Errorf("beginning a transaction: %w", err))
		return
	}
	for _, j := range batch {
		j.err = w.runJob(j)
		if w.ended() {
			fail(batch, errors.Join(errEnded, j.err))
			return
		}
	}
	head, err := w.headNow()
	if err == nil {
		w.head = head // it is only told to the guard after the commit
	}
	if err := w.exec("COMMIT"); err != nil {
		w.unknown = fmt.Errorf("the outcome of a commit is unknown: %w", err)
		if !w.ended() {
			w.exec("ROLLBACK") // its error says nothing new: the probe decides
		}
		fail(batch, w.unknown)
		return
	}
	if w.recount {
		w.countOpen()
	}
}

// countOpen counts the requests that wait. It runs between two commits, so that nobody
// who was answered sees the number from before; where counting fails the old one stays
// until the next.
func (w *writer) countOpen() {
	requests, err := (Reader{q: w}).CountOpenRequests()
	approvals, other := (Reader{q: w}).CountOpenApprovals()
	if err == nil && other == nil {
		w.open.Store(int64(requests + approvals))
		w.recount = false
	}
}

// fail refuses every job of the batch whose function did not refuse by itself.
func fail(batch []*job, err error) {
	for _, j := range batch {
		if j.err == nil || problem.Is(j.err, problem.Unavailable) {
			j.err = unavailable(err)
		}
	}
}

// runJob runs one function inside a savepoint and returns its error as it is, so
// that the one who sent it recognises it. A panic in it is an error of that one too
// and leaves no open transaction.
func (w *writer) runJob(j *job) (err error) {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	if j.alone {
		return w.runAlone(j)
	}
	if err := w.exec("SAVEPOINT job"); err != nil {
		return unavailable(err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
		if e := w.leave(err != nil); e != nil {
			err = errors.Join(err, unavailable(e))
		}
	}()
	err = j.fn(&Tx{Reader: Reader{q: w}, w: w})
	if err != nil && problem.As(err) == nil && isStorage(err) {
		err = unavailable(err)
	}
	return err
}

// leave ends the savepoint of a job and undoes it if asked to. If that fails, half
// a job could slip into the common commit, so everything is rolled back; commit
// notices that.
func (w *writer) leave(undo bool) error {
	if w.ended() {
		return nil
	}
	var err error
	if undo {
		err = w.exec("ROLLBACK TO job")
	}
	if err == nil {
		err = w.exec("RELEASE job")
	}
	if err != nil {
		w.exec("ROLLBACK") // the error to tell is the first one
	}
	return err
}

// probe writes and commits something small. Its success proves that commits
// work, and replaces pages a failed commit may have left behind.
func (w *writer) probe() error {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	tx := &Tx{Reader: Reader{q: w}, w: w}
	err := tx.probe()
	if err == nil {
		err = w.exec("COMMIT")
	}
	if err != nil && !w.ended() {
		w.exec("ROLLBACK")
	}
	return err
}
