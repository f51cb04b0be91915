package eventhubs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubstest"
)

// TestSource_GoesOnAfterALoss: without a gap, and nothing twice.
func TestSource_GoesOnAfterALoss(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 1})
	s := source(t, Options{Connection: h.Connection()})
	fill(t, h, "0", 1, 600)
	faults := map[int]func(){
		100: h.Drop, 101: h.Drop, 200: func() { h.Detach(eventhubstest.Detached) }, 300: func() { h.Detach(eventhubstest.Internal) },
		400: func() {
			h.Stop()
			if err := h.Restart(); err != nil {
				t.Error(err)
			}
		},
	}
	for _, prefetch := range []int{1, 300} {
		g, n := newGot(), 0
		err := s.Read(t.Context(), delivery.Query{Prefetch: prefetch}, g.onBegan, func(e delivery.Received) error {
			if fault := faults[n]; fault != nil {
				fault()
			}
			n++
			return g.onReceived(e)
		})
		if err != nil || !slices.Equal(g.sequences("0"), upTo(0, 599)) {
			t.Errorf("prefetch %d: %v, %d events", prefetch, err, n)
		}
	}
}

// TestSource_Follow: what arrives later is received too, from where the partition ended when
// reading began, even if the connection is lost before the first event.
func TestSource_Follow(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 2})
	s := source(t, Options{Connection: h.Connection()})
	fill(t, h, "0", 1, 5)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	g := newGot()
	err := s.Read(ctx, delivery.Query{From: delivery.Position{Origin: delivery.Latest}, Follow: true}, func(b delivery.Began) error {
		if err := g.onBegan(b); err != nil || len(g.began) < 2 {
			return err
		}
		h.Drop()
		fill(t, h, "0", 6, 7)
		fill(t, h, "1", 8, 9)
		return nil
	}, func(e delivery.Received) error {
		err := g.onReceived(e)
		switch len(g.events["0"]) + len(g.events["1"]) {
		case 4:
			h.Drop()
			fill(t, h, "1", 10, 10)
		case 5:
			stop()
		}
		return err
	})
	if err != nil || !slices.Equal(g.sequences("0"), []int{5, 6}) || !slices.Equal(g.sequences("1"), []int{0, 1, 2}) {
		t.Errorf("%v, %v and %v", err, g.sequences("0"), g.sequences("1"))
	}
}

// TestST04_ReadingEnds: at the end that the partition had, though what is there is trimmed
// meanwhile.
func TestST04_ReadingEnds(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 1})
	fill(t, h, "0", 1, 10)
	s := source(t, Options{Connection: h.Connection()})
	s.patience = 500 * time.Millisecond

	g := newGot()
	err := s.Read(t.Context(), delivery.Query{Prefetch: 1}, g.onBegan, func(e delivery.Received) error {
		if e.Sequence == 2 {
			fill(t, h, "0", 11, 12) // these are behind the end
			h.Trim(0, 1)
		}
		return g.onReceived(e)
	})
	if n := len(g.sequences("0")); err != nil || n < 3 || n > 5 {
		t.Errorf("trimmed: %v, %v", err, g.sequences("0"))
	}
}

// TestST04_ADeafHubIsNotReadForEver: reading ends with a sentence if the hub falls silent.
func TestST04_ADeafHubIsNotReadForEver(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 1})
	fill(t, h, "0", 1, 10)
	s := source(t, Options{Connection: h.Connection()})
	s.patience = 500 * time.Millisecond
	g := newGot()
	on, err := s.begin("$Default")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{reading: on, id: "0"}
	for i, deaf := range []bool{false, false, true} { // here the SDK would wait for ever
		h.Deaf(deaf)
		if i == 1 {
			h.Drop()
		}
		if _, err := r.properties(t.Context()); (err != nil) != deaf {
			t.Errorf("deaf %v, asked about a partition: %v", deaf, err)
		}
	}
	s.end(on)
	h.Deaf(false)

	err = s.Read(t.Context(), delivery.Query{Prefetch: 1}, func(delivery.Began) error {
		h.Deaf(true)
		h.Drop()
		return nil
	}, g.onReceived)
	if err == nil || !strings.Contains(err.Error(), "did not answer within") {
		t.Errorf("deaf: %v", err)
	}
}

// TestSource_CloseEndsReading: whoever follows then gets an error, and nobody begins any more.
func TestSource_CloseEndsReading(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	s := source(t, Options{Connection: h.Connection()})
	for range 2 {
		err := s.Read(t.Context(), delivery.Query{Follow: true}, func(delivery.Began) error {
			s.Close()
			return nil
		}, newGot().onReceived)
		if !errors.Is(err, errClosed) {
			t.Errorf("closed: %v", err)
		}
	}
}
