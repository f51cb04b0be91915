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

func (w *writer) commitJobs(batch []*job) {
	if w.unknown != nil {
		if err := w.probe(); err != nil {
			fail(batch, errors.Join(w.unknown, err))
			return
		}
		w.unknown = nil
	}
	if err := w.exec(beginWriting); err != nil {
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
	before := w.head
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
	if w.head != before {
		w.tellMoved()
	}
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
	any, err := (Reader{q: w}).hasApplications()
	if err == nil {
		w.applications.Store(any)
	}
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
	if err := w.exec(beginWriting); err != nil {
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

// runAlone runs the only function of a transaction. An error, or a panic in it,
// rolls the transaction back; commit notices that.
func (w *writer) runAlone(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
		if err != nil && !w.ended() {
			if e := w.exec("ROLLBACK"); e != nil {
				err = errors.Join(err, unavailable(e))
			}
		}
	}()
	err = j.fn(&Tx{Reader: Reader{q: w}, w: w})
	if err != nil && problem.As(err) == nil && isStorage(err) {
		err = unavailable(err)
	}
	return err
}
