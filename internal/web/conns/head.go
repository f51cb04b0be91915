package conns

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxHeadLines is how many lines the head of a request may have: 100. Package http bounds
// the bytes of a head, but keeps twenty times as much of one that is thousands of short
// lines, from the first of them on: 1,024 connections would need 400 MB.
//
//limit:connections Lines of the head of a request
const maxHeadLines = 100

// maxUnread is how many bytes of a request that is refused are still taken: 64 KiB.
const maxUnread = 64 << 10

const tooManyLines = "The request has more than 100 header lines. Send it with fewer.\n"

var errHeadLines = errors.New("too many lines in the head of a request")

// headLines counts the lines of a head while it arrives.
type headLines struct {
	// lines have come since the last empty one.
	lines int
	// inLine says that the line has something in it.
	inLine bool
}

// take counts what was read, and reports whether it is a head with too many lines. What
// stands behind an empty line in the same piece may also be a form.
func (h *headLines) take(read []byte) (tooMany bool) {
	for ended := false; ; {
		line, rest, whole := bytes.Cut(read, []byte{'\n'})
		h.inLine = h.inLine || len(line) > 0 && string(line) != "\r"
		if !whole {
			return tooMany
		}
		if h.lines++; !h.inLine {
			h.lines, ended = 0, true
		}
		h.inLine, read = false, rest
		tooMany = tooMany || !ended && h.lines > maxHeadLines
	}
}

// Read reads, and ends a connection on which too many lines come before a request is
// there. Package http reads 4 KB ahead, so what stands behind an empty line may be part
// of a form; that it was of a head is known when more of it is wanted.
func (c *conn) Read(p []byte) (int, error) {
	working := c.working.Load()
	if !working && c.head.lines > maxHeadLines {
		return 0, c.refuseHead()
	}
	if working && len(p) > 1 { // a piece of the form; of one byte it is what comes after it
		c.head = headLines{}
	}
	n, err := c.read(p)
	if c.refused.Load() {
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: net.ErrClosed}
	}
	if tooMany := c.head.take(p[:n]); tooMany && !working {
		return 0, c.refuseHead()
	}
	return n, err
}

// refuseHead says why, and lets the other side read it. The error is one to which package
// http adds no answer of its own.
func (c *conn) refuseHead() error {
	c.Conn.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprintf(c.Conn, "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"+
		"Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(tooManyLines), tooManyLines)
	if c.CloseWrite() == nil {
		io.Copy(io.Discard, io.LimitReader(c.Conn, maxUnread)) // closing with something unread would take the answer back
	}
	return &net.OpError{Op: "read", Net: "tcp", Err: errHeadLines}
}

// refusedHead answers a request with too many lines that all came with the end of what was
// before it, as only somebody sends who does not wait for answers.
func refusedHead(w http.ResponseWriter, r *http.Request) bool {
	lines := 1
	for _, values := range r.Header {
		lines += len(values)
	}
	if lines <= maxHeadLines {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close")
	w.WriteHeader(http.StatusRequestHeaderFieldsTooLarge)
	io.WriteString(w, tooManyLines)
	return true
}
