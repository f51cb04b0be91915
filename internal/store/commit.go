package store

import (
	"errors"
	"fmt"
	"runtime/debug"

	"latchkey/internal/problem"
)

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

// errUnknown is the error of a commit that may have happened all the same.
type errUnknown struct{ error }

// Unwrap returns the cause.
func (e *errUnknown) Unwrap() error { return e.error }

// maxTries is how often a batch is begun for which somebody else is in the way.
const maxTries = 100

func (w *writer) commitJobs(batch []*job) {
	if w.unknown != nil {
		if err := w.probe(); err != nil {
			fail(batch, errors.Join(w.unknown, err))
			return
		}
		w.unknown = nil
	}
	before := w.head
	err := w.runBatch(batch)
	for tries := 1; tries < maxTries && err != nil && w.conn.again(); tries++ {
		err = w.runBatch(batch)
	}
	if err != nil {
		if _, ok := errors.AsType[*errUnknown](err); ok {
			w.unknown = fmt.Errorf("the outcome of a commit is unknown: %w", err)
			err = w.unknown
		}
		fail(batch, err)
		return
	}
	if w.recount {
		w.countOpen()
	}
	if w.head != before {
		w.tellMoved()
	}
}

// runBatch runs every job of a batch in one transaction and commits it. Its functions run
// once more if somebody else was in the way.
func (w *writer) runBatch(batch []*job) (err error) {
	w.changed = false
	if err := w.conn.begin(); err != nil {
		return fmt.Errorf("beginning a transaction: %w", w.abandon(err))
	}
	for _, j := range batch {
		j.err = w.runJob(j)
		if w.conn.again() {
			return w.abandon(errors.Join(errEnded, j.err))
		}
		if w.conn.ended() {
			return errors.Join(errEnded, j.err)
		}
	}
	if w.changed {
		if err := (&Tx{Reader: Reader{q: w.conn}, w: w}).raiseVersion(); err != nil {
			return w.abandon(err)
		}
	}
	head, err := w.conn.commit()
	if err != nil {
		return w.abandon(err)
	}
	w.head = head
	return nil
}

// abandon takes back what was written, and returns the error for which it does.
func (w *writer) abandon(err error) error {
	if !w.conn.ended() {
		w.conn.rollback() // the error to tell is the first one
	}
	return err
}

// tellMoved wakes whoever waits for rows of the audit log.
func (w *writer) tellMoved() {
	select {
	case w.moved <- struct{}{}:
	default: // whoever waits will look anyway
	}
}

// countOpen counts the requests that wait, and looks whether there are applications. It runs
// between two commits, so that nobody who was answered sees the number from before; where
// counting fails the old one stays until the next.
func (w *writer) countOpen() {
	if w.count(Reader{q: w}) == nil {
		w.recount = false
	}
}

// count counts by way of r. It may run in several goroutines at once.
func (w *writer) count(r Reader) error {
	any, err := r.hasApplications()
	if err != nil {
		return err
	}
	requests, err := r.CountOpenRequests()
	if err != nil {
		return err
	}
	approvals, err := r.CountOpenApprovals()
	if err != nil {
		return err
	}
	w.applications.Store(any)
	w.open.Store(int64(requests + approvals))
	return nil
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
	if err := w.conn.save(jobStep); err != nil {
		return unavailable(err)
	}
	changed := w.changed
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
		if e := w.leave(err != nil); e != nil {
			err = errors.Join(err, unavailable(e))
		}
		if err != nil { // it has changed nothing
			w.changed = changed
		}
	}()
	return w.call(j)
}

// jobStep is the savepoint of one job in the common transaction.
const jobStep = "job"

// leave ends the savepoint of a job and undoes it if asked to, or if something of it that was
// queued fails now. If that is not possible, half a job could slip into the common commit, so
// everything is rolled back; runBatch notices that.
func (w *writer) leave(undo bool) error {
	if w.conn.ended() {
		return nil
	}
	err := w.conn.leave(jobStep, undo)
	if err == nil || undo || w.conn.ended() {
		if err != nil {
			w.abandon(err)
		}
		return err
	}
	if e := w.conn.leave(jobStep, true); e != nil {
		w.abandon(e)
	}
	return err
}

// probe writes and commits something small. Its success proves that commits
// work, and replaces pages a failed commit may have left behind.
func (w *writer) probe() error {
	err := w.conn.begin()
	if err == nil {
		err = (&Tx{Reader: Reader{q: w}, w: w}).probe()
	}
	if err == nil {
		_, err = w.conn.commit()
	}
	if err != nil {
		w.abandon(err)
	}
	return err
}

// runAlone runs the only function of a transaction. An error, or a panic in it,
// rolls the transaction back; runBatch notices that.
func (w *writer) runAlone(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
		if err != nil && !w.conn.ended() {
			if e := w.conn.rollback(); e != nil {
				err = errors.Join(err, unavailable(e))
			}
		}
	}()
	return w.call(j)
}

// call runs the function of a job. An error of the storage denies, whatever the function
// makes of it.
func (w *writer) call(j *job) error {
	tx := &Tx{Reader: Reader{q: w}, w: w}
	err := tx.checkLease(j.ctx)
	if err == nil {
		err = j.fn(tx)
	}
	if err != nil && problem.As(err) == nil && isStorage(err) {
		err = unavailable(err)
	}
	return err
}
