package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/server"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// writesCommand measures the durable writes alone.
type writesCommand struct{ tableCommand }

// Run measures and prints; missing a goal is an error, after the table.
func (c writesCommand) Run() error { return report.Table(c.measure) }

func (c writesCommand) measure() ([]report.Row, error) {
	fsync, err := fsyncCommand{Dir: c.Dir, Duration: c.Duration}.measure()
	if err != nil {
		return nil, err
	}
	p, err := c.Make(1000, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	rows, err := c.writes(p, fsync)
	return append([]report.Row{{What: "append 4 KB and fsync", Measured: fsync.Throughput()}}, rows...), err
}

// writers is how many write at once.
const writers = 64

// writes measures changes that are on disk when they are answered, and signed-in pages at a steady
// 200 a second meanwhile. The changes are asked of the store: over HTTP each person may change so
// much in an hour only. So the server runs in this process.
func (c tableCommand) writes(p product.Product, fsync load.Result) (rows []report.Row, err error) {
	served, err := program.Open(context.Background(), p.Folder, program.Options{Create: true, Cost: password.DefaultCost(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	url, stop, err := serveHere(served)
	if err != nil {
		return nil, errors.Join(err, served.Close())
	}
	defer func() { err = errors.Join(err, stop(), served.Close()) }()
	cookie, err := p.SignIn(url, "bench-0")
	if err != nil {
		return nil, err
	}
	look := []string{"load", "--name=pages", "--rate=200", "--duration=" + max(c.Duration, 5*time.Second).String(), "--header=" + cookie, url + "/profile"}
	time.Sleep(settle)
	idle, err := product.Measure(look...)
	if err := errors.Join(err, idle.Clean()); err != nil {
		return nil, err
	}
	written := startWriting([]*store.DB{served.DB})
	pages, err := product.Measure(look...)
	all, writeErr := written()
	if err := errors.Join(err, writeErr, pages.Clean()); err != nil {
		return nil, err
	}
	times, slower := all.PerSecond/fsync.PerSecond, pages.P99/idle.P99
	return []report.Row{
		{What: "64 concurrent durable writes, all cores", Measured: fmt.Sprintf("%s; %.1f × fsync", all.Throughput(), times), Goal: "≥ 15 ×", Met: times >= 15},
		{What: "pages at 200/s of the same server, idle", Measured: idle.Throughput()},
		{What: "pages at 200/s while they write", Measured: fmt.Sprintf("%s; p99 %.1f times as long", pages.Throughput(), slower), Goal: "≤ 2 ×", Met: slower <= 2},
	}, nil
}

// serveHere serves an open folder from this process until stop is called.
func serveHere(p *program.Program) (url string, stop func() error, err error) {
	s, err := server.New(p, web.Config{})
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listening: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener, io.Discard, "") }()
	return server.LocalURL(listener).String(), func() error { cancel(); return <-ended }, nil
}

// writeAtOnce writes for so long, as many of the writers in each of the databases.
func writeAtOnce(dbs []*store.DB, span time.Duration) (load.Result, error) {
	written := startWriting(dbs)
	time.Sleep(span)
	return written()
}

// startWriting begins transactions of one small change each, by 64 at once, each of which waits
// until its own is on disk. The returned function ends them and says how fast they were.
func startWriting(dbs []*store.DB) func() (load.Result, error) {
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	seen := make([]*load.Sample, writers)
	begin := time.Now()
	for i := range seen {
		mine := &load.Sample{}
		seen[i] = mine
		all.Go(func() {
			db, name := dbs[i%len(dbs)], fmt.Sprintf("bench-%d", i)
			for n := 0; ctx.Err() == nil; n++ {
				start := time.Now()
				if err := db.Tx(context.Background(), func(tx *store.Tx) error { return tx.SetMeta(name, fmt.Sprint(n)) }); err != nil {
					mine.Fail(err)
					return
				}
				mine.Taken = append(mine.Taken, time.Since(start))
			}
		})
	}
	return func() (load.Result, error) {
		cancel()
		all.Wait()
		got := load.Sum("durable writes", seen, time.Since(begin), 0)
		return got, got.Clean()
	}
}
