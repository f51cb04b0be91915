package apptest

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the one clock of an App. It stands still until a test moves it. It is
// safe for concurrent use.
type Clock struct{ ms atomic.Int64 }

// NewClock returns a clock that shows a Monday morning.
func NewClock() *Clock {
	c := new(Clock)
	c.ms.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

// Now returns what the clock shows.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()).UTC() }

// Add moves the clock, backwards if d is negative.
func (c *Clock) Add(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// Log keeps what the program logs. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Trouble returns the last lines that are warnings or errors.
func (l *Log) Trouble() string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"level":"ERROR"`) {
			lines = append(lines, line[:min(len(line), 300)]+"\n")
		}
	}
	return strings.Join(lines[max(0, len(lines)-10):], "")
}
