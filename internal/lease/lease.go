// Package lease lets one of several processes that serve the same database do work at a time.
package lease

import (
	"context"
	"sync"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
)

// times are how long everything takes.
type times struct {
	// beat is how often a node shows that it is at work.
	beat time.Duration
	// most is how long a node goes on when it cannot show that. It is shorter than dead, so that
	// it has stopped before another begins.
	most time.Duration
	// dead is how long a node has to see no sign of another's to take its work over.
	dead time.Duration
	// look is how often a node that waits for work of another looks.
	look time.Duration
}

// usual are the times of a server: a node that is gone is missed for ten seconds, which no work
// in the background minds, and one that is only slow keeps its work.
var usual = times{beat: 2 * time.Second, most: 6 * time.Second, dead: 10 * time.Second, look: time.Second}

// Alone makes of a job one that one node does at a time. A node that is woken while another is at
// it does it afterwards: there may be something new. The context of the work ends when another
// node may have taken it over, and its transactions fail from then on.
//
// Where one process serves the database it is the job as it is.
func Alone(i *instance.Instance, j instance.Job) instance.Job {
	if !i.DB.Shared() {
		return j
	}
	return alone(i, j, usual)
}

func alone(i *instance.Instance, j instance.Job, t times) instance.Job {
	l := &lease{times: t, db: i.DB, node: i.Node(), name: j.Name}
	run := func(ctx context.Context) error {
		if err := i.Refresh(); err != nil { // no request may have come here since a setting was changed
			return err
		}
		return j.Run(ctx)
	}
	work := j
	work.Run = func(ctx context.Context) error {
		if err := l.take(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		return l.hold(ctx, run)
	}
	return work
}

// lease is the right of this node to do some work. One goroutine uses it.
type lease struct {
	times
	db         *store.DB
	node, name string

	seen store.Lease
	when time.Time // since when it has looked like this, by a clock that nobody sets
}

// take waits until nobody else does the work.
func (l *lease) take(ctx context.Context) error {
	for {
		now, err := l.db.Lease(l.name)
		if err != nil {
			return err
		}
		if now != l.seen || l.when.IsZero() {
			l.seen, l.when = now, time.Now()
		}
		if now.Node == "" || now.Node == l.node || time.Since(l.when) >= l.dead {
			taken := false
			err := l.db.Tx(ctx, func(tx *store.Tx) (err error) { taken, err = tx.TakeLease(l.name, l.node, now); return err })
			if err != nil || taken {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(l.look):
		}
	}
}

// hold does the work, shows meanwhile that this node is at it, and gives it back.
func (l *lease) hold(ctx context.Context, run func(context.Context) error) error {
	working, stop := context.WithCancelCause(store.WithLease(ctx, l.name, l.node))
	defer stop(nil)
	var beats sync.WaitGroup
	done := make(chan struct{})
	beats.Go(func() { l.show(done, stop) })
	err := run(working)
	close(done)
	beats.Wait()
	if cause := context.Cause(working); cause != nil && ctx.Err() == nil {
		return cause
	}
	given := l.db.Tx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.GiveLease(l.name, l.node) })
	if err == nil {
		err = given
	}
	return err
}

// show shows it until done, and stops the work when it cannot.
func (l *lease) show(done <-chan struct{}, stop context.CancelCauseFunc) {
	last := time.Now()
	tick := time.NewTicker(l.beat)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		kept := false
		ctx, cancel := context.WithTimeout(context.Background(), l.beat)
		err := l.db.Tx(ctx, func(tx *store.Tx) (err error) { kept, err = tx.KeepLease(l.name, l.node); return err })
		cancel()
		switch {
		case err == nil && kept:
			last = time.Now()
		case err == nil:
			stop(store.ErrLeaseLost)
			return
		case time.Since(last) > l.most:
			stop(err)
			return
		}
	}
}
