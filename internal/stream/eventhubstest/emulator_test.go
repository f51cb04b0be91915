package eventhubstest_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"latchkey/internal/stream/eventhubstest"
)

var atOnce = eh.RetryOptions{MaxRetries: -1}

func producer(t *testing.T, connection string) *eh.ProducerClient {
	t.Helper()
	p, err := eh.NewProducerClientFromConnectionString(connection, "", &eh.ProducerClientOptions{RetryOptions: atOnce})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(context.Background()) })
	return p
}

func send(t *testing.T, p *eh.ProducerClient, key string, bodies ...string) {
	t.Helper()
	o := &eh.EventDataBatchOptions{}
	if key != "" {
		o.PartitionKey = &key
	}
	b, err := p.NewEventDataBatch(t.Context(), o)
	for _, body := range bodies {
		if err == nil {
			err = b.AddEventData(&eh.EventData{Body: []byte(body)}, nil)
		}
	}
	if err == nil {
		err = p.SendEventDataBatch(t.Context(), b, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestHub_KeysAndTurns: events of one key are in one partition, and those without one go in
// turn.
func TestHub_KeysAndTurns(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 4})
	p := producer(t, h.Connection())
	for range 3 {
		send(t, p, "user-7", "a", "b")
	}
	for range 4 {
		send(t, p, "", "c")
	}
	with := 0
	for partition := range 4 {
		switch n := len(h.Stored(partition)); n {
		case 7:
			with++
		case 1:
		default:
			t.Errorf("partition %d holds %d events", partition, n)
		}
	}
	if c := h.Counts(); with != 1 || c.Batches != 7 || c.Events != 10 || c.Connections != 1 {
		t.Errorf("%d partitions have the key's events; %+v", with, c)
	}
}

// TestHub_ClaimsRunOut: a signature is refused once it is over, and one for another hub
// always.
func TestHub_ClaimsRunOut(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{})
	for what, connection := range map[string]string{
		"wrong key": h.ConnectionOf("audit", "wrong"), "no such hub": h.ConnectionOf("other", "secret"),
		"over":     h.Signed("audit", time.Now().Add(-time.Second)),
		"of other": h.Signed("other", time.Now().Add(time.Hour)),
	} {
		if _, err := producer(t, connection).NewEventDataBatch(t.Context(), nil); err == nil {
			t.Errorf("%s: it was let in", what)
		}
	}
	if c := h.Counts(); c.RefusedTokens != 3 { // who asks for another hub has a claim for that
		t.Errorf("%+v", c)
	}
	if _, err := producer(t, h.Signed("audit", time.Now().Add(time.Hour))).NewEventDataBatch(t.Context(), nil); err != nil {
		t.Errorf("a signature that is right: %v", err)
	}
}

// TestHub_OwnerLevels: within a consumer group a higher owner level takes a partition away.
func TestHub_OwnerLevels(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Groups: []string{"other"}})
	reader := func(group string, level int64) *eh.PartitionClient {
		c, err := eh.NewConsumerClientFromConnectionString(h.Connection(), "", group, &eh.ConsumerClientOptions{RetryOptions: atOnce})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(context.Background()) })
		first := true
		r, err := c.NewPartitionClient("0", &eh.PartitionClientOptions{StartPosition: eh.StartPosition{Earliest: &first}, OwnerLevel: &level})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	p := producer(t, h.Connection())
	send(t, p, "", "a")
	one, two, other := reader(eh.DefaultConsumerGroup, 1), reader(eh.DefaultConsumerGroup, 2), reader("other", 1)
	for _, r := range []*eh.PartitionClient{one, other, two} {
		if e, err := r.ReceiveEvents(t.Context(), 1, nil); err != nil || string(e[0].Body) != "a" {
			t.Fatalf("%v, %v", e, err)
		}
	}
	_, err := one.ReceiveEvents(t.Context(), 1, nil)
	if lost := (*eh.Error)(nil); !errors.As(err, &lost) || lost.Code != eh.ErrorCodeOwnershipLost {
		t.Errorf("the lower level: %v", err)
	}
	send(t, p, "", "b")
	send(t, p, "", "b") // in the other partition and this one
	for _, r := range []*eh.PartitionClient{two, other} {
		if e, err := r.ReceiveEvents(t.Context(), 1, nil); err != nil || string(e[0].Body) != "b" {
			t.Errorf("%v, %v", e, err)
		}
	}
}

// TestHub_StopsAndRestarts: on the same port, with what it held or without.
func TestHub_StopsAndRestarts(t *testing.T) {
	t.Parallel()
	h := eventhubstest.Start(t, eventhubstest.Options{Partitions: 1})
	send(t, producer(t, h.Connection()), "", "a")
	h.Stop()
	if conn, err := net.Dial("tcp", h.Address()); err == nil {
		conn.Close()
		t.Error("it listens although it was stopped")
	}
	if err := h.Restart(); err != nil {
		t.Fatal(err)
	}
	send(t, producer(t, h.Connection()), "", "b")
	if got := h.Stored(0); len(got) != 2 || got[1].Sequence != 1 || got[1].Body != "b" {
		t.Errorf("stored %+v", got)
	}
	h.Forget()
	send(t, producer(t, h.Connection()), "", "c")
	if got := h.Stored(0); len(got) != 1 || got[0].Sequence != 0 {
		t.Errorf("after forgetting: %+v", got)
	}
	if !strings.HasPrefix(h.Connection(), "Endpoint=sb://127.0.0.1:") {
		t.Error(h.Connection())
	}
}
