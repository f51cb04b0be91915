package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// commitWithin is how long COMMIT is waited for, with the standby that it may wait for, and then how
// long is asked what became of it.
func (s *postgresConnection) commitWithin() time.Duration {
	if s.blocked {
		return 2 * time.Second
	}
	return 8 * time.Second
}

// errUnconfirmed is why a commit does not count that the server confirms with a warning: somebody
// ended its wait for the standby.
var errUnconfirmed = errors.New("the server has committed without its standby")

// commit commits, and finds out what became of a commit without an answer. It returns nil only
// after a write of this process was acknowledged: one that others can see may still be waiting
// for the standby, and be lost with the server.
func (s *postgresConnection) commit() (head place, err error) {
	if s.gone() {
		return head, errEnded
	}
	ctx, done := context.WithTimeout(context.Background(), s.commitWithin())
	defer done()
	batch := s.take()
	before := batch.Len()
	batch.Queue(headNow)
	batch.Queue("COMMIT")
	s.sent, s.warned = true, false
	sent := s.conn.SendBatch(ctx, batch)
	head, failed, err := committed(sent, before)
	err = firstOf(err, sent.Close())
	switch {
	case err == nil && s.warned:
		err = errUnconfirmed
	case err == nil && failed:
		return head, errEnded
	case err == nil:
		s.blocked = false
		return head, nil
	case stateOf(err) != "" && !s.gone(): // the server says that it did not happen
		s.sent = false
		return head, s.failed(err)
	}
	return head, s.resolve(err)
}

// committed reads the results of a batch that ends with headNow and COMMIT. failed says that a
// statement had failed, and so the transaction was rolled back.
func committed(sent pgx.BatchResults, before int) (head place, failed bool, err error) {
	if err := skip(sent, before); err != nil {
		return head, false, err
	}
	head, err = scanPlace(sent.QueryRow())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // somebody has taken it away; VerifyAudit tells of that
		return head, false, err
	}
	tag, err := sent.Exec()
	return head, tag.String() == "ROLLBACK", err
}

// resolve asks on a new connection whether the transaction that was being committed did
// happen. The lock on the head makes the question wait until the server knows.
func (s *postgresConnection) resolve(cause error) error {
	s.failed(cause)
	s.drop() // it may still be committing
	var known, happened bool
	for until := time.Now().Add(s.commitWithin()); ; {
		var err error
		if !known {
			happened, err = s.happened()
			known = err == nil
		}
		if known {
			err = s.acknowledged(until)
		}
		switch {
		case err == nil && happened:
			s.failing, s.blocked = time.Time{}, false
			return nil
		case err == nil:
			s.undone, s.failing, s.blocked = true, time.Time{}, false
			return fmt.Errorf("the commit did not happen: %w", &errLost{cause.Error()})
		case !time.Now().Before(until):
			s.blocked = true
			return &errUnknown{&errLost{errors.Join(cause, err).Error()}}
		}
		s.drop()
	}
}

// happened reports whether the transaction with the token was committed, and leaves the one in
// which it looked open.
func (s *postgresConnection) happened() (bool, error) {
	if err := s.lock(); err != nil {
		return false, err
	}
	is, _, err := one(s.queryRow(readToken, s.node), single[int64], "asking what became of a commit")
	return is == s.token, err
}

// acknowledged commits a write of this process, for which it waits a second or until then.
func (s *postgresConnection) acknowledged(until time.Time) error {
	if s.gone() {
		if err := s.lock(); err != nil {
			return err
		}
	}
	ctx, done := context.WithTimeout(context.Background(), max(time.Second, time.Until(until)))
	defer done()
	s.noteToken()
	s.queued.Queue("COMMIT")
	s.warned = false
	err := s.flush(ctx)
	if err == nil && s.warned {
		err = errUnconfirmed
	}
	return err
}
