package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"latchkey/internal/bench/flood"
	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

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
		func() ([]report.Row, error) { return c.writes(fsync) },
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

// settle is how long after its start a server is idle.
const settle = 5 * time.Second

// pages measures a signed-in page against the bare handler, the server on one core and
// the load on the other, and the memory of a server that has nothing to do.
func (c tableCommand) pages(p product.Product) ([]report.Row, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bare, err := product.StartOn(product.OneCore, self, "bare")
	if err != nil {
		return nil, err
	}
	defer bare.Stop()
	s, err := p.Start(product.OneCore)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	time.Sleep(settle) // until the start is over
	idle, err := s.ResidentMB()
	if err != nil {
		return nil, err
	}
	// The address that people have: on another host the server looks for an application first.
	at := strings.Replace(s.URL, "//127.0.0.1:", "//localhost:", 1)
	cookie, err := p.SignIn(at, "bench-0")
	if err != nil {
		return nil, err
	}
	page := []string{"--header=" + cookie, at + "/profile"}
	plain, err := c.byTurns(bare.URL+"/", page)
	if err != nil {
		return nil, err
	}
	awake, err := c.byTurns(bare.URL+"/", page, "--awake")
	if err != nil {
		return nil, err
	}
	return []report.Row{
		{What: "bare handler, 4 KB, one core", Measured: plain.bare.Throughput()},
		{What: "signed-in /profile, alternating with it", Measured: plain.String(), Goal: "≥ 0.35", Met: plain.median() >= 0.35},
		{What: "the same, while the load never sleeps", Measured: awake.String()},
		{What: "idle memory after start", Measured: fmt.Sprintf("%.1f MB resident", idle), Goal: "< 25 MB", Met: idle < 25},
	}, nil
}

// pageCommand measures the signed-in page alone, to compare two programs in one hour.
type pageCommand struct{ tableCommand }

// Run measures and prints; missing a goal is an error, after the table.
func (c pageCommand) Run() error {
	p, err := c.Make(1000, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return err
	}
	rows, err := c.pages(p)
	if err != nil {
		return err
	}
	return report.Print(rows)
}

// turns is a page and the bare handler, measured one after the other several times.
type turns struct {
	bare, page load.Result // of the last turn
	ratios     []float64
}

// rounds is how many turns there are: a shared machine changes its pace from second to
// second, by more than what is measured here.
const rounds = 5

// byTurns measures the bare handler and a page, with further flags of the load for both.
func (c tableCommand) byTurns(bare string, page []string, flags ...string) (t turns, err error) {
	load := append([]string{"load", "--duration=" + (c.Duration / 2).String()}, flags...)
	for range rounds {
		if t.bare, err = product.Measure(append(slices.Clone(load), "--name=bare", bare)...); err != nil {
			return t, err
		}
		if t.page, err = product.Measure(append(append(slices.Clone(load), "--name=page"), page...)...); err != nil {
			return t, err
		}
		if err := errors.Join(t.bare.Clean(), t.page.Clean()); err != nil {
			return t, err
		}
		t.ratios = append(t.ratios, t.page.PerSecond/t.bare.PerSecond)
	}
	slices.Sort(t.ratios)
	return t, nil
}

// median is the ratio in the middle.
func (t turns) median() float64 { return t.ratios[len(t.ratios)/2] }

// String says the ratio and between which values it lay.
func (t turns) String() string {
	return fmt.Sprintf("%s; ratio to bare %.3f (%.3f to %.3f in %d turns)",
		t.page.Throughput(), t.median(), t.ratios[0], t.ratios[len(t.ratios)-1], len(t.ratios))
}

// writes measures changes that are on disk when they are answered, of the store alone: over
// HTTP each person may change so much in an hour only.
func (c tableCommand) writes(fsync load.Result) ([]report.Row, error) {
	alone, err := c.durableWrites()
	if err != nil {
		return nil, err
	}
	times := alone.PerSecond / fsync.PerSecond
	return []report.Row{
		{What: "64 concurrent durable writes, all cores", Measured: fmt.Sprintf("%s; %.1f × fsync", alone.Throughput(), times), Goal: "≥ 5 ×", Met: times >= 5},
	}, nil
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
