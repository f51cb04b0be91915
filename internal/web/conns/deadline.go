package conns

import (
	"errors"
	"os"
	"sync"
	"time"
)

// deadline is one of the two deadlines of a connection. Package http moves it six times in a request, nearly always
// further away, and to move it really means to move a timer. So one that is further away is only noted: whoever
// waits is woken at the moment set before, looks here, and waits on. No one waits for longer than is wanted.
// It is safe for concurrent use.
type deadline struct {
	mu     sync.Mutex
	wanted time.Time // zero for none
	really time.Time // never later than wanted
}

// wakeAfter is how far away a deadline is really set that is further away, or that is none: as far as that of the head of a
// request, which is the nearest, so that the others that follow are not before it.
const wakeAfter = readHeaderFor

// set makes t the deadline; really sets that of the connection.
func (d *deadline) set(t time.Time, really func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = t
	now := time.Now()
	if d.really.After(now) && (t.IsZero() || !t.Before(d.really)) {
		return nil
	}
	return d.move(now, really)
}

// goesOn reports whether somebody whose read or write ended with err was woken before the deadline, and may wait on.
func (d *deadline) goesOn(err error, really func(time.Time) error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	return (d.wanted.IsZero() || now.Before(d.wanted)) && d.move(now, really) == nil
}

// move sets the deadline of the connection. d.mu is held.
func (d *deadline) move(now time.Time, really func(time.Time) error) error {
	d.really = d.wanted
	if latest := now.Add(wakeAfter); d.wanted.IsZero() || d.wanted.After(latest) {
		d.really = latest
	}
	return really(d.really)
}

// SetReadDeadline sets when a read gives up; the zero time is never.
func (c *conn) SetReadDeadline(t time.Time) error { return c.reading.set(t, c.Conn.SetReadDeadline) }

// SetWriteDeadline sets when a write gives up; the zero time is never.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.writing.set(t, c.Conn.SetWriteDeadline) }

// SetDeadline sets both.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// read reads from the connection until its deadline.
func (c *conn) read(p []byte) (n int, err error) {
	for {
		if n, err = c.Conn.Read(p); n > 0 || err == nil || !c.reading.goesOn(err, c.Conn.SetReadDeadline) {
			return n, err
		}
	}
}

// write writes to the connection until its deadline.
func (c *conn) write(p []byte) (written int, err error) {
	for {
		n, err := c.Conn.Write(p[written:])
		if written += n; err == nil || !c.writing.goesOn(err, c.Conn.SetWriteDeadline) {
			return written, err
		}
	}
}
