package server

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

func TestOT17_AClockThatIsSetIsTold(t *testing.T) {
	t.Parallel()
	var l leap
	wall, steady := time.Unix(1_900_000_000, 0), time.Now()
	for _, c := range []struct{ wall, steady, want time.Duration }{
		{0, 0, 0}, {5 * time.Second, 5 * time.Second, 0}, {time.Hour, 5 * time.Second, time.Hour - 5*time.Second},
		{-2 * time.Hour, 5 * time.Second, -2*time.Hour - 5*time.Second},
	} {
		wall, steady = wall.Add(c.wall), steady.Add(c.steady)
		if got := l.moved(wall, steady); got != c.want {
			t.Errorf("%v on the clock and %v of time: %v, want %v", c.wall, c.steady, got, c.want)
		}
	}
}

// TestOT17_AClockFarAheadRemovesNothingForADay: and once it is right, or the day is over,
// what is old goes as ever.
func TestOT17_AClockFarAheadRemovesNothingForADay(t *testing.T) {
	t.Parallel()
	s, log := logging(t)
	right := time.Now()
	err := s.DB.Tx(t.Context(), func(tx *store.Tx) error {
		return tx.Audit(audit.Entry{At: right, Event: audit.ServerStarted, Result: audit.ResultOK, ActorName: "server"})
	})
	if err != nil {
		t.Fatal(err)
	}
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
