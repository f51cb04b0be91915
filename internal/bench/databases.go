package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"latchkey/internal/bench/flood"
	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/bench/seed"
	"latchkey/internal/store"
	"latchkey/internal/store/postgrestest"
)

// databasesCommand measures the same people in a file and in PostgreSQL. Both are in the folder of temporary
// files, so that they have one disk.
type databasesCommand struct {
	Product  string        `default:"bin/latchkey" help:"The program to measure."`
	Duration time.Duration `default:"5s" help:"How long each measurement lasts."`

	Users      int `default:"1000000" help:"How many users, at least 1000."`
	Audit      int `default:"1000000" help:"How many rows the audit log has."`
	Groups     int `default:"1000" help:"How many groups there are. The first has everybody in it."`
	GroupsEach int `default:"10" help:"In how many of them each user is."`
}

// durable are the settings of PostgreSQL as Debian installs it, where a cluster of the tests has others; but for the memory,
// of which it has a quarter of a machine of 8 GB, as its manual advises.
var durable = []string{"fsync=on", "full_page_writes=on", "synchronous_commit=on", "autovacuum=on", "jit=on", "shared_buffers=2GB", "max_wal_size=1GB", "shared_preload_libraries="}

// publicURL is the address that people have: of every node, whichever port it listens on.
const publicURL = "http://localhost:8080"

// Run measures and prints; missing a goal is an error, after the table.
func (c databasesCommand) Run() error {
	if c.Users < 1000 {
		return errors.New("--users must be 1000 or more, for as many sign in")
	}
	return report.Table(c.measure)
}

func (c databasesCommand) measure() ([]report.Row, error) {
	begin, f := time.Now(), product.Flags{Dir: os.TempDir(), Product: c.Product}
	p, err := f.Fill(seed.Command{Users: c.Users, Audit: c.Audit, Groups: c.Groups, GroupsEach: c.GroupsEach})
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	rows := []report.Row{took(fmt.Sprintf("seeding %d users, %d groups, %d of each user, and %d audit rows", c.Users, c.Groups, c.GroupsEach, c.Audit), begin)}
	begin = time.Now()
	server, err := postgrestest.Start(durable...)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	name, err := server.Database("")
	if err != nil {
		return nil, err
	}
	first, err := p.Moved(f.Dir, server.Address(name))
	defer os.RemoveAll(first.Folder)
	if err != nil {
		return nil, err
	}
	rows = append(rows, took("moving all of it to PostgreSQL, by backup and restore", begin))
	second, err := first.Node(f.Dir)
	defer os.RemoveAll(second.Folder)
	if err != nil {
		return nil, err
	}
	more, err := c.compare([][]product.Product{{p}, {first}, {first, second}})
	return append(rows, more...), err
}

func took(what string, begin time.Time) report.Row {
	return report.Row{What: what, Measured: time.Since(begin).Round(time.Second).String()}
}

// compare measures one thing after the other, each on all sides in turn.
func (c databasesCommand) compare(nodes [][]product.Product) (rows []report.Row, err error) {
	var sides []*side
	for i, what := range []string{"SQLite", "PostgreSQL, one node", "PostgreSQL, two nodes"} {
		s := &side{what: what, nodes: nodes[i], users: c.Users}
		if i == 2 { // they are the same people, whose codes work once
			s.people, s.cookie, s.deep = sides[1].people, sides[1].cookie, sides[1].deep
		} else if err := s.prepare(); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		sides = append(sides, s)
	}
	fsync, err := fsyncCommand{Dir: os.TempDir(), Duration: c.Duration}.measure()
	if err != nil {
		return nil, err
	}
	rows = append(rows, report.Row{What: "append 4 KB and fsync", Measured: fsync.Throughput()})
	for _, m := range c.comparisons() {
		all := make([][]load.Result, len(sides))
		for range m.turns {
			for i, s := range sides {
				got, err := m.take(s)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", m.what, s.what, err)
				}
				all[i] = append(all[i], got)
			}
		}
		for i, s := range sides {
			rows = append(rows, m.row(s.what, middle(all[i]), middle(all[0])))
		}
	}
	return rows, nil
}

// middle is the turn in the middle, by how many a second there were, or else by how long they took.
func middle(turns []load.Result) load.Result {
	turns = slices.Clone(turns)
	slices.SortFunc(turns, func(a, b load.Result) int {
		return cmp.Or(cmp.Compare(a.PerSecond, b.PerSecond), cmp.Compare(b.P50, a.P50))
	})
	return turns[len(turns)/2]
}

// side is a database and the nodes that serve it.
type side struct {
	what  string
	nodes []product.Product
	users int

	people       chan flood.Person // whose turn it is to sign in
	cookie, deep string            // of bench-admin, and the last user on a page
}

// prepare signs in to the administration, for all that is measured later.
func (s *side) prepare() (err error) {
	if s.people, err = flood.MakePeople(); err != nil {
		return err
	}
	_, err = s.serving(func(at []string) (none load.Result, err error) {
		if s.cookie, err = s.nodes[0].SignInBy(byTurnsTo(at), publicURL, "bench-admin"); err == nil {
			s.deep, err = lastOnPage(byTurnsTo(at), publicURL+"/admin/users?sort=-created", s.cookie)
		}
		return none, err
	})
	return err
}

// serving measures with all nodes running; at is where they listen.
func (s *side) serving(fn func(at []string) (load.Result, error)) (load.Result, error) {
	var at []string
	for _, node := range s.nodes {
		server, err := node.Start(product.AllCores, "--url", publicURL, "--trusted-proxies", "127.0.0.0/8")
		if err != nil {
			return load.Result{}, err
		}
		defer server.Stop()
		at = append(at, strings.TrimPrefix(server.URL, "http://"))
	}
	return fn(at)
}

// byTurnsTo is a way to several nodes, as behind a proxy that gives each its turn.
func byTurnsTo(at []string) http.RoundTripper { return &turnsTo{at: at} }

type turnsTo struct {
	at   []string
	sent atomic.Int64
}

// RoundTrip sends the request to the node whose turn it is.
func (t *turnsTo) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = cmp.Or(r.Host, r.URL.Host)
	r.URL.Host = t.at[int(t.sent.Add(1))%len(t.at)]
	return http.DefaultTransport.RoundTrip(r)
}

// open opens the database once for each node.
func (s *side) open(ctx context.Context) (all []*store.DB, err error) {
	for _, node := range s.nodes {
		db, err := node.Open(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, db)
	}
	return all, nil
}
