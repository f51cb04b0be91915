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

func TestDestination_LanesArePartitions(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 12})
	d := destination(t, Options{Connection: h.Connection()})
	if n, err := d.Lanes(t.Context()); n != 12 || err != nil {
		t.Errorf("Lanes() = %d, %v", n, err)
	}
	for lane := range 12 {
		if n, err := d.Send(t.Context(), lane, messages(lane+1, lane+3)); n != 3 || err != nil {
			t.Errorf("lane %d: %d, %v", lane, n, err)
		}
	}
	for p := range 12 {
		if got := seqs(h, p); !slices.Equal(got, upTo(p+1, p+3)) {
			t.Errorf("partition %d holds %v", p, got)
		}
	}
	if _, err := d.Send(t.Context(), 12, messages(1, 1)); err == nil {
		t.Error("there is no lane 12")
	}
	got := h.Stored(0)[0]
	if got.ID != "id-1" || got.Type != "application/json" || got.Properties["event"] != "login.code" || got.Body != `{"seq":1}` {
		t.Errorf("stored %+v", got)
	}

	one := destination(t, Options{Connection: h.Connection(), Partition: "11"})
	if n, err := one.Lanes(t.Context()); n != 1 || err != nil {
		t.Errorf("with a partition, Lanes() = %d, %v", n, err)
	}
	if n, err := one.Send(t.Context(), 0, messages(90, 91)); n != 2 || err != nil || !slices.Equal(seqs(h, 11)[3:], upTo(90, 91)) {
		t.Errorf("with a partition: %d, %v", n, err)
	}
}

// TestDestination_GoesOnAfterALoss: a hub closes what is idle, and moves links as it likes;
// neither is a failure of the stream.
func TestDestination_GoesOnAfterALoss(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	d := destination(t, Options{Connection: h.Connection(), Partition: "0"})
	for i, fault := range []func(){
		func() {}, h.Drop, func() { h.Detach(eventhubstest.Detached) }, func() { h.Cut(1) },
		func() {
			h.Stop()
			if err := h.Restart(); err != nil {
				t.Error(err)
			}
		},
	} {
		fault()
		if n, err := d.Send(t.Context(), 0, messages(i+1, i+1)); n != 1 || err != nil {
			t.Errorf("fault %d: %d, %v", i, n, err)
		}
	}
	// What was stored before the connection was cut arrives twice, with the same id.
	if got, want := seqs(h, 0), []int{1, 2, 3, 4, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}

// TestDestination_TheOtherSidesFault: none of this is about an event, so the stream waits.
func TestDestination_TheOtherSidesFault(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	plain := strings.Replace(h.Connection(), ";UseDevelopmentEmulator=true", "", 1)
	nobody := strings.Replace(h.Connection(), h.Address(), "127.0.0.1:1", 1)
	for name, c := range map[string]struct {
		connection, partition, want string
	}{
		"wrong key":       {h.ConnectionOf("audit", "aK7"), "0", "refuses the policy “send”"},
		"no such hub":     {h.ConnectionOf("other", "secret"), "0", "has no event hub other"},
		"no such part":    {h.Connection(), "9", "does not have that partition"},
		"nobody there":    {nobody, "0", "nobody listens at 127.0.0.1:1"},
		"TLS to plain":    {plain, "0", "does not speak TLS"},
		"wrong key, asks": {h.ConnectionOf("audit", "aK7"), "", "refuses the policy “send”"},
		"no hub, asks":    {h.ConnectionOf("other", "secret"), "", "has no event hub other"},
		"nobody, asks":    {nobody, "", "nobody listens at 127.0.0.1:1"},
	} {
		d := destination(t, Options{Connection: c.connection, Partition: c.partition})
		n, err := d.Send(t.Context(), 0, messages(1, 2))
		refused := &delivery.Refused{}
		if n != 0 || err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "aK7") {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if got := len(h.Stored(0)); got != 0 {
		t.Errorf("%d events were stored", got)
	}
}

func TestDestination_BusyTakesWhatWasTaken(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{MaxMessage: 256 << 10})
	d := destination(t, Options{Connection: h.Connection(), Partition: "0"})
	for condition, want := range map[string]string{
		eventhubstest.Busy: "is busy (refused by the test)", eventhubstest.Over: "has used up its quota",
		"com.microsoft:new-thing": "com.microsoft:new-thing",
	} {
		h.Refuse(2, condition) // what is not known is tried on a new connection
		n, err := d.Send(t.Context(), 0, messages(1, 2))
		refused := &delivery.Refused{}
		if n != 0 || err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d, %v", condition, n, err)
		}
	}
	h.Refuse(0, "")
	if n, err := d.Send(t.Context(), 0, messages(1, 2)); n != 2 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

// TestDestination_LargeEvents: a batch that is full goes, and the next begins; what does not
// fit into one by itself is refused, and only that.
func TestDestination_LargeEvents(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{MaxMessage: 256 << 10})
	d := destination(t, Options{Connection: h.Connection(), Partition: "0"})
	all := messages(1, 9)
	for i := range all {
		all[i].Body = []byte(`"` + strings.Repeat("x", 100_000) + `"`)
	}
	all[6].Body = []byte(`"` + strings.Repeat("x", 300_000) + `"`)
	n, err := d.Send(t.Context(), 0, all)
	refused := &delivery.Refused{}
	if n != 6 || !errors.As(err, &refused) || !strings.Contains(err.Error(), "300002 bytes") {
		t.Errorf("Send() = %d, %v", n, err)
	}
	if n, err := d.Send(t.Context(), 0, all[7:]); n != 2 || err != nil {
		t.Errorf("what follows: %d, %v", n, err)
	}
	if got, want := seqs(h, 0), []int{1, 2, 3, 4, 5, 6, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("stored %v", got)
	}
	if c := h.Counts(); c.Batches != 4 {
		t.Errorf("%d batches", c.Batches)
	}
}

// TestDestination_OneOfABatchIsRefused: which event the hub does not like, shows when each
// goes by itself.
func TestDestination_OneOfABatchIsRefused(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	d := destination(t, Options{Connection: h.Connection(), Partition: "0"})
	h.Refuse(2, eventhubstest.TooLarge)
	n, err := d.Send(t.Context(), 0, messages(1, 3))
	refused := &delivery.Refused{}
	if n != 0 || !errors.As(err, &refused) {
		t.Errorf("Send() = %d, %v", n, err)
	}
	if n, err := d.Send(t.Context(), 0, messages(2, 3)); n != 2 || err != nil {
		t.Errorf("what follows: %d, %v", n, err)
	}

	// A hub that takes next to nothing is at fault itself.
	tiny := eventhubstest.Start(t, eventhubstest.Options{MaxMessage: 600})
	n, err = destination(t, Options{Connection: tiny.Connection(), Partition: "0"}).Send(t.Context(), 0, []delivery.Message{{ID: "a", Body: make([]byte, 600)}})
	if n != 0 || err == nil || errors.As(err, &refused) && errors.Is(err, refused) {
		t.Errorf("tiny: %d, %v", n, err)
	}
}

// TestST04_ASilentHubIsLeft: no answer ends in bounded time, and the next try goes through on
// a new connection.
func TestST04_ASilentHubIsLeft(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	d := destination(t, Options{Connection: h.Connection()})
	d.producers.patience = 300 * time.Millisecond
	h.Silent(1)
	if n, err := d.Send(t.Context(), 0, messages(1, 2)); n != 0 || err == nil || !strings.Contains(err.Error(), "did not answer within") {
		t.Errorf("silent: %d, %v", n, err)
	}
	if n, err := d.Send(t.Context(), 0, messages(1, 2)); n != 2 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
	h.Deaf(true)
	h.Drop()
	for range 3 {
		if _, err := d.Lanes(t.Context()); err == nil {
			t.Error("a deaf hub said how many partitions it has")
		}
		if n, err := d.Send(t.Context(), 0, messages(3, 3)); n != 0 || err == nil {
			t.Errorf("deaf: %d, %v", n, err)
		}
	}
	h.Deaf(false)
	if n, err := d.Send(t.Context(), 0, messages(3, 3)); n != 1 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := d.Send(ctx, 0, messages(4, 4)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %d, %v", n, err)
	}
	d.Close()
	if n, err := d.Send(t.Context(), 0, messages(4, 4)); n != 0 || err == nil {
		t.Errorf("closed: %d, %v", n, err)
	}
}
