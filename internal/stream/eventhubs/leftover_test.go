package eventhubs

import (
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubstest"
)

// TestST04_NothingIsLeftRunning: what was closed, or left because it was silent, has no
// goroutine any more, neither ours nor one of the SDK. It is not parallel, because it looks at
// all that there are.
func TestST04_NothingIsLeftRunning(t *testing.T) {
	h := eventhubstest.Start(t, eventhubstest.Options{})
	for range 3 {
		d := destination(t, Options{Connection: h.Connection()})
		if _, err := d.Lanes(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Send(t.Context(), 0, messages(1, 3)); err != nil {
			t.Fatal(err)
		}
		d.producers.patience = 50 * time.Millisecond
		h.Silent(1)
		if _, err := d.Send(t.Context(), 1, messages(4, 6)); err == nil {
			t.Error("it was not silent")
		}
		h.Silent(0) // on a busy machine it was left before the hub had heard it
		d.Close()
		s := source(t, Options{Connection: h.Connection()})
		read(t, s, delivery.Query{From: sequence(0)})
		s.Close()
	}
	running := func() string {
		var all strings.Builder
		if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(10 * time.Second); ; {
		select {
		case <-tick.C:
			if text := running(); !strings.Contains(text, "azeventhubs") && !strings.Contains(text, "go-amqp") {
				return
			}
		case <-end:
			t.Fatalf("still running:\n%s", running())
		}
	}
}
