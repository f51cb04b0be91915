package flood

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

const (
	// stormClients sign in at the same time, over and over.
	stormClients = 256
	// stormPages is how many pages a second other people look at meanwhile.
	stormPages = 2000
	// stormRestMB is what everything but the hashes may take at the highest.
	stormRestMB = 64
	// comeBack is when somebody who is asked to come back does: sooner than they are told.
	comeBack = time.Second
)

// proxy keeps a connection open for each of those who sign in at once.
var proxy = &http.Transport{MaxIdleConnsPerHost: stormClients}

// storm is what the clients of one have got.
type storm struct {
	seen    [stormClients]*load.Sample
	refused atomic.Int64
}

// Storm measures a morning on which everybody signs in at once: 256 clients, each from a network of
// its own, with password and code, while others look at pages at a steady 2,000 a second. hash is the
// raw rate of all cores.
func Storm(p product.Product, hash load.Result, span time.Duration) ([]report.Row, error) {
	s, err := p.Start(product.AllCores, "--trusted-proxies", "127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	cookie, err := p.SignIn(s.URL, "bench-0")
	if err != nil {
		return nil, err
	}
	people, err := MakePeople()
	if err != nil {
		return nil, err
	}
	look := []string{"load", "--name=pages", "--connections=64", fmt.Sprint("--rate=", stormPages), "--duration=" + span.String(), "--header=" + cookie, s.URL + "/profile"}
	idle, err := product.Measure(look...)
	if err := errors.Join(err, idle.Clean()); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	storm, ended := startStorm(p, s.URL, people, stop)
	began := time.Now()
	pages, err := product.Measure(look...)
	close(stop)
	if err := errors.Join(err, pages.Clean(), ended()); err != nil {
		return nil, err
	}
	signIns := load.Sum("sign-ins", storm.seen[:], time.Since(began), 0)
	peak, err := s.PeakMB()
	return append(stormRows(hash, idle, pages, signIns, peak), report.Row{What: "asked to come back meanwhile", Measured: fmt.Sprint(storm.refused.Load())}), err
}

// startStorm begins the storm; no sign-in begins after stop is closed. The returned function waits
// for those under way.
func startStorm(p product.Product, base string, people chan Person, stop <-chan struct{}) (*storm, func() error) {
	var all errgroup.Group
	s := &storm{}
	for i := range s.seen {
		s.seen[i] = &load.Sample{}
		all.Go(func() error {
			return s.client(p, base, people, from{fmt.Sprintf("10.%d.%d.1", i/256, i%256), proxy}, s.seen[i], stop)
		})
	}
	return s, all.Wait
}

// client signs in as one after the other, until stop is closed.
func (s *storm) client(p product.Product, base string, people chan Person, network from, seen *load.Sample, stop <-chan struct{}) error {
	next, began := <-people, time.Now()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		switch err := passBoth(p, network, base, next); {
		case errors.Is(err, errBusy):
			s.refused.Add(1)
			time.Sleep(comeBack)
		case err != nil:
			return err
		default:
			seen.Taken = append(seen.Taken, time.Since(began))
			people <- next
			next, began = <-people, time.Now()
		}
	}
}

// stormRows holds what was measured against the goals.
func stormRows(hash, idle, pages, signIns load.Result, peak float64) []report.Row {
	ratio, slower, most := signIns.PerSecond/hash.PerSecond, pages.P99/idle.P99, float64(runtime.NumCPU()*hashMB+stormRestMB)
	return []report.Row{
		{What: fmt.Sprintf("pages at %d/s", stormPages), Measured: idle.Throughput()},
		{What: fmt.Sprintf("the same while %d clients sign in", stormClients), Measured: pages.Throughput(), Goal: "p99 ≤ 10 ms", Met: pages.P99 <= 10},
		{What: "p99 against that of an idle server", Measured: fmt.Sprintf("%.1f times as long", slower), Goal: "≤ 4 ×", Met: slower <= 4},
		{What: "their sign-ins", Measured: fmt.Sprintf("%s; ratio to raw argon2id %.2f", signIns.Throughput(), ratio), Goal: "≥ 0.85", Met: ratio >= 0.85},
		{What: "memory at its highest", Measured: fmt.Sprintf("%.1f MB resident", peak), Goal: fmt.Sprintf("≤ %.0f MB", most), Met: peak <= most},
	}
}
