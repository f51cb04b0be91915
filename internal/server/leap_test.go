package server

import (
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

func TestOT17_AClockThatIsSetIsTold(t *testing.T) {
	t.Parallel()
	var l leap
	wall, steady := time.Unix(1_900_000_000, 0), time.Now()
	for _, c := range []struct{ wall, steady, want time.Duration }{
		{0, 0, 0}, {5 * time.Second, 5 * time.Second, 0}, {time.Hour, 5 * time.Second, time.Hour - 5*time.Second},
		{-2 * time.Hour, 5 * time.Second, -2*time.Hour - 5*time.Second}, {15 * time.Second, 5 * time.Second, 0}, {16 * time.Second, 5 * time.Second, 11 * time.Second},
	} {
		wall, steady = wall.Add(c.wall), steady.Add(c.steady)
		for _, fails := range []error{errors.New("a full disk"), nil, nil} { // found again until something was done about it
			var got time.Duration
			err := l.look(wall, steady, func(by time.Duration) error { got = by; return fails })
			if got != c.want || err != nil && err != fails || (err != nil) != (fails != nil && got != 0) {
				t.Errorf("%v on the clock and %v of time: %v, %v, want %v", c.wall, c.steady, got, err, c.want)
			}
			if fails == nil {
				c.want = 0
			}
		}
	}
}

// TestOT17_AClockFarAheadRemovesNothingForADay: and once it is right, or the day is over,
// what is old goes as ever.
func TestOT17_AClockFarAheadRemovesNothingForADay(t *testing.T) {
	t.Parallel()
	s, log := logging(t)
	right := time.Now()
	event(t, s, right)
	clock := right
	s.Instance.Now = func() time.Time { return clock }
	const years = 10 * 365 * 24 * time.Hour
	for _, c := range []struct {
		at   time.Duration
		may  bool
		told bool
	}{
		{0, true, false}, {29 * 24 * time.Hour, true, false}, {years, false, true}, {years + 23*time.Hour, false, true},
		{time.Hour, false, false}, {2 * time.Hour, false, false}, {26 * time.Hour, true, false},
	} {
		log.Reset()
		clock = right.Add(c.at)
		if may, err := s.mayRemove(t.Context()); may != c.may || err != nil || strings.Contains(log.String(), "far ahead") != c.told {
			t.Errorf("%v later: %v, %v; the log: %s", c.at, may, err, log)
		}
	}
}

// TestOT17_EventsOfAWrongClockHideNothing: the clock is set forward under a server that people use, and
// what they do is written down before anything is looked at.
func TestOT17_EventsOfAWrongClockHideNothing(t *testing.T) {
	t.Parallel()
	s, _ := logging(t)
	right := time.Now()
	clock := right
	s.Instance.Now = func() time.Time { return clock }
	happens := func() { event(t, s, clock) }
	happens()
	for _, c := range []struct {
		by  time.Duration
		may bool
	}{{0, true}, {40 * 24 * time.Hour, false}, {23 * time.Hour, false}, {-23 * time.Hour, false}, {-40 * 24 * time.Hour, false}, {23 * time.Hour, false}, {time.Hour, true}} {
		clock = clock.Add(c.by)
		happens()
		if may, err := s.mayRemove(t.Context()); may != c.may || err != nil {
			t.Errorf("%v more, %v from the right time: %v, %v", c.by, clock.Sub(right), may, err)
		}
	}
}

// begin is how a run begins.
func begin(t *testing.T, s *Server) {
	t.Helper()
	last, err := s.lastEvent()
	if err == nil {
		err = s.beginClock(t.Context(), last)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestOT17_WhatAStartWritesHidesNothing: a new version migrates the database by a clock that is far
// ahead, before anything is looked at.
func TestOT17_WhatAStartWritesHidesNothing(t *testing.T) {
	t.Parallel()
	s, _ := logging(t)
	clock := time.Now()
	s.Instance.Now = func() time.Time { return clock }
	event(t, s, clock)
	clock = clock.Add(40 * 24 * time.Hour)
	event(t, s, clock, audit.DatabaseMigrated)
	begin(t, s)
	event(t, s, clock)
	if may, err := s.mayRemove(t.Context()); may || err != nil {
		t.Errorf("what is old may be removed: %v, %v", may, err)
	}
}

// TestOT17_AMomentIsNoLeap: the last event is of another node, whose clock is a little ahead.
func TestOT17_AMomentIsNoLeap(t *testing.T) {
	t.Parallel()
	s, _ := logging(t)
	clock := time.Now()
	s.Instance.Now = func() time.Time { return clock }
	if err := s.DB.Tx(t.Context(), func(tx *store.Tx) error {
		err := tx.AddUser(store.NewUser{ID: "anna", Username: "anna", Role: user.RoleUser, Hash: "hash", CreatedAt: clock})
		if err == nil {
			ends := clock.Add(3 * time.Millisecond)
			err = tx.AddSession(store.Session{IDHash: "s", ID: "s", UserID: "anna", CredVersion: 1, Created: clock, LastSeen: clock, IdleUntil: ends, Ends: ends})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	event(t, s, clock.Add(5*time.Millisecond))
	begin(t, s)
	if _, _, ok, err := s.DB.SessionByHash("s", clock); !ok || err != nil {
		t.Errorf("a session that is not over is ended: %v, %v", ok, err)
	}
}

// event writes an event of a time: that of a start, or another one.
func event(t *testing.T, s *Server, at time.Time, what ...audit.Event) {
	t.Helper()
	what = append(what, audit.ServerStarted)
	err := s.DB.Tx(t.Context(), func(tx *store.Tx) error {
		return tx.Audit(audit.Entry{At: at, Event: what[0], Result: audit.ResultOK, ActorName: "server"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOT17_AClockThatIsSetBackBringsNothingToLife, whether it is set under the server or between two
// runs. Links stay if the clock was found far ahead before: it was wrong then.
func TestOT17_AClockThatIsSetBackBringsNothingToLife(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ahead   time.Duration // of what was over, when the clock is set back
		running bool
		link    bool
	}{
		"under the server": {2 * time.Hour, true, false}, "between two runs": {2 * time.Hour, false, false},
		"right again, under the server": {40 * 24 * time.Hour, true, true}, "right again, between two runs": {40 * 24 * time.Hour, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := logging(t)
			clock := time.Now()
			s.Instance.Now = func() time.Time { return clock }
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			event(t, s, clock)
			begin(t, s)
			must(s.DB.Tx(t.Context(), func(tx *store.Tx) error {
				err := tx.AddUser(store.NewUser{ID: "anna", Username: "anna", Role: user.RoleUser, Hash: "hash", CreatedAt: clock})
				if err == nil {
					err = tx.AddSession(store.Session{IDHash: "s", ID: "s", UserID: "anna", CredVersion: 1, Created: clock, LastSeen: clock, IdleUntil: clock.Add(time.Hour), Ends: clock.Add(time.Hour)})
				}
				if err == nil {
					err = tx.AddLink(store.Link{TokenHash: "l", Purpose: store.PurposeInvite, UserID: "anna", CredVersion: 1, Created: clock, Ends: clock.Add(time.Hour)})
				}
				if err == nil {
					_, err = tx.AddApproval(store.Approval{ID: "q", UserID: "anna", Kind: "email", Detail: "a@example.com", AskedID: "boss", Made: clock, Opens: clock, Ends: clock.Add(time.Hour)})
				}
				return err
			}))
			clock = clock.Add(c.ahead)
			must(s.lookAtClock(t.Context()))
			event(t, s, clock)
			clock = clock.Add(time.Minute - c.ahead)
			if c.running {
				must(s.lookAtClock(t.Context()))
			} else {
				event(t, s, clock, audit.DatabaseMigrated) // the start has written it
				begin(t, &Server{Program: s.Program})
			}
			if _, _, ok, err := s.DB.SessionByHash("s", clock); ok || err != nil {
				t.Errorf("the session is alive again: %v, %v", ok, err)
			}
			if _, ok, err := s.DB.LinkByHash("l", store.PurposeInvite, clock); ok != c.link || err != nil {
				t.Errorf("the link works: %v, %v; want %v", ok, err, c.link)
			}
			if q, _, err := s.DB.Approval("q"); q.Status != store.ApprovalEnded || err != nil {
				t.Errorf("what nobody approved in time is %s, %v", q.Status, err)
			}
		})
	}
}
