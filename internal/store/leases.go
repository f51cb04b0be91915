package store

import (
	"context"
	"errors"
)

// Lease is work that one node does at a time, and who does it.
type Lease struct {
	Node string // random, of a process; "" while nobody does it
	// Beat changes for as long as the node is at it. Clocks of several machines differ, so nobody
	// compares times: whoever has seen the same beat for long enough by its own clock takes over.
	Beat int64
}

// Lease returns who does the work of this name.
func (r Reader) Lease(name string) (l Lease, err error) {
	l, _, err = one(r.q.queryRow(`SELECT node, beat FROM leases WHERE name = $1`, name), func(row scanner) (l Lease, err error) {
		err = row.Scan(&l.Node, (*number)(&l.Beat))
		return l, err
	}, "reading a lease")
	return l, err
}

// TakeLease takes over work for which nobody has a lease, or the one that was seen. taken is
// false if it has changed since.
func (tx *Tx) TakeLease(name, node string, seen Lease) (taken bool, err error) {
	if seen.Node == "" {
		return tx.once(`INSERT INTO leases (name, node, beat) VALUES ($1, $2, 1) ON CONFLICT (name) DO NOTHING`, name, node)
	}
	return tx.once(`UPDATE leases SET node = $1, beat = beat + 1 WHERE name = $2 AND node = $3 AND beat = $4`, node, name, seen.Node, seen.Beat)
}

// KeepLease shows that the node is at it; kept is false if another has taken over.
func (tx *Tx) KeepLease(name, node string) (kept bool, err error) {
	return tx.once(`UPDATE leases SET beat = beat + 1 WHERE name = $1 AND node = $2`, name, node)
}

// GiveLease gives the work back.
func (tx *Tx) GiveLease(name, node string) error {
	return tx.exec(`DELETE FROM leases WHERE name = $1 AND node = $2`, name, node)
}

// ErrLeaseLost is the error of a transaction of work that another node has taken over.
var ErrLeaseLost = errors.New("another node has taken this work over")

// leaseKey is the key of a lease in a context.
type leaseKey struct{}

// heldLease is a lease that every transaction of a context needs.
type heldLease struct{ name, node string }

// WithLease returns a context whose transactions are refused once another node has taken over
// the work of this name. A process that was stopped for a while, by whatever, and goes on as
// if it still had it changes nothing.
func WithLease(ctx context.Context, name, node string) context.Context {
	return context.WithValue(ctx, leaseKey{}, heldLease{name, node})
}

// checkLease refuses a transaction of work that is another node's.
func (tx *Tx) checkLease(ctx context.Context) error {
	held, ok := ctx.Value(leaseKey{}).(heldLease)
	if !ok {
		return nil
	}
	now, err := tx.Lease(held.name)
	if err == nil && now.Node != held.node {
		err = ErrLeaseLost
	}
	return err
}
