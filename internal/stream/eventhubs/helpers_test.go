package eventhubs

import (
	"context"
	"fmt"
	"net"
	"testing"

	"latchkey/internal/stream/delivery"
	"latchkey/internal/stream/eventhubstest"
)

// dial is for tests, in which everything is on this machine.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// destination sends to a hub until the test ends.
func destination(t *testing.T, o Options) *Destination {
	t.Helper()
	if o.Dial == nil {
		o.Dial = dial
	}
	d, err := NewDestination(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// messages are events from..to.
func messages(from, to int) []delivery.Message {
	var all []delivery.Message
	for i := from; i <= to; i++ {
		all = append(all, delivery.Message{ID: fmt.Sprintf("id-%d", i), Seq: int64(i), Type: "login.code", Body: fmt.Appendf(nil, `{"seq":%d}`, i)})
	}
	return all
}

// seqs are the numbers of what a partition holds.
func seqs(h *eventhubstest.Hub, partition int) []int {
	var all []int
	for _, e := range h.Stored(partition) {
		all = append(all, int(e.Properties["seq"].(float64)))
	}
	return all
}

// upTo counts from..to.
func upTo(from, to int) []int {
	var all []int
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}

// source reads from a hub until the test ends.
func source(t *testing.T, o Options) *Source {
	t.Helper()
	if o.Dial == nil {
		o.Dial = dial
	}
	s, err := NewSource(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// fill puts events from..to into a partition.
func fill(t *testing.T, h *eventhubstest.Hub, partition string, from, to int) {
	t.Helper()
	d := destination(t, Options{Connection: h.Connection(), Partition: partition})
	if n, err := d.Send(t.Context(), 0, messages(from, to)); n != to-from+1 || err != nil {
		t.Fatalf("filling partition %s: %d, %v", partition, n, err)
	}
}

// got is what a read saw.
type got struct {
	began  map[string]delivery.Began
	events map[string][]delivery.Received
}

func newGot() *got {
	return &got{map[string]delivery.Began{}, map[string][]delivery.Received{}}
}

func (g *got) onBegan(b delivery.Began) error {
	if _, twice := g.began[b.Partition]; twice {
		return fmt.Errorf("partition %s began twice", b.Partition)
	}
	g.began[b.Partition] = b
	return nil
}

func (g *got) onReceived(e delivery.Received) error {
	if _, ok := g.began[e.Partition]; !ok {
		return fmt.Errorf("partition %s had not begun", e.Partition)
	}
	g.events[e.Partition] = append(g.events[e.Partition], e)
	return nil
}

// sequences of what came from a partition.
func (g *got) sequences(partition string) []int {
	var all []int
	for _, e := range g.events[partition] {
		all = append(all, int(e.Sequence))
	}
	return all
}

// read reads to the end.
func read(t *testing.T, s *Source, q delivery.Query) *got {
	t.Helper()
	g := newGot()
	if err := s.Read(t.Context(), q, g.onBegan, g.onReceived); err != nil {
		t.Errorf("%s: %v", q.From, err)
	}
	return g
}
