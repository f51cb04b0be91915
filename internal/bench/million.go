package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/bench/seed"
)

// millionCommand measures the administration on a database as large as it has to be
// good for.
type millionCommand struct {
	tableCommand
	Users int `default:"1000000" help:"How many users."`
	Audit int `default:"10000000" help:"How many rows the audit log has."`

	Groups     int `default:"1000" help:"How many groups there are. The first has everybody in it."`
	GroupsEach int `default:"10" help:"In how many of them each user is."`
}

// Run measures and prints; missing a goal is an error, after the table.
func (c millionCommand) Run() error { return report.Table(c.measure) }

func (c millionCommand) measure() ([]report.Row, error) {
	begin := time.Now()
	p, err := c.Fill(seed.Command{Users: c.Users, Audit: c.Audit, Groups: c.Groups, GroupsEach: c.GroupsEach})
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	rows := []report.Row{{What: fmt.Sprintf("seeding %d users, %d groups, %d of each user, and %d audit rows", c.Users, c.Groups, c.GroupsEach, c.Audit), Measured: time.Since(begin).Round(time.Second).String()}}
	verified, err := c.verify(p)
	if err != nil {
		return nil, err
	}
	pages, err := c.pages(p)
	return append(append(rows, verified), pages...), err
}

// verify measures the check of the whole audit log, on all cores.
func (c millionCommand) verify(p product.Product) (report.Row, error) {
	begin := time.Now()
	out, err := p.Command("audit", "verify").CombinedOutput()
	if err != nil {
		return report.Row{}, fmt.Errorf("verifying: %w: %s", err, out)
	}
	perSecond := float64(c.Audit) / time.Since(begin).Seconds()
	r := report.Row{What: "audit verify, all cores", Measured: fmt.Sprintf("%.0f rows/s", perSecond), Goal: "≥ 200,000 rows/s", Met: perSecond >= 200_000}
	if c.Database != "" {
		r.Goal = "" // it is about a file
	}
	return r, nil
}

// page is one address and how long 99 of 100 of its answers may take.
type page struct {
	what, path string
	most       float64 // load.Milliseconds; 0 for no goal
	rate       int     // requests a second
}

// span is how long it is measured: the worst but one of a hundred is a figure where there are some hundreds.
func (p page) span(least time.Duration) time.Duration {
	return max(least, 300*time.Second/time.Duration(p.rate))
}

func (c millionCommand) pages(p product.Product) ([]report.Row, error) {
	s, cookie, deep, err := startLists(p)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	var rows []report.Row
	for _, page := range millionPages(deep, c.Users) {
		if c.Database != "" {
			page.most *= slowerAllowed
		}
		goal := ""
		if page.most > 0 {
			goal = fmt.Sprintf("p99 < %.0f ms", page.most)
		}
		got, err := product.Measure("load", "--name="+page.what, "--connections=2", "--rate="+strconv.Itoa(page.rate),
			"--duration="+page.span(c.Duration).String(), "--header="+cookie, s.URL+page.path)
		if err := errors.Join(err, got.Clean()); err != nil {
			return nil, fmt.Errorf("%s: %w", page.path, err)
		}
		rows = append(rows, report.Row{
			What: page.what, Measured: got.Throughput(), Goal: goal, Met: got.P99 < page.most,
		})
	}
	slices.SortStableFunc(rows, func(a, b report.Row) int { return strings.Compare(a.What, b.What) })
	resident, err := s.ResidentMB()
	return append(rows, report.Row{What: "memory after all that", Measured: fmt.Sprintf("%.1f MB resident", resident), Goal: "< 100 MB", Met: resident < 100}), err
}

// millionPages are the pages that have to stay quick.
func millionPages(deep string, users int) []page {
	day := url.QueryEscape(time.Now().AddDate(0, -6, 0).UTC().Format(time.DateOnly))
	return []page{
		{"overview", "/admin", 0, 20}, // counts and a chart of 14 days; no goal of its own
		{"users: first page", "/admin/users", 10, 50},
		{"users: deep page", "/admin/users?sort=-created&after=" + deep, 10, 50},
		{"users: by last sign-in", "/admin/users?sort=-last_sign_in", 10, 50},
		{"users: disabled", "/admin/users?status=disabled", 10, 50},
		{"users: two-step off", "/admin/users?two_step=off", 10, 50},
		{"users: search, one hit", "/admin/users?q=bench-" + strconv.Itoa(users/9*7), 10, 50},
		{"users: search, 2 % hit", "/admin/users?q=hopper", 30, 10},
		{"users: search, 2 % hit, by creation", "/admin/users?q=hopper&sort=created", 30, 10},
		{"users: search, two letters", "/admin/users?q=q7", 30, 10},
		{"users: search, one letter", "/admin/users?q=e", 30, 10},
		{"users: search, two words", "/admin/users?q=ada+hopper", 30, 10},
		{"users: by status", "/admin/users?sort=status", 10, 50},
		{"users: not signed in for 90 days", "/admin/users?inactive=90", 10, 50},
		{"users: invitation expired", "/admin/users?status=expired", 10, 50},
		{"users: in the group of everybody", "/admin/users?group=everybody", 10, 50},
		{"users: in a group of 10,000", "/admin/users?group=team-0500", 10, 50},
		{"users: in a group of 10,000, by last sign-in", "/admin/users?group=team-0500&sort=-last_sign_in", 10, 50},
		{"users: in a group of 10,000, disabled", "/admin/users?group=team-0500&status=disabled", 10, 50},
		{"users: search, 2 % hit, in a group of 10,000", "/admin/users?group=team-0500&q=hopper", 30, 10},
		{"users: search, 2 % hit, in the group of everybody", "/admin/users?group=everybody&q=hopper", 30, 10},
		{"groups: first page", "/admin/groups", 10, 50},
		{"groups: by members", "/admin/groups?sort=-members", 10, 50},
		{"groups: search", "/admin/groups?q=077", 10, 50},
		{"group: of everybody", "/admin/groups/everybody", 10, 50},
		{"group: of everybody, deep page", "/admin/groups/everybody?after=" + deep, 10, 50},
		{"group: of 10,000", "/admin/groups/team-0500", 10, 50},
		{"user: in ten groups", "/admin/users/" + deep, 10, 50},
		{"audit: first page", "/admin/audit", 10, 50},
		{"audit: one event", "/admin/audit?event=login.code", 10, 50},
		{"audit: failures", "/admin/audit?result=failed", 10, 50},
		{"audit: up to a day", "/admin/audit?to=" + day, 10, 50},
		{"audit: one user", "/admin/audit?user=bench-500", 10, 50},
		{"audit: failed codes", "/admin/audit?event=login.code&result=failed", 10, 50},
	}
}
