package instance

import (
	"context"
	"sync"
	"time"

	"latchkey/internal/store"
)

const (
	// beatEvery is how often a node shows that it is at work that one node does at a time.
	beatEvery = 2 * time.Second
	// beatFor is how long a node goes on with it when it cannot show that. It is shorter than
	// deadAfter, so that it has stopped before another begins.
	beatFor = 6 * time.Second
	// deadAfter is how long a node has to see no sign of another's to take its work over.
	deadAfter = 10 * time.Second
	// leaseLook is how often a node that waits for work of another looks.
	leaseLook = time.Second
)

// Alone makes of a job one that of several nodes one does at a time. A node that is woken while
// another is at it does it afterwards: there may be something new. The context of the work ends
// when another node may have taken it over, and its transactions fail from then on.
//
// Where one process serves the database it is the job as it is.
func (i *Instance) Alone(j Job) Job {
	if !i.DB.Shared() {
		return j
	}
	l := &lease{i: i, name: j.Name}
	run := j.Run
	j.Run = func(ctx context.Context) error {
		if err := l.take(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		return l.hold(ctx, run)
	}
	return j
}

// lease is the right of this node to do some work. One goroutine uses it.
type lease struct {
	i    *Instance
	name string
	seen store.Lease
	when time.Time // since when it has looked like this; on a clock that nobody sets
}

// take waits until nobody else does the work.
func (l *lease) take(ctx context.Context) error {
	for {
		now, err := l.i.DB.Lease(l.name)
		if err != nil {
			return err
		}
		if now != l.seen || l.when.IsZero() {
			l.seen, l.when = now, time.Now()
		}
		if now.Node == "" || now.Node == l.i.Node() || time.Since(l.when) >= deadAfter {
			taken := false
			err := l.i.DB.Tx(ctx, func(tx *store.Tx) (err error) { taken, err = tx.TakeLease(l.name, l.i.Node(), now); return err })
			if err != nil || taken {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(leaseLook):
		}
	}
}

// hold does the work and shows meanwhile that this node is at it.
func (l *lease) hold(ctx context.Context, run func(context.Context) error) error {
	working, stop := context.WithCancelCause(store.WithLease(ctx, l.name, l.i.Node()))
	var beats sync.WaitGroup
	done := make(chan struct{})
	beats.Go(func() { l.beat(done, stop) })
	err := run(working)
	close(done)
	beats.Wait()
	if cause := context.Cause(working); cause != nil && ctx.Err() == nil {
		return cause
	}
	stop(nil)
	give := l.i.DB.Tx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.GiveLease(l.name, l.i.Node()) })
	if err == nil {
		err = give
	}
	return err
}

// beat shows it until done, and stops the work when it cannot.
func (l *lease) beat(done <-chan struct{}, stop context.CancelCauseFunc) {
	last := time.Now()
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		kept := false
		ctx, cancel := context.WithTimeout(context.Background(), beatEvery)
		err := l.i.DB.Tx(ctx, func(tx *store.Tx) (err error) { kept, err = tx.KeepLease(l.name, l.i.Node()); return err })
		cancel()
		switch {
		case err == nil && kept:
			last = time.Now()
		case err == nil:
			stop(store.ErrLeaseLost)
			return
		case time.Since(last) > beatFor:
			stop(err)
			return
		}
	}
}
