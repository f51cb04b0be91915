package eventhubs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubstest"
)

// positions are read, and compared with what should come.
type positions struct {
	t      *testing.T
	source *Source
	what   string
}

func (p positions) check(from delivery.Position, want []int, began delivery.Began) {
	p.t.Helper()
	g := read(p.t, p.source, delivery.Query{From: from, Partition: "0", Group: "other", Prefetch: 7})
	began.Partition = "0"
	if !slices.Equal(g.sequences("0"), want) || g.began["0"] != began {
		p.t.Errorf("%s %s: %v, %+v", p.what, from, g.sequences("0"), g.began)
	}
}

func sequence(n int64) delivery.Position {
	return delivery.Position{Origin: delivery.Sequence, Sequence: n}
}
func offsetOf(e delivery.Received) delivery.Position {
	return delivery.Position{Origin: delivery.Offset, Offset: e.Offset}
}
func since(at time.Time) delivery.Position { return delivery.Position{Origin: delivery.Time, Time: at} }

var (
	earliest = delivery.Position{Origin: delivery.Earliest}
	latest   = delivery.Position{Origin: delivery.Latest}
)

func TestSource_Positions(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Groups: []string{"other"}})
	s := source(t, Options{Connection: h.Connection()})
	fill(t, h, "0", 1, 20) // sequence numbers 0 to 19
	all := read(t, s, delivery.Query{Partition: "0"}).events["0"]
	if len(all) != 20 || string(all[4].Body) != `{"seq":5}` || all[4].Offset != h.Stored(0)[4].Offset || all[4].Enqueued.IsZero() {
		t.Fatalf("%d events, of which one is %+v", len(all), all[4])
	}
	p := positions{t, s, "all kept"}
	begun := delivery.Began{}
	p.check(earliest, upTo(0, 19), begun)
	p.check(latest, nil, begun)
	p.check(sequence(0), upTo(0, 19), begun)
	p.check(sequence(10), upTo(10, 19), begun)
	p.check(sequence(20), nil, begun)
	p.check(sequence(99), nil, begun)
	p.check(offsetOf(delivery.Received{Offset: "-1"}), upTo(0, 19), begun)
	p.check(offsetOf(all[9]), upTo(10, 19), begun)
	p.check(offsetOf(all[19]), nil, begun)
	p.check(offsetOf(delivery.Received{Offset: "999999999"}), nil, begun)
	p.check(since(all[0].Enqueued), upTo(0, 19), begun)
	p.check(since(all[0].Enqueued.Add(-time.Hour)), upTo(0, 19), begun) // nothing was there before
	p.check(since(all[19].Enqueued.Add(time.Nanosecond)), nil, begun)
}

// TestSource_SaysThatItBeganLater: a hub says nothing about a position that it no longer has.
func TestSource_SaysThatItBeganLater(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Groups: []string{"other"}})
	s := source(t, Options{Connection: h.Connection()})
	fill(t, h, "0", 1, 20)
	all := read(t, s, delivery.Query{Partition: "0"}).events["0"]

	h.Trim(0, 8) // 12 to 19 are kept
	p := positions{t, s, "trimmed"}
	begun, later := delivery.Began{Sequence: 12}, delivery.Began{Sequence: 12, Later: true}
	p.check(earliest, upTo(12, 19), begun)
	p.check(latest, nil, begun)
	p.check(sequence(11), upTo(12, 19), later)
	p.check(sequence(12), upTo(12, 19), begun)
	p.check(offsetOf(all[10]), upTo(12, 19), later)
	p.check(offsetOf(all[12]), upTo(13, 19), begun)
	p.check(since(all[0].Enqueued.Add(-time.Hour)), upTo(12, 19), later)
	p.check(since(all[19].Enqueued.Add(time.Hour)), nil, begun)

	h.Trim(0, 0)
	p.what = "nothing kept"
	begun.Sequence, later.Sequence = 20, 20
	p.check(earliest, nil, begun)
	p.check(sequence(19), nil, later)
	p.check(sequence(20), nil, begun)
	p.check(offsetOf(all[0]), nil, later)
	p.check(offsetOf(all[19]), nil, begun)
	p.check(since(all[0].Enqueued), nil, later)
}

func TestSource_MistakesInAQuery(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	s := source(t, Options{Connection: h.Connection()})
	position := func(p delivery.Position) delivery.Query { return delivery.Query{From: p} }
	for want, q := range map[string]delivery.Query{
		"a partition is a number":    {Partition: "0'"},
		"has the partitions 0, 1":    {Partition: "2"},
		"or not that partition or c": {Group: "nobody", Partition: "0"},
		"a consumer group is":        {Group: "a/b"},
		"can be asked for ahead":     {Prefetch: maxPrefetch + 1},
		"an offset is letters":       position(delivery.Position{Origin: delivery.Offset, Offset: "1' OR '1"}),
		"a sequence number is":       position(delivery.Position{Origin: delivery.Sequence, Sequence: -1}),
		"reading begins at":          position(delivery.Position{Origin: "somewhere"}),
	} {
		fillOnce := h.Counts().Events == 0
		if fillOnce {
			fill(t, h, "0", 1, 1)
		}
		g := newGot()
		if err := s.Read(t.Context(), q, g.onBegan, g.onReceived); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", q, err, want)
		}
	}
	wrong := source(t, Options{Connection: h.ConnectionOf("audit", "aK7")})
	g := newGot()
	if err := wrong.Read(t.Context(), delivery.Query{}, g.onBegan, g.onReceived); err == nil || !strings.Contains(err.Error(), "refuses the policy “send”") || strings.Contains(err.Error(), "aK7") {
		t.Errorf("wrong key: %v", err)
	}
}

// TestSource_AllPartitions: each in its order, and never two callbacks at a time, whatever is
// asked for ahead.
func TestSource_AllPartitions(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 11})
	s := source(t, Options{Connection: h.Connection()})
	for p := range 10 { // nothing is in the last
		fill(t, h, fmt.Sprint(p), 1, 60)
	}
	for _, prefetch := range []int{0, 1, 5000} {
		g, inside := newGot(), atomic.Int32{}
		err := s.Read(t.Context(), delivery.Query{Prefetch: prefetch}, g.onBegan, func(e delivery.Received) error {
			if inside.Add(1) != 1 {
				t.Error("two callbacks at a time")
			}
			defer inside.Add(-1)
			return g.onReceived(e)
		})
		for p := range 10 {
			if !slices.Equal(g.sequences(fmt.Sprint(p)), upTo(0, 59)) {
				t.Errorf("prefetch %d: partition %d gave %v", prefetch, p, g.sequences(fmt.Sprint(p)))
			}
		}
		if err != nil || len(g.began) != 11 {
			t.Errorf("prefetch %d: %v, %d partitions began", prefetch, err, len(g.began))
		}
	}

	enough := errors.New("enough")
	calls := 0
	err := s.Read(t.Context(), delivery.Query{}, func(delivery.Began) error { return nil }, func(delivery.Received) error {
		if calls++; calls == 50 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || calls != 50 {
		t.Errorf("a callback that failed: %v after %d calls", err, calls)
	}
}
