package main

import (
	"fmt"
	"os"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

// peersCommand measures other programs beside this one in one run (docs/benchmarks.md, "Peers").
type peersCommand struct {
	tableCommand
	Peers string `arg:"" help:"A folder with a folder for each peer, in which the commands serve and page are."`
}

// Run measures and prints.
func (c peersCommand) Run() error { return report.Table(c.measure) }

func (c peersCommand) measure() ([]report.Row, error) {
	p, err := c.Make(1000, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	rows, err := c.own(p)
	if err != nil {
		return nil, err
	}
	peers, err := product.Peers(c.Peers)
	if err != nil {
		return nil, err
	}
	for _, peer := range peers {
		more, err := c.peer(peer)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// own measures this program as the peers are measured.
func (c peersCommand) own(p product.Product) ([]report.Row, error) {
	begin := time.Now()
	s, err := p.Start(product.OneCore)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	if err := product.Answers(s.URL + "/login"); err != nil {
		return nil, err
	}
	return c.compare("latchkey", s, time.Since(begin), func() (string, []string, error) {
		cookie, err := p.SignIn(s.URL, "bench-0")
		return s.URL + "/profile", []string{cookie}, err
	})
}

func (c peersCommand) peer(peer product.Peer) ([]report.Row, error) {
	data, err := os.MkdirTemp(c.Dir, "bench-*")
	if err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	defer os.RemoveAll(data)
	if first, err := peer.Start(data); err != nil { // which makes its database
		return nil, err
	} else {
		first.Stop()
	}
	begin := time.Now()
	s, err := peer.Start(data)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	return c.compare(peer.Name(), s, time.Since(begin), func() (string, []string, error) { return peer.Page(s, data) })
}

// compare measures a signed-in page beside a bare handler that sends as many bytes, and the memory.
func (c peersCommand) compare(name string, s *product.Server, start time.Duration, signIn func() (url string, headers []string, err error)) ([]report.Row, error) {
	idle, err := s.RestingMB(settle)
	if err != nil {
		return nil, err
	}
	url, headers, err := signIn()
	if err != nil {
		return nil, err
	}
	size, err := bytesOf(url, headers...)
	if err != nil {
		return nil, err
	}
	bare, err := startBare(size - bareHead)
	if err != nil {
		return nil, err
	}
	defer bare.Stop()
	request := []string{url}
	for _, header := range headers {
		request = append(request, "--header="+header)
	}
	got, err := c.byTurns(bare, s, request)
	if err != nil {
		return nil, err
	}
	peak, err := s.PeakMB()
	return []report.Row{
		{What: name + ": start to first answer", Measured: fmt.Sprintf("%.0f ms", load.Milliseconds(start))},
		{What: name + ": idle memory", Measured: fmt.Sprintf("%.1f MB resident, %.1f MB at its highest", idle, peak)},
		{What: fmt.Sprintf("%s: a signed-in page of %d bytes", name, size), Measured: got.String()},
	}, err
}
