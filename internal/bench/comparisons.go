package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"latchkey/internal/bench/flood"
	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

// slowerAllowed is how many times as long as a file a list may take PostgreSQL.
const slowerAllowed = 2

// comparison is one thing that is measured on every side.
type comparison struct {
	what  string
	unit  string  // of what is counted, if it is not answers
	most  float64 // load.Milliseconds that 99 of 100 answers may take from a file; 0 for no goal
	paced bool    // as many a second are asked for on every side: only how long they take can differ
	turns int     // the one in the middle counts
	take  func(*side) (load.Result, error)
}

// comparisons are all of them.
func (c databasesCommand) comparisons() []comparison {
	all := []comparison{
		{what: "signed-in /profile", turns: rounds, take: func(s *side) (load.Result, error) {
			return s.page("/profile", "--connections=16", "--duration="+(c.Duration/2).String())
		}},
		{what: "sign-ins, 8 at once", turns: 3, take: func(s *side) (load.Result, error) {
			return s.serving(func(at []string) (load.Result, error) {
				return flood.SignIns(s.nodes[0], byTurnsTo(at), publicURL, s.people, 8, c.Duration), nil
			})
		}},
		{what: "64 concurrent durable writes", turns: 3, take: func(s *side) (load.Result, error) { return s.writes(c.Duration) }},
	}
	for _, what := range []string{"users: first page", "users: deep page", "users: disabled", "users: search, one hit", "users: search, 2 % hit"} {
		all = append(all, c.list(what))
	}
	return append(all, comparison{what: "audit verify", unit: "rows", turns: 1, take: func(s *side) (load.Result, error) { return s.verify(c.Audit) }})
}

// list is a page of the administration, of those that million measures.
func (c databasesCommand) list(what string) comparison {
	find := func(deep string) page {
		pages := millionPages(deep, c.Users)
		return pages[slices.IndexFunc(pages, func(p page) bool { return p.what == what })]
	}
	return comparison{what: what, most: find("").most, paced: true, turns: 1, take: func(s *side) (load.Result, error) {
		p := find(s.deep)
		return s.page(p.path, "--connections=2", "--rate="+strconv.Itoa(p.rate), "--duration="+p.span(c.Duration).String())
	}}
}

// page measures a page that bench-admin sees, with these flags of the load.
func (s *side) page(path string, flags ...string) (load.Result, error) {
	return s.serving(func(at []string) (load.Result, error) {
		args := append([]string{"load", "--name=" + path, "--header=" + s.cookie}, flags...)
		for _, node := range at {
			args = append(args, "--at="+node)
		}
		got, err := product.Measure(append(args, publicURL+path)...)
		return got, errors.Join(err, got.Clean())
	})
}

// writes measures the store alone, each node with as many of the writers.
func (s *side) writes(span time.Duration) (load.Result, error) {
	dbs, err := s.open(context.Background())
	var got load.Result
	if err == nil {
		got, err = writeAtOnce(dbs, span)
	}
	for _, db := range dbs {
		err = errors.Join(err, db.Close())
	}
	return got, err
}

// verify measures the check of the whole audit log, beside nodes that have nothing to do.
func (s *side) verify(rows int) (load.Result, error) {
	return s.serving(func([]string) (load.Result, error) {
		begin := time.Now()
		if out, err := s.nodes[0].Command("audit", "verify").CombinedOutput(); err != nil {
			return load.Result{}, fmt.Errorf("verifying: %w: %s", err, out)
		}
		return load.Result{Count: rows, PerSecond: float64(rows) / time.Since(begin).Seconds()}, nil
	})
}

// row says what was measured on one side, and how that compares with the file.
func (m comparison) row(side string, got, file load.Result) report.Row {
	onFile := side == "SQLite"
	r := report.Row{What: m.what + ": " + side, Measured: got.Throughput()}
	if m.unit != "" {
		r.Measured = fmt.Sprintf("%.0f %s/s", got.PerSecond, m.unit)
	}
	if got.Errors > 0 { // of sign-ins alone, which the server puts off while passwords wait to be hashed
		r.Measured += fmt.Sprintf("; %d asked to come back", got.Errors)
	}
	switch {
	case onFile:
	case m.paced:
		r.Measured += fmt.Sprintf("; p50 %.2f times as long, p99 %.2f times", got.P50/file.P50, got.P99/file.P99)
	default:
		r.Measured += fmt.Sprintf("; %.2f of SQLite", got.PerSecond/file.PerSecond)
	}
	if most := m.most; most > 0 {
		if !onFile {
			most *= slowerAllowed
		}
		r.Goal, r.Met = fmt.Sprintf("p99 < %.0f ms", most), got.P99 < most
	}
	return r
}
