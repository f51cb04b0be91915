package eventhubs

import (
	"context"
	"errors"
	"time"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"latchkey/internal/stream/delivery"
)

// reader reads one partition.
type reader struct {
	*reading
	id       string
	position delivery.Position
	follow   bool
	prefetch int32
	began    func(delivery.Began) error
	received func(delivery.Received) error

	is    eh.PartitionProperties // when reading began
	start eh.StartPosition       // until an event was seen
	skip  int64                  // events below this sequence number are not asked for
	later *bool                  // than asked for; nil if only the first event can tell
	told  bool                   // where it began
	seen  int64                  // the sequence number of the last event; -1 before the first

	line   *line[*eh.ConsumerClient] // that client belongs to
	client *eh.PartitionClient
}

const (
	// maxLosses is how often in a row a connection is made anew without an event in between,
	// 10 times. With the pauses that is about half a minute; after that somebody should know.
	//
	//limit:streams Times that a lost connection is made anew while events are read back
	maxLosses = 10
	// firstPause is the pause before the second time, doubling to maxPause.
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// properties asks what the partition holds now. Over this question the SDK does not find out
// by itself that its connection was lost.
func (r *reader) properties(ctx context.Context) (eh.PartitionProperties, error) {
	question := func(ctx context.Context, c *eh.ProducerClient) (eh.PartitionProperties, error) {
		return c.GetPartitionProperties(ctx, r.id, nil)
	}
	p, err := ask(ctx, r.questions, question)
	if isLost(err) && ctx.Err() == nil {
		r.questions.renew()
		return ask(ctx, r.questions, question)
	}
	return p, err
}

// read reads to the end that the partition had, or until ctx ends.
func (r *reader) read(ctx context.Context) error {
	defer r.leave()
	nothing := r.plan()
	if r.later != nil {
		if err := r.tell(*r.later); err != nil {
			return err
		}
	}
	if nothing {
		return nil
	}
	for losses := 0; r.follow || r.seen < r.is.LastEnqueuedSequenceNumber; {
		e, err := r.next(ctx)
		if err == nil {
			losses = 0
			if err := r.take(e); err != nil {
				return err
			}
			continue
		}
		if f := (*failure)(nil); !errors.As(err, &f) || ctx.Err() != nil {
			return err
		} else if !f.lost {
			return r.gone(ctx, err)
		}
		if losses++; losses > maxLosses {
			return err
		}
		r.leave()
		if err := pause(ctx, losses); err != nil {
			return err
		}
	}
	return nil
}

// gone is nil if what was still to be read is no longer kept: the hub has nothing to send
// then, and is silent about it.
func (r *reader) gone(ctx context.Context, silence error) error {
	if r.follow || !errors.Is(silence, context.DeadlineExceeded) {
		return silence
	}
	r.leave()
	now, err := r.properties(ctx)
	if err != nil {
		return silence
	}
	if now.BeginningSequenceNumber > r.is.LastEnqueuedSequenceNumber || now.IsEmpty {
		return r.tell(true)
	}
	return silence
}

// pause waits before the connection is made anew, but not the first time.
func pause(ctx context.Context, losses int) error {
	if losses == 1 {
		return nil
	}
	wait := min(firstPause<<(losses-2), maxPause)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// next waits for the next event: for as long as it takes if it follows, and else only as
// long as a hub may take over an event that it has.
func (r *reader) next(ctx context.Context) (*eh.ReceivedEventData, error) {
	client, err := r.open()
	if err != nil {
		return nil, err
	}
	if !r.follow {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.events.patience)
		defer cancel()
	}
	return askOn(ctx, r.events, r.line, func(ctx context.Context) (*eh.ReceivedEventData, error) {
		events, err := client.ReceiveEvents(ctx, 1, nil)
		if err != nil {
			return nil, err
		}
		return events[0], nil
	})
}

// open is a reader of the SDK behind the last event that was seen, on the line that is in
// use.
func (r *reader) open() (*eh.PartitionClient, error) {
	l, err := r.events.get()
	if err != nil {
		return nil, err
	}
	if r.client != nil && r.line == l {
		return r.client, nil
	}
	r.leave()
	start := r.start
	if r.seen >= 0 {
		start = behind(r.seen)
	}
	client, err := l.client.NewPartitionClient(r.id, &eh.PartitionClientOptions{StartPosition: start, Prefetch: r.prefetch})
	if err != nil {
		return nil, err
	}
	r.client, r.line = client, l
	return client, nil
}

// leave lets go of the reader of the SDK, without waiting.
func (r *reader) leave() {
	if r.client == nil {
		return
	}
	client := r.client
	r.client, r.line = nil, nil
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		client.Close(ctx)
	}()
}
