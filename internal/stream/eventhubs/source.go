package eventhubs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"golang.org/x/sync/errgroup"

	"latchkey/internal/stream/delivery"
)

const (
	// maxPrefetch is how many events may be asked for ahead in one partition: 5,000. It is
	// what Microsoft's SDK allows.
	//
	//limit:streams Events that are asked for ahead in one partition of an event hub
	maxPrefetch = 5000
	// ahead is how many events are asked for ahead in all partitions together, 300, unless
	// somebody wishes otherwise. It bounds the memory that reading takes.
	//
	//limit:streams Events that are asked for ahead in all partitions together, unless told otherwise
	ahead = 300
	// atOneTime is how many partitions are read at the same time, 4, unless they are
	// followed.
	atOneTime = 4
	// maxUnasked is how many bytes an event hub may send before one event among them is
	// complete: 256 MiB. It holds all events that may have been asked for ahead, at several
	// times the size that ours have; a hub that sends more is left.
	//
	//limit:streams,bytes What an event hub sends before an event among it is complete
	maxUnasked = 256 << 20
)

// Source is an event hub that events are read from.
type Source struct {
	options  Options
	to       Connection
	patience time.Duration

	mutex  sync.Mutex
	reads  map[*reading]struct{}
	closed bool
}

// reading is what one read uses: a client for the events of its consumer group, and one for
// questions. The one for events could answer them too, but the SDK would then leave a
// goroutine behind that wants to renew the claim for that.
type reading struct {
	events    *lines[*eh.ConsumerClient]
	questions *lines[*eh.ProducerClient]
}

func (r *reading) close() {
	r.events.close()
	r.questions.close()
}

var _ delivery.Source = (*Source)(nil)

// NewSource returns the event hub of a connection string. It connects when it is read.
func NewSource(o Options) (*Source, error) {
	to, err := o.check()
	if err != nil {
		return nil, err
	}
	return &Source{options: o, to: to, patience: Patience, reads: map[*reading]struct{}{}}, nil
}

// CheckQuery reports what is wrong with what somebody wants to read.
func CheckQuery(q delivery.Query) error {
	if q.Group != "" && !isGroupName(q.Group) {
		return errors.New("a consumer group is $Default, or up to 50 letters, digits, dots, hyphens and underscores")
	}
	if q.Prefetch < 0 || q.Prefetch > maxPrefetch {
		return fmt.Errorf("between 1 and %d events can be asked for ahead", maxPrefetch)
	}
	switch q.From.Origin {
	case "", delivery.Earliest, delivery.Latest, delivery.Time:
	case delivery.Offset:
		// It becomes part of an expression.
		if !isOffset(q.From.Offset) {
			return errors.New("an offset is letters, digits, dots, colons, hyphens and underscores, as events have it")
		}
	case delivery.Sequence:
		if q.From.Sequence < 0 {
			return errors.New("a sequence number is a number, from 0 on")
		}
	default:
		return errors.New("reading begins at earliest, latest, an offset, a sequence number or a time")
	}
	return CheckPartition(q.Partition)
}

// Read reads some partitions at the same time, each in order. A connection that is lost is
// made anew, and reading goes on behind the last event.
func (s *Source) Read(ctx context.Context, q delivery.Query, began func(delivery.Began) error, received func(delivery.Received) error) error {
	if err := CheckQuery(q); err != nil {
		return err
	}
	group := q.Group
	if group == "" {
		group = eh.DefaultConsumerGroup
	}
	on, err := s.begin(group)
	if err != nil {
		return err
	}
	defer s.end(on)
	err = s.readAll(ctx, on, q, began, received)
	if q.Follow && ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Source) readAll(ctx context.Context, on *reading, q delivery.Query, began func(delivery.Began) error, received func(delivery.Received) error) error {
	ids, err := partitions(ctx, on.questions)
	if err != nil {
		return err
	}
	if q.Partition != "" {
		if !slices.Contains(ids, q.Partition) {
			return fmt.Errorf("the event hub %s has the partitions %s", s.to.Hub, clean(s.to, strings.Join(ids, ", ")))
		}
		ids = []string{q.Partition}
	}
	readers, err := readers(ctx, on, q, ids)
	if err != nil {
		return err
	}
	var one sync.Mutex // a callback at a time
	group, ctx := errgroup.WithContext(ctx)
	if !q.Follow {
		group.SetLimit(atOneTime)
	}
	for _, r := range readers {
		r.began = func(b delivery.Began) error {
			one.Lock()
			defer one.Unlock()
			return firstOf(ctx.Err(), func() error { return began(b) })
		}
		r.received = func(e delivery.Received) error {
			one.Lock()
			defer one.Unlock()
			return firstOf(ctx.Err(), func() error { return received(e) })
		}
		group.Go(func() error { return r.read(ctx) })
	}
	return group.Wait()
}

// firstOf is err, or else what call returns: once one callback failed, no other is called.
func firstOf(err error, call func() error) error {
	if err != nil {
		return err
	}
	return call()
}

// readers asks where each partition ends now, before the first event is read.
func readers(ctx context.Context, on *reading, q delivery.Query, ids []string) ([]*reader, error) {
	prefetch := q.Prefetch
	if prefetch == 0 {
		prefetch = max(1, ahead/len(ids))
	}
	var all []*reader
	for _, id := range ids {
		r := &reader{reading: on, id: id, position: q.From, follow: q.Follow, prefetch: int32(prefetch), seen: -1}
		var err error
		if r.is, err = r.properties(ctx); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// begin makes what one read uses.
func (s *Source) begin(group string) (*reading, error) {
	r := &reading{questions: newProducers(s.options, s.to)}
	r.questions.patience = s.patience
	r.events = &lines[*eh.ConsumerClient]{patience: s.patience, make: func() (*line[*eh.ConsumerClient], error) {
		n := newNetwork(s.options, s.to, maxUnasked)
		c, err := eh.NewConsumerClientFromConnectionString(s.to.forSDK(), "", group, &eh.ConsumerClientOptions{
			NewWebSocketConn: n.connect, RetryOptions: atOnce,
		})
		if err != nil {
			return nil, errNotTaken
		}
		return &line[*eh.ConsumerClient]{c, n}, nil
	}}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return nil, errClosed
	}
	s.reads[r] = struct{}{}
	return r, nil
}

func (s *Source) end(r *reading) {
	r.close()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.reads, r)
}

// Close cuts the connections. Whoever reads gets an error.
func (s *Source) Close() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.closed = true
	for r := range s.reads {
		r.close()
	}
}
