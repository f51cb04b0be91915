package logs

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// How much waits for the reader of the log, and how long the end of the program
// waits for them.
const (
	maxLines  = 2048
	flushTime = time.Second
)

// Lines is a writer that never makes anybody wait and never fails. One goroutine
// passes on what is written, a line each, in order. Where the other side is slower
// than the server, or reads nothing at all, maxLines wait and the next are lost;
// their number is written as soon as there is room. Where the other side is gone or
// its disk is full, lines are lost one by one. A log is worth less than the sign-in
// that it tells of. Safe for concurrent use, beside Close and after it too: a request that
// the end of the program cut off may still have a line to write, which is lost then.
type Lines struct {
	to      io.Writer
	waiting chan []byte
	closed  chan struct{}
	lost    atomic.Int64
	// note is the line about so many lost ones.
	note func(lost int64) string
	done sync.WaitGroup
}

// NewLines begins to pass lines on; note is the line about so many lost ones.
func NewLines(to io.Writer, note func(lost int64) string) *Lines {
	l := &Lines{to: to, note: note, waiting: make(chan []byte, maxLines), closed: make(chan struct{})}
	l.done.Go(l.run)
	return l
}

// run passes lines on until Close, and then those that wait.
func (l *Lines) run() {
	for {
		select {
		case line := <-l.waiting:
			l.pass(line)
		case <-l.closed:
			for {
				select {
				case line := <-l.waiting:
					l.pass(line)
				default:
					return
				}
			}
		}
	}
}

func (l *Lines) pass(line []byte) {
	if n := l.lost.Swap(0); n > 0 {
		if _, err := io.WriteString(l.to, l.note(n)); err != nil {
			l.lost.Add(n)
		}
	}
	if _, err := l.to.Write(line); err != nil {
		l.lost.Add(1)
	}
}

// Write takes one line; it keeps nothing of p.
func (l *Lines) Write(p []byte) (int, error) {
	select {
	case l.waiting <- append([]byte(nil), p...):
	default:
		l.lost.Add(1)
	}
	return len(p), nil
}

// Close waits until what was written has been passed on, for flushTime at most. It is
// called once.
func (l *Lines) Close() {
	close(l.closed)
	passed := make(chan struct{})
	go func() { l.done.Wait(); close(passed) }()
	select {
	case <-passed:
	case <-time.After(flushTime):
	}
}

// LostLines is the note for a log in JSON or text.
func LostLines(asJSON bool) func(int64) string {
	format := "level=WARN msg=\"log lines were lost: they could not be written\" lines=%d\n"
	if asJSON {
		format = `{"level":"WARN","msg":"log lines were lost: they could not be written","lines":%d}` + "\n"
	}
	return func(n int64) string { return fmt.Sprintf(format, n) }
}
