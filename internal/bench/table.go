package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"time"

	"latchkey/internal/bench/flood"
	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

// tableCommand measures everything, one thing after another.
type tableCommand struct {
	Duration time.Duration `default:"5s" help:"How long each measurement lasts."`
	product.Flags
}

// Run measures and prints; missing a goal is an error, after the table.
func (c tableCommand) Run() error { return report.Table(c.measure) }

// measure measures the machine itself, and then the product against it.
func (c tableCommand) measure() ([]report.Row, error) {
	hash := hashCommand{MemoryMiB: 64, Passes: 3, Duration: c.Duration}.measure()
	fsync, err := fsyncCommand{Dir: c.Dir, Duration: c.Duration}.measure()
	if err != nil {
		return nil, err
	}
	rows := []report.Row{
		{What: "cores", Measured: fmt.Sprint(runtime.NumCPU())},
		{What: "argon2id 64 MiB, 3 passes, all cores", Measured: hash.Throughput()},
		{What: "append 4 KB and fsync", Measured: fsync.Throughput()},
	}
	more, err := c.measureProduct(hash, fsync)
	return append(rows, more...), err
}

// measureProduct measures the product against the yardsticks.
func (c tableCommand) measureProduct(hash, fsync load.Result) ([]report.Row, error) {
	p, err := c.Make(1000, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	var rows []report.Row
	for _, measure := range []func() ([]report.Row, error){
		func() ([]report.Row, error) { return c.startRow(p) },
		func() ([]report.Row, error) { return c.pages(p) },
		func() ([]report.Row, error) { return c.writes(p, fsync) },
		func() ([]report.Row, error) { return c.signIns(p, hash) },
		func() ([]report.Row, error) { return flood.Burst(p) },
		func() ([]report.Row, error) { return flood.Measure(p, 4*max(c.Duration, 5*time.Second)) },
		func() ([]report.Row, error) { return c.lists() },
	} {
		more, err := measure()
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// startRow measures from the start of the process to its first answer, on a
// database that is there already: the median of eleven starts.
func (c tableCommand) startRow(p product.Product) ([]report.Row, error) {
	var taken []time.Duration
	for range 11 {
		begin := time.Now()
		s, err := p.Start(product.AllCores)
		if err != nil {
			return nil, err
		}
		answer, err := http.Get(s.URL + "/login")
		took := time.Since(begin)
		s.Stop()
		if err != nil {
			return nil, err
		}
		answer.Body.Close()
		taken = append(taken, took)
	}
	slices.Sort(taken)
	median := load.Milliseconds(taken[len(taken)/2])
	return []report.Row{{
		What: "start to first answer, median of 11", Measured: fmt.Sprintf("%.1f ms", median),
		Goal: "< 30 ms", Met: median < 30,
	}}, nil
}

// signIns measures sign-ins as fast as they go, on all cores, while other people look at
// pages at a steady 200 a second, and the memory some seconds later.
func (c tableCommand) signIns(p product.Product, hash load.Result) ([]report.Row, error) {
	s, err := p.Start(product.AllCores)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	people, err := flood.MakePeople()
	if err != nil {
		return nil, err
	}
	logins, pages, err := flood.Honest(p, s, people, 8, max(c.Duration, 5*time.Second)*2)
	if err := errors.Join(err, logins.Clean()); err != nil {
		return nil, err
	}
	peak, err := s.PeakMB()
	if err != nil {
		return nil, err
	}
	time.Sleep(5 * time.Second)
	after, err := s.ResidentMB()
	ratio := logins.PerSecond / hash.PerSecond
	return []report.Row{
		{What: "sign-ins, 8 at once, all cores", Measured: fmt.Sprintf("%s; ratio to raw argon2id %.2f", logins.Throughput(), ratio), Goal: "≥ 0.75", Met: ratio >= 0.75},
		{What: "pages at 200/s meanwhile", Measured: pages.Throughput(), Goal: "p99 < 30 ms", Met: pages.P99 < 30},
		{What: "memory at its highest meanwhile", Measured: fmt.Sprintf("%.1f MB resident", peak)},
		{What: "memory five seconds after that", Measured: fmt.Sprintf("%.1f MB resident", after)},
	}, err
}
