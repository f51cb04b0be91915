package eventhubs

import (
	"context"
	"errors"
	"fmt"
	"sync"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"latchkey/internal/stream/delivery"
)

const (
	// maxAnswer is how many bytes an event hub may send over one batch or one question: 8 MiB.
	// A real answer has some hundred bytes; a hub that sends without end is left.
	//
	//limit:streams,bytes Answer of an event hub
	maxAnswer = 8 << 20
	// surelyTaken is a size that every tier of Event Hubs takes, 128 KiB; the smallest of
	// them takes 256. A hub that refuses less for its size is itself at fault, and not the
	// event.
	surelyTaken = 128 << 10
)

// Destination is an event hub that events are sent to. A lane is a partition.
type Destination struct {
	to        Connection
	partition string
	producers *lines[*eh.ProducerClient]

	mutex sync.Mutex
	ids   []string // of the partitions, once they are known
}

var _ delivery.Destination = (*Destination)(nil)

// NewDestination returns the event hub of a connection string. It connects when it is used.
func NewDestination(o Options) (*Destination, error) {
	to, err := o.check()
	if err != nil {
		return nil, err
	}
	d := &Destination{to: to, partition: o.Partition, producers: newProducers(o, to)}
	if o.Partition != "" {
		d.ids = []string{o.Partition}
	}
	return d, nil
}

// newProducers holds the client of the SDK that sends, and that asks about the hub.
func newProducers(o Options, to Connection) *lines[*eh.ProducerClient] {
	return &lines[*eh.ProducerClient]{patience: Patience, make: func() (*line[*eh.ProducerClient], error) {
		n := newNetwork(o, to, maxAnswer)
		p, err := eh.NewProducerClientFromConnectionString(to.forSDK(), "", &eh.ProducerClientOptions{
			NewWebSocketConn: n.connect, RetryOptions: atOnce,
		})
		if err != nil {
			return nil, errNotTaken
		}
		return &line[*eh.ProducerClient]{p, n}, nil
	}}
}

// Lanes asks the hub how many partitions it has, unless there is only one to send to.
func (d *Destination) Lanes(ctx context.Context) (int, error) {
	if d.partition != "" {
		return 1, nil
	}
	ids, err := partitions(ctx, d.producers)
	if err != nil {
		return 0, err
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.ids = ids
	return len(ids), nil
}

// id is the partition of a lane.
func (d *Destination) id(ctx context.Context, lane int) (string, error) {
	d.mutex.Lock()
	ids := d.ids
	d.mutex.Unlock()
	if ids == nil {
		if _, err := d.Lanes(ctx); err != nil {
			return "", err
		}
		return d.id(ctx, lane)
	}
	if lane < 0 || lane >= len(ids) {
		return "", fmt.Errorf("the event hub has %d partitions, and this is lane %d", len(ids), lane)
	}
	return ids[lane], nil
}

// Send sends messages to the partition of a lane, as few batches as the hub takes.
func (d *Destination) Send(ctx context.Context, lane int, messages []delivery.Message) (taken int, err error) {
	id, err := d.id(ctx, lane)
	if err != nil {
		return 0, err
	}
	most := len(messages) // of one batch
	for taken < len(messages) {
		n, err := d.batch(ctx, id, messages[taken:min(taken+most, len(messages))])
		f := (*failure)(nil)
		switch {
		case err == nil:
			taken += n
		case !errors.As(err, &f) || !f.event:
			return taken, err
		case n == 1:
			return taken, &delivery.Refused{Err: err}
		default:
			most = 1 // which of them it is, shows when each goes by itself
		}
	}
	return taken, nil
}

// batch sends as many messages, counted from the first, as fit into one batch, and returns
// how many those are, also with an error.
func (d *Destination) batch(ctx context.Context, id string, messages []delivery.Message) (n int, err error) {
	b, err := again(ctx, d.producers, func(ctx context.Context, p *eh.ProducerClient) (*eh.EventDataBatch, error) {
		return p.NewEventDataBatch(ctx, &eh.EventDataBatchOptions{PartitionID: &id})
	})
	if err != nil {
		return 0, err
	}
	for _, m := range messages {
		err := b.AddEventData(event(m), nil)
		if errors.Is(err, eh.ErrEventDataTooLarge) || err != nil && n > 0 {
			break
		}
		if err != nil {
			return 1, &failure{text: "the event cannot be written as a message", err: err, event: true}
		}
		n++
	}
	if n == 0 {
		size := len(messages[0].Body)
		return 1, &failure{text: fmt.Sprintf("the event has %d bytes, which is too large for the event hub", size), event: size > surelyTaken}
	}
	_, err = again(ctx, d.producers, func(ctx context.Context, p *eh.ProducerClient) (struct{}, error) {
		return struct{}{}, p.SendEventDataBatch(ctx, b, nil)
	})
	return n, err
}

// event is a message as it goes into a batch.
func event(m delivery.Message) *eh.EventData {
	contentType := "application/json"
	return &eh.EventData{
		Body: m.Body, ContentType: &contentType, MessageID: &m.ID,
		Properties: map[string]any{"seq": m.Seq, "event": m.Type},
	}
}

// Close cuts the connections.
func (d *Destination) Close() { d.producers.close() }
