package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/store"
)

const (
	// leapSlack is how far the clock may be moved before the log tells of it, 10 seconds: more
	// than a time server corrects at once, less than makes codes fail.
	leapSlack = 10 * time.Second
	// leapEvery is how often the clock is compared with the one that nobody can set.
	leapEvery = 5 * time.Second
	// longGap is how far ahead of the newest event the clock may be before what it calls old
	// is kept for a while: 30 days. A server that was off for longer loses nothing by it.
	longGap = 30 * 24 * time.Hour
	// keptFor is how long: a day, in which somebody can notice that the clock is wrong. With
	// it, years of the audit log and everybody in the recycle bin would go at once.
	keptFor = 24 * time.Hour
	// metaKeptUntil says in the database until when.
	metaKeptUntil = "old_rows_kept_until"
)

// leap knows how the clock stood when it was looked at last. It is safe for concurrent use.
type leap struct {
	mu           sync.Mutex
	wall, steady time.Time
}

// look calls moved if the clock was set since the last look, by more than a little. If that
// fails, the next look finds the same once more.
func (l *leap) look(wall, steady time.Time, moved func(by time.Duration) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	wall = wall.Round(0)
	if !l.wall.IsZero() {
		if by := wall.Sub(l.wall) - steady.Sub(l.steady); by.Abs() > leapSlack {
			if err := moved(by); err != nil {
				return err
			}
		}
	}
	l.wall, l.steady = wall, steady
	return nil
}

// watchClock is the job that looks whether the clock was set under the server.
func (s *Server) watchClock() instance.Job {
	return instance.Job{Name: "watching the clock", Every: leapEvery, Run: s.lookAtClock}
}

// lookAtClock says in the log that the clock was set since the last look, and keeps it from
// doing harm: far ahead it removes nothing for a day, and set back it brings nothing to life again.
func (s *Server) lookAtClock(ctx context.Context) error {
	now := s.Instance.Now()
	return s.leap.look(now, time.Now(), func(by time.Duration) error {
		way := "forward"
		if by < 0 {
			way = "back"
		}
		s.Instance.Log.Warn("the clock was set "+way+", or this machine slept; if it is wrong now, codes are refused and sessions end: let the system set its clock by itself",
			"by", by.Abs().Round(time.Second).String(), "now", now)
		if by > longGap {
			return s.keepOld(ctx, now, by)
		}
		if by < 0 {
			return s.endOver(ctx, now.Add(-by))
		}
		return nil
	})
}

// endOver ends what was over before the clock was set back, and lets nothing wait for it. If the clock was found far
// ahead within the last day, links are left alone: they may not have expired.
func (s *Server) endOver(ctx context.Context, at time.Time) error {
	until, err := s.keptUntil()
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.DueAgain(s.Instance.Now()); err != nil {
			return err
		}
		if err := account.EndOverdueApprovals(tx, at, s.Instance.Now()); err != nil {
			return err
		}
		if err := tx.EndOver(at); err != nil || until.After(at) {
			return err
		}
		return tx.EndOverLinks(at)
	})
}

// beginClock looks at the start whether the clock was set since the last event before it.
func (s *Server) beginClock(ctx context.Context, last time.Time) error {
	if last.Sub(s.Instance.Now()) > leapSlack {
		if err := s.endOver(ctx, last); err != nil {
			return err
		}
	}
	if err := s.lookAtClock(ctx); err != nil {
		return err
	}
	_, err := s.mayRemoveSince(ctx, last)
	return err
}

// lastEvent is the time of the last event; the zero time if there is none. If the clock was ahead
// once, it is not the latest. A migration is no such event: this start has just made it, by the
// clock that is in question.
func (s *Server) lastEvent() (time.Time, error) {
	seq, _, err := s.DB.AuditHead()
	for ; err == nil && seq > 0; seq-- {
		var e audit.Entry
		if e, _, _, err = s.DB.AuditEntry(seq); err == nil && e.Event != audit.DatabaseMigrated {
			return e.At, nil
		}
	}
	return time.Time{}, err
}

// keptUntil is until when old rows are kept; the zero time if they are not.
func (s *Server) keptUntil() (time.Time, error) {
	text, err := s.DB.Meta(metaKeptUntil)
	if err != nil {
		return time.Time{}, err
	}
	until, _ := time.Parse(time.RFC3339, text) // what cannot be read is over
	return until, nil
}

// keepOld keeps old rows for a day, because the clock is ahead by so much.
func (s *Server) keepOld(ctx context.Context, now time.Time, ahead time.Duration) error {
	s.Instance.Log.Warn("the clock is far ahead of the newest event, so nothing old is removed for a day; if the clock is wrong, set it right until then",
		"ahead", ahead.Round(time.Hour).String())
	return s.noteKept(ctx, now.Add(keptFor))
}

func (s *Server) noteKept(ctx context.Context, until time.Time) error {
	err := s.DB.Tx(ctx, func(tx *store.Tx) error { return tx.SetMeta(metaKeptUntil, until.UTC().Format(time.RFC3339)) })
	if err != nil {
		err = fmt.Errorf("noting until when old rows are kept: %w", err)
	}
	return err
}

// mayRemove reports whether what is old may be removed: not for a day after the clock was found
// far ahead of the last event, or of itself a moment before, because it may be wrong. It is asked at the
// start and before each time that something is removed.
func (s *Server) mayRemove(ctx context.Context) (bool, error) {
	if err := s.lookAtClock(ctx); err != nil { // events of a wrong clock hide that it is ahead
		return false, err
	}
	last, err := s.lastEvent()
	if err != nil {
		return false, err
	}
	return s.mayRemoveSince(ctx, last)
}

// mayRemoveSince is mayRemove where this is the time of the last event.
func (s *Server) mayRemoveSince(ctx context.Context, last time.Time) (bool, error) {
	now := s.Instance.Now()
	until, err := s.keptUntil()
	if err != nil {
		return false, err
	}
	switch {
	case !last.IsZero() && now.Sub(last) > longGap:
		return false, s.keepOld(ctx, now, now.Sub(last))
	case !until.After(now):
		return true, nil
	case until.Sub(now) > keptFor: // it was written when the clock was ahead
		return false, s.noteKept(ctx, now.Add(keptFor))
	}
	return false, nil
}
