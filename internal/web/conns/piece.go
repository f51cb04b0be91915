package conns

import (
	"net"
	"sync"
	"time"
)

// piece is the buffer in which package http gathers what it sends. Most pages are one such piece and a little more, and
// every write to a connection costs as much as a tenth of a page.
const piece = 4 << 10

// whole pieces that wait; one for each answer under way at the most.
var pieces = sync.Pool{New: func() any { return new([piece]byte) }}

// hold keeps a whole piece back for what comes behind it, and reports whether it did. It is of an answer, behind which
// package http sets the write deadline: see SetWriteDeadline.
func (c *conn) hold(p []byte) bool {
	if len(p) != piece || c.held != nil || !c.working.Load() {
		return false
	}
	c.held = pieces.Get().(*[piece]byte)
	copy(c.held[:], p)
	return true
}

// send sends what was held back and p, in one.
func (c *conn) send(p []byte) (n int, err error) {
	if c.held == nil {
		return c.Conn.Write(p)
	}
	both := net.Buffers{c.held[:], p}
	sent, err := both.WriteTo(c.Conn)
	pieces.Put(c.held)
	c.held = nil
	return max(0, int(sent)-piece), err
}

// SetWriteDeadline sends what was held back, in the time that it had, and sets another.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.held != nil && !c.refused.Load() {
		if _, err := c.send(nil); err != nil {
			return err
		}
	}
	return c.Conn.SetWriteDeadline(t)
}
