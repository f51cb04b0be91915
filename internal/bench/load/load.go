// Package load sends requests to a server over connections that stay open, and says how
// many were answered and how long each took. Bench starts it as a command of its own, on
// another core than the server.
package load

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// Command is the command line of the package: one run of load.
type Command struct {
	Name        string        `default:"load" help:"Name of the run in the result."`
	URL         []string      `arg:"" help:"What to ask for; several are taken in turn, on the first one's host."`
	At          []string      `placeholder:"HOST:PORT" help:"Where to ask in place of the URL's host; the connections are spread evenly over several."`
	Header      []string      `sep:"none" help:"Header line, such as 'Cookie: latchkey=…'; may be repeated."`
	Form        string        `help:"Send POST with this urlencoded body instead of GET."`
	Connections int           `default:"16" help:"Connections, each with one request under way."`
	Rate        int           `help:"Requests per second in all; 0 sends each as soon as the last is answered."`
	Duration    time.Duration `default:"5s" help:"How long to measure."`
	Warm        time.Duration `default:"1s" help:"How long to send before measuring."`
	Expect      int           `default:"200" help:"The status that counts as an answer; any other is an error."`
	Awake       bool          `help:"Never sleep; for a load that has a core to itself."`
}

// Run sends the load and prints what came back.
func (c Command) Run() error {
	got, err := c.measure()
	if err != nil {
		return err
	}
	return got.Print()
}

// worker is one connection and what it has seen. It belongs to one goroutine.
type worker struct {
	address  string
	requests [][]byte
	expect   int
	awake    bool

	conn   net.Conn
	reader *bufio.Reader
	seen   Sample
}

// measure runs the load and sums up what all connections saw. A request counts
// when it began after the warm-up; one that began in time is waited for.
func (c Command) measure() (Result, error) {
	if c.Connections < 1 || c.Rate < 0 || c.Duration <= 0 {
		return Result{}, fmt.Errorf("connections and duration must be above 0, rate not below")
	}
	address, requests, err := c.prepare()
	if err != nil {
		return Result{}, err
	}
	at := c.At
	if len(at) == 0 {
		at = []string{address}
	}
	workers, seen := make([]*worker, c.Connections), make([]*Sample, c.Connections)
	for i := range workers {
		workers[i] = &worker{address: at[i%len(at)], requests: requests, expect: c.Expect, awake: c.Awake}
		seen[i] = &workers[i].seen
	}
	begin := time.Now().Add(c.Warm)
	end := begin.Add(c.Duration)
	cpu := cpuTime()
	var all sync.WaitGroup
	turns := pace(c.Rate, begin.Add(-c.Warm), end)
	for i, w := range workers {
		all.Go(func() { w.run(i, turns, begin, end) })
	}
	all.Wait()
	cores := (cpuTime() - cpu).Seconds() / (c.Warm + c.Duration).Seconds()
	return Sum(c.Name, seen, c.Duration, cores), nil
}

// prepare writes the requests out once: a client that builds them anew each
// time costs more than the servers it is to measure.
func (c Command) prepare() (address string, requests [][]byte, err error) {
	for _, raw := range c.URL {
		target, err := url.Parse(raw)
		if err != nil || target.Scheme != "http" || target.Port() == "" {
			return "", nil, fmt.Errorf("%q: want http://host:port/path", raw)
		}
		if address == "" {
			address = target.Host
		}
		var b bytes.Buffer
		method := http.MethodGet
		if c.Form != "" {
			method = http.MethodPost
		}
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target.RequestURI(), target.Host)
		for _, line := range c.Header {
			fmt.Fprintf(&b, "%s\r\n", line)
		}
		if c.Form != "" {
			fmt.Fprintf(&b, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(c.Form))
		}
		fmt.Fprintf(&b, "\r\n%s", c.Form)
		requests = append(requests, b.Bytes())
	}
	return address, requests, nil
}

// pace returns the moments at which requests are due, or nil when each follows
// the last. It holds all of them, so that a slow server delays none: a wait in
// the queue is part of what people feel, and is counted.
func pace(rate int, begin, end time.Time) <-chan time.Time {
	if rate == 0 {
		return nil
	}
	count := int(end.Sub(begin).Seconds() * float64(rate))
	turns := make(chan time.Time, count)
	for i := range count {
		turns <- begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
	}
	close(turns)
	return turns
}

// run sends requests until the end, or until there are no more turns. Time is
// counted from when the request was due.
func (w *worker) run(number int, turns <-chan time.Time, begin, end time.Time) {
	defer w.close()
	for i := number; ; i++ {
		due := time.Now()
		if turns != nil {
			next, ok := <-turns
			if !ok {
				return
			}
			due = next
			time.Sleep(time.Until(due))
		} else if due.After(end) {
			return
		}
		err := w.ask(w.requests[i%len(w.requests)])
		took := time.Since(due)
		switch {
		case due.Before(begin):
		case err != nil:
			w.seen.Fail(err)
		default:
			w.seen.Taken, w.seen.At = append(w.seen.Taken, took), append(w.seen.At, due.Sub(begin))
		}
	}
}

// ask sends one request and reads the answer to its end. After an error the
// next one gets a new connection.
func (w *worker) ask(request []byte) error {
	if w.conn == nil {
		conn, err := net.Dial("tcp", w.address)
		if err != nil {
			time.Sleep(10 * time.Millisecond) // do not spin on a server that is gone
			return err
		}
		w.conn, w.reader = conn, bufio.NewReaderSize(conn, 16<<10)
		if w.awake {
			w.reader.Reset(awake{conn})
		}
	}
	if _, err := w.conn.Write(request); err != nil {
		w.close()
		return err
	}
	status, stays, err := ReadAnswer(w.reader)
	if err != nil || !stays {
		w.close()
	}
	if err == nil && status != w.expect {
		return fmt.Errorf("status %d", status)
	}
	return err
}

// close drops the connection, if there is one.
func (w *worker) close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// cpuTime is what this process has used so far, in all its threads.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
