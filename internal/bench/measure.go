package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"
)

// measureProduct measures the product against the yardsticks.
func (c tableCommand) measureProduct(hash, fsync result) ([]row, error) {
	p, err := makeProduct(c.Product, c.Dir, 1000, 0)
	defer os.RemoveAll(p.folder)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, measure := range []func() ([]row, error){
		func() ([]row, error) { return c.startRow(p) },
		func() ([]row, error) { return c.pages(p) },
		func() ([]row, error) { return c.writes(fsync) },
		func() ([]row, error) { return c.signIns(p, hash) },
		func() ([]row, error) { return burst(p) },
		func() ([]row, error) { return flood(p, 4*max(c.Duration, 5*time.Second)) },
		func() ([]row, error) { return c.lists() },
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
func (c tableCommand) startRow(p product) ([]row, error) {
	var taken []time.Duration
	for range 11 {
		begin := time.Now()
		s, err := p.start(allCores)
		if err != nil {
			return nil, err
		}
		answer, err := http.Get(s.url + "/login")
		took := time.Since(begin)
		s.stop()
		if err != nil {
			return nil, err
		}
		answer.Body.Close()
		taken = append(taken, took)
	}
	slices.Sort(taken)
	median := milliseconds(taken[len(taken)/2])
	return []row{{
		What: "start to first answer, median of 11", Measured: fmt.Sprintf("%.1f ms", median),
		Goal: "< 30 ms", Met: median < 30,
	}}, nil
}

// pages measures a signed-in page against the bare handler, the server on one core and
// the load on the other, and the memory of a server that has nothing to do.
func (c tableCommand) pages(p product) ([]row, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bare, err := startServerOn(oneCore, self, "bare")
	if err != nil {
		return nil, err
	}
	defer bare.stop()
	s, err := p.start(oneCore)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	idle, err := s.residentMB()
	if err != nil {
		return nil, err
	}
	cookie, err := p.signIn(s.url, "bench-0")
	if err != nil {
		return nil, err
	}
	page := []string{"--header=" + cookie, s.url + "/profile"}
	plain, err := c.byTurns(bare.url+"/", page)
	if err != nil {
		return nil, err
	}
	awake, err := c.byTurns(bare.url+"/", page, "--awake")
	if err != nil {
		return nil, err
	}
	return []row{
		{What: "bare handler, 4 KB, one core", Measured: throughput(plain.bare)},
		{What: "signed-in /profile, alternating with it", Measured: plain.String(), Goal: "≥ 0.35", Met: plain.median() >= 0.35},
		{What: "the same, while the load never sleeps", Measured: awake.String()},
		{What: "idle memory after start", Measured: fmt.Sprintf("%.1f MB resident", idle), Goal: "< 25 MB", Met: idle < 25},
	}, nil
}

// pageCommand measures the signed-in page alone, to compare two programs in one hour.
type pageCommand struct{ tableCommand }

// Run measures and prints; missing a goal is an error, after the table.
func (c pageCommand) Run() error {
	p, err := makeProduct(c.Product, c.Dir, 1000, 0)
	defer os.RemoveAll(p.folder)
	if err != nil {
		return err
	}
	rows, err := c.pages(p)
	if err != nil {
		return err
	}
	return report(rows)
}

// turns is a page and the bare handler, measured one after the other several times.
type turns struct {
	bare, page result // of the last turn
	ratios     []float64
}

// rounds is how many turns there are: a shared machine changes its pace from second to
// second, by more than what is measured here.
const rounds = 5

// byTurns measures the bare handler and a page, with further flags of the load for both.
func (c tableCommand) byTurns(bare string, page []string, flags ...string) (t turns, err error) {
	load := append([]string{"load", "--duration=" + (c.Duration / 2).String()}, flags...)
	for range rounds {
		if t.bare, err = measureIn(append(slices.Clone(load), "--name=bare", bare)...); err != nil {
			return t, err
		}
		if t.page, err = measureIn(append(append(slices.Clone(load), "--name=page"), page...)...); err != nil {
			return t, err
		}
		if err := errors.Join(clean(t.bare), clean(t.page)); err != nil {
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
		throughput(t.page), t.median(), t.ratios[0], t.ratios[len(t.ratios)-1], len(t.ratios))
}

// writes measures changes that are on disk when they are answered, of the store alone: over
// HTTP each person may change so much in an hour only.
func (c tableCommand) writes(fsync result) ([]row, error) {
	alone, err := c.durableWrites()
	if err != nil {
		return nil, err
	}
	times := alone.PerSecond / fsync.PerSecond
	return []row{
		{What: "64 concurrent durable writes, all cores", Measured: fmt.Sprintf("%s; %.1f × fsync", throughput(alone), times), Goal: "≥ 5 ×", Met: times >= 5},
	}, nil
}

// signIns measures sign-ins as fast as they go, on all cores, while other people look at
// pages at a steady 200 a second, and the memory some seconds later.
func (c tableCommand) signIns(p product, hash result) ([]row, error) {
	s, err := p.start(allCores)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	people, err := makePeople()
	if err != nil {
		return nil, err
	}
	logins, pages, err := honest(p, s, people, 8, max(c.Duration, 5*time.Second)*2)
	if err := errors.Join(err, clean(logins)); err != nil {
		return nil, err
	}
	peak, err := s.peakMB()
	if err != nil {
		return nil, err
	}
	time.Sleep(5 * time.Second)
	after, err := s.residentMB()
	ratio := logins.PerSecond / hash.PerSecond
	return []row{
		{What: "sign-ins, 8 at once, all cores", Measured: fmt.Sprintf("%s; ratio to raw argon2id %.2f", throughput(logins), ratio), Goal: "≥ 0.75", Met: ratio >= 0.75},
		{What: "pages at 200/s meanwhile", Measured: throughput(pages), Goal: "p99 < 30 ms", Met: pages.P99 < 30},
		{What: "memory at its highest meanwhile", Measured: fmt.Sprintf("%.1f MB resident", peak)},
		{What: "memory five seconds after that", Measured: fmt.Sprintf("%.1f MB resident", after)},
	}, err
}

// clean turns errors under load into an error: a figure with failures in it is
// no figure.
func clean(r result) error {
	if r.Errors > 0 {
		return fmt.Errorf("%s: %d errors, the last: %s", r.Name, r.Errors, r.LastError)
	}
	return nil
}
