package conns

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// Headers are on every answer of a site. Package http would copy, sort and write each of them anew, which is a tenth
// of a page; so they are one text that the connection puts into the head of an answer.
type Headers struct {
	lines string
	each  http.Header // its slices are shared by all answers and never changed
}

// NewHeaders returns headers with these values.
func NewHeaders(all map[string]string) *Headers {
	h := &Headers{each: http.Header{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		h.each[name] = []string{all[name]}
		h.lines += name + ": " + all[name] + "\r\n"
	}
	return h
}

// Set puts them into the answer to a request whose handler is running, of which to are the other headers: as lines, or
// one by one if it came over no connection of ours. No handler may set one of them as well.
func (h *Headers) Set(r *http.Request, to http.Header) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		c.lines = h.lines
	} else {
		maps.Copy(to, h.each)
	}
}

// heads are buffers in which a head is put together.
var heads = sync.Pool{New: func() any { return new([]byte) }}

// withLines writes the beginning of an answer with lines behind its first one. What is written before the answer, to
// ask for the form that follows, is none.
func (c *conn) withLines(p []byte) (int, error) {
	first := bytes.Index(p, []byte("\r\n")) + len("\r\n")
	if first < len("\r\n") || bytes.HasPrefix(p, []byte("HTTP/1.1 1")) {
		return c.write(p)
	}
	lines := c.lines
	c.lines = ""
	buffer := heads.Get().(*[]byte)
	defer heads.Put(buffer)
	*buffer = append(append(append((*buffer)[:0], p[:first]...), lines...), p[first:]...)
	n, err := c.write(*buffer)
	if err != nil {
		return max(0, min(n, len(p))-len(lines)), err
	}
	return len(p), nil
}
