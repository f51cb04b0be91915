package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
)

// rounds is how many turns there are: a shared machine changes its pace from second to
// second, by more than what is measured here.
const rounds = 5

// turns is a page and the bare handler, measured one after the other several times.
type turns struct {
	bare, page load.Result // of the last turn
	ratios     []float64   // requests a second of the page to those of the bare handler, sorted
	bareCPU    []float64   // microseconds of the server's core for each request, sorted
	pageCPU    []float64
}

// byTurns measures the bare handler and a page, each from a server of its own, with further flags of the load for
// both. page are the address and the flags of its request.
func (c tableCommand) byTurns(bare, server *product.Server, page []string, flags ...string) (t turns, err error) {
	turn := func(name string, s *product.Server, request ...string) (r load.Result, cpu float64, err error) {
		before, err := s.CPU()
		if err != nil {
			return r, 0, err
		}
		args := append([]string{"load", "--name=" + name, "--warm=0s", "--duration=" + (c.Duration / 2).String()}, flags...)
		if r, err = product.Measure(append(args, request...)...); err != nil {
			return r, 0, err
		}
		after, err := s.CPU()
		return r, float64((after - before).Microseconds()) / float64(r.Count), errors.Join(err, r.Clean())
	}
	for i := range 1 + rounds {
		var bareCPU, pageCPU float64
		if t.bare, bareCPU, err = turn("bare", bare, bare.URL+"/"); err != nil {
			return t, err
		}
		if t.page, pageCPU, err = turn("page", server, page...); err != nil {
			return t, err
		}
		if i > 0 { // the first is to get warm
			t.ratios = append(t.ratios, t.page.PerSecond/t.bare.PerSecond)
			t.bareCPU, t.pageCPU = append(t.bareCPU, bareCPU), append(t.pageCPU, pageCPU)
		}
	}
	for _, all := range [][]float64{t.ratios, t.bareCPU, t.pageCPU} {
		slices.Sort(all)
	}
	return t, nil
}

// median is the ratio in the middle.
func (t turns) median() float64 { return inTheMiddle(t.ratios) }

func inTheMiddle(sorted []float64) float64 { return sorted[len(sorted)/2] }

// String says the ratio and between which values it lay, and what a request costs.
func (t turns) String() string {
	return fmt.Sprintf("%s; %.1f µs of a core; ratio %.3f (%.3f to %.3f in %d turns)",
		t.page.Throughput(), inTheMiddle(t.pageCPU), t.median(), t.ratios[0], t.ratios[len(t.ratios)-1], len(t.ratios))
}

// yardstick says the same of the bare handler.
func (t turns) yardstick() string {
	return fmt.Sprintf("%s; %.1f µs of a core", t.bare.Throughput(), inTheMiddle(t.bareCPU))
}

// startBare runs the bare handler on one core, with a page of so many bytes.
func startBare(size int, flags ...string) (*product.Server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return product.StartOn(product.OneCore, append([]string{self, "bare", "--bytes=" + strconv.Itoa(size)}, flags...)...)
}

// settle is how long after its start a server is idle.
const settle = 5 * time.Second
