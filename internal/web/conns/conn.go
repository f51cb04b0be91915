package conns

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// conn is a connection that is counted until it is closed.
type conn struct {
	net.Conn
	all *connections
	of  *network

	// working says that a request is being answered. Its head is there then.
	working atomic.Bool
	head    headLines // for the one who reads
	// refused says that it had to make room before it asked for anything: it is being told so,
	// and closed, by whoever refuses it.
	refused atomic.Bool
	// lines are for the head of the next answer; they belong to the goroutine that answers.
	lines string

	reading, writing deadline

	// The rest is guarded by all.mu.
	in             *ring
	previous, next *conn
	since          time.Time
	asked, gone    bool
}

// Close closes it.
func (c *conn) Close() error {
	c.all.mu.Lock()
	c.all.release(c)
	c.all.mu.Unlock()
	if c.refused.Load() {
		return nil
	}
	return c.Conn.Close()
}

// Write writes, unless somebody else is telling the other side to come back later.
func (c *conn) Write(p []byte) (int, error) {
	if c.refused.Load() {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: net.ErrClosed}
	}
	if c.lines != "" {
		return c.withLines(p)
	}
	return c.write(p)
}

// CloseWrite says that nothing more will be sent; package http closes in this way so that
// the last answer still arrives.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// connKey is where the context of a request has its connection.
type connKey struct{}

// GiveUp lets the connection of a request be closed for another one: nothing is expected
// of it any more but to take the answer.
func GiveUp(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		c.move(http.StateIdle)
	}
}

// noteState keeps apart what is busy and what waits; see http.Server.ConnState. A request
// whose head has not arrived whole is none yet.
func noteState(raw net.Conn, state http.ConnState) {
	if encrypted, ok := raw.(interface{ NetConn() net.Conn }); ok {
		raw = encrypted.NetConn()
	}
	if c, ok := raw.(*conn); ok {
		c.working.Store(state == http.StateActive)
		c.move(state)
	}
}

func (c *conn) move(state http.ConnState) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.gone {
		return
	}
	switch state {
	case http.StateActive:
		c.asked = true
		c.in.remove(c)
		c.of.busy.add(c)
	case http.StateIdle:
		c.in.remove(c)
		c.of.idle.add(c)
	}
}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// ring is a list of connections in the order in which they came.
type ring struct{ first, last *conn }

func (r *ring) add(c *conn) {
	c.in, c.since, c.previous, c.next = r, time.Now(), r.last, nil
	if r.last == nil {
		r.first = c
	} else {
		r.last.next = c
	}
	r.last = c
}

func (r *ring) remove(c *conn) {
	if c.previous == nil {
		r.first = c.next
	} else {
		c.previous.next = c.next
	}
	if c.next == nil {
		r.last = c.previous
	} else {
		c.next.previous = c.previous
	}
	c.previous, c.next = nil, nil
}
