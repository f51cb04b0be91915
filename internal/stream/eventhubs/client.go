// Package eventhubs sends events to Azure Event Hubs, and reads them back, with Microsoft's
// SDK.
package eventhubs

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// Patience is how long an event hub may take over one batch, one question or one event that
// it is known to have: 15 seconds. After that the connection is given up, since an answer may
// never come, and what was sent is sent again.
//
//limit:streams Time that an event hub has for an answer
const Patience = 15 * time.Second

// Dial opens every connection, so that whoever gives it decides where to. It resolves names
// itself.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Options are where to send to, or to read from.
type Options struct {
	// Connection is the connection string of the event hub, as the portal shows it.
	Connection string
	// Partition is the only one to send to; "" for all of them, by user.
	Partition string
	// Dial opens connections.
	Dial Dial
	// Roots are the authorities that certificates are checked against; nil for those of
	// this machine.
	Roots *x509.CertPool
}

func (o Options) check() (Connection, error) {
	c, err := Parse(o.Connection)
	if err != nil {
		return Connection{}, err
	}
	if o.Dial == nil {
		return Connection{}, errors.New("there is no way to open a connection")
	}
	return c, CheckPartition(o.Partition)
}

// CheckPartition reports what is wrong with a partition that somebody typed. "" is right.
func CheckPartition(p string) error {
	if p != "" && !partition.MatchString(p) {
		return errors.New("a partition is a number, from 0 on")
	}
	return nil
}

// atOnce has the SDK try once: the outbox does the trying again, and shows it.
var atOnce = eh.RetryOptions{MaxRetries: -1}

// sdk is what the clients of the SDK have in common.
type sdk interface{ Close(context.Context) error }

// line is a client of the SDK and what it has open.
type line[C sdk] struct {
	client C
	*network
}

// drop cuts its connections and lets go of it, without waiting.
func (l *line[C]) drop() {
	l.close()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		l.client.Close(ctx)
	}()
}

// lines holds the one that is in use and makes the next when that was dropped.
type lines[C sdk] struct {
	make     func() (*line[C], error)
	patience time.Duration

	mutex   sync.Mutex
	current *line[C]
	closed  bool
}

func (l *lines[C]) get() (*line[C], error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if l.current == nil {
		made, err := l.make()
		if err != nil {
			return nil, err
		}
		l.current = made
	}
	return l.current, nil
}

// drop gives up the one that is in use, if it still is.
func (l *lines[C]) drop(old *line[C]) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.current == old {
		l.current = nil
		old.drop()
	}
}

// renew gives up the one that is in use.
func (l *lines[C]) renew() {
	l.mutex.Lock()
	current := l.current
	l.mutex.Unlock()
	if current != nil {
		l.drop(current)
	}
}

func (l *lines[C]) close() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.closed = true
	if l.current != nil {
		l.current.drop()
		l.current = nil
	}
}

// ask has the SDK do one thing, and returns in time even where the SDK does not: it asks
// about partitions without a deadline, and lanes wait for each other's links. Whoever was
// silent for so long is left.
func ask[C sdk, T any](ctx context.Context, from *lines[C], what func(context.Context, C) (T, error)) (T, error) {
	l, err := from.get()
	if err != nil {
		var none T
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, from.patience)
	defer cancel()
	return askOn(ctx, from, l, func(ctx context.Context) (T, error) { return what(ctx, l.client) })
}

// askOn is ask on one line, until ctx ends.
func askOn[C sdk, T any](ctx context.Context, from *lines[C], l *line[C], what func(context.Context) (T, error)) (T, error) {
	why := &note{patience: from.patience}
	if end, ok := ctx.Deadline(); ok {
		why.patience = min(why.patience, time.Until(end))
	}
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := what(context.WithValue(ctx, noteKey{}, why))
		done <- answer{value, err}
	}()
	var a answer
	select {
	case a = <-done:
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	if a.err == nil {
		l.refill()
		return a.value, nil
	}
	if ctx.Err() != nil {
		from.drop(l)
		a.err = ctx.Err()
	}
	return a.value, explain(l.to, why, a.err)
}

// again is ask, and once more if all that is wrong is that the connection was lost: a hub
// cuts those that are idle for some minutes.
func again[C sdk, T any](ctx context.Context, from *lines[C], what func(context.Context, C) (T, error)) (T, error) {
	value, err := ask(ctx, from, what)
	if isLost(err) && ctx.Err() == nil {
		return ask(ctx, from, what)
	}
	return value, err
}

func isLost(err error) bool {
	f := (*failure)(nil)
	return errors.As(err, &f) && f.lost
}

// partitions asks for the ids of all partitions, in order.
func partitions(ctx context.Context, from *lines[*eh.ProducerClient]) ([]string, error) {
	p, err := again(ctx, from, func(ctx context.Context, c *eh.ProducerClient) (eh.EventHubProperties, error) {
		return c.GetEventHubProperties(ctx, nil)
	})
	if err != nil {
		return nil, err
	}
	if len(p.PartitionIDs) == 0 {
		return nil, errors.New("the event hub has no partitions")
	}
	slices.SortFunc(p.PartitionIDs, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return p.PartitionIDs, nil
}
