package server

import (
	"context"
	"fmt"
	"time"

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

// leap knows how the clock stood when it was looked at last. It belongs to one goroutine.
type leap struct{ wall, steady time.Time }

// moved is by how much the clock was set since the last look.
func (l *leap) moved(wall, steady time.Time) (by time.Duration) {
	if !l.wall.IsZero() {
		by = wall.Round(0).Sub(l.wall) - steady.Sub(l.steady)
	}
	l.wall, l.steady = wall.Round(0), steady
	return by
}

// watchClock is the job that says in the log when the clock was set under the server.
func (s *Server) watchClock() instance.Job {
	var l leap
	return instance.Job{Name: "watching the clock", Every: leapEvery, Run: func(context.Context) error {
		if by := l.moved(s.Instance.Now(), time.Now()); by.Abs() > leapSlack {
			way := "forward"
			if by < 0 {
				way = "back"
			}
			s.Instance.Log.Warn("the clock was set "+way+", or this machine slept; if it is wrong now, codes are refused and sessions end: let the system set its clock by itself",
				"by", by.Abs().Round(time.Second).String(), "now", s.Instance.Now())
		}
		return nil
	}}
}

// mayRemove reports whether what is old may be removed: not for a day after the clock was found
// far ahead of the newest event, because it may be wrong. It is asked at the start, before this
// run writes events of its own, and before each time that something is removed.
func (s *Server) mayRemove(ctx context.Context) (bool, error) {
	now := s.Instance.Now()
	newest, err := s.DB.NewestAuditTime()
	if err != nil {
		return false, err
	}
	text, err := s.DB.Meta(metaKeptUntil)
	if err != nil {
		return false, err
	}
	until, _ := time.Parse(time.RFC3339, text) // what cannot be read is over
	switch {
	case !newest.IsZero() && now.Sub(newest) > longGap:
		s.Instance.Log.Warn("the clock is far ahead of the newest event, so nothing old is removed for a day; if the clock is wrong, set it right until then",
			"ahead", now.Sub(newest).Round(time.Hour).String())
		until = now.Add(keptFor)
	case text == "" || !until.After(now):
		return true, nil
	case until.Sub(now) > keptFor: // it was written when the clock was ahead
		until = now.Add(keptFor)
	default:
		return false, nil
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error { return tx.SetMeta(metaKeptUntil, until.UTC().Format(time.RFC3339)) })
	if err != nil {
		err = fmt.Errorf("noting until when old rows are kept: %w", err)
	}
	return false, err
}
