package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/report"
)

func TestDatabases_RowsCompareWithTheFile(t *testing.T) {
	t.Parallel()
	file := load.Result{PerSecond: 1000, P50: 2, P99: 4}
	slow := load.Result{PerSecond: 250, P50: 5, P99: 19}
	list := comparison{what: "list", most: 10, paced: true}
	verify := comparison{what: "verify", unit: "rows"}
	for _, c := range []struct {
		m    comparison
		side string
		got  load.Result
		want report.Row
	}{
		{list, "SQLite", file, report.Row{What: "list: SQLite", Measured: file.Throughput(), Goal: "p99 < 10 ms", Met: true}},
		{list, "SQLite", slow, report.Row{What: "list: SQLite", Measured: slow.Throughput(), Goal: "p99 < 10 ms"}},
		{list, "two", slow, report.Row{What: "list: two", Measured: slow.Throughput() + "; p50 2.50 times as long, p99 4.75 times", Goal: "p99 < 20 ms", Met: true}},
		{verify, "two", slow, report.Row{What: "verify: two", Measured: "250 rows/s; 0.25 of SQLite"}},
		{comparison{what: "x"}, "two", load.Result{PerSecond: 500, Errors: 2}, report.Row{What: "x: two", Measured: load.Result{PerSecond: 500}.Throughput() + "; 2 asked to come back; 0.50 of SQLite"}},
	} {
		if diff := cmp.Diff(c.want, c.m.row(c.side, c.got, file)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDatabases_TheTurnInTheMiddle(t *testing.T) {
	t.Parallel()
	turns := []load.Result{{PerSecond: 9}, {PerSecond: 1}, {PerSecond: 5}}
	if got := middle(turns).PerSecond; got != 5 || turns[0].PerSecond != 9 {
		t.Errorf("%v a second of 9, 1 and 5, which are %v afterwards", got, turns)
	}
	if got := middle([]load.Result{{PerSecond: 50, P50: 9}, {PerSecond: 50, P50: 1}, {PerSecond: 50, P50: 5}}).P50; got != 5 {
		t.Errorf("%v ms of 9, 1 and 5", got)
	}
}

// TestDatabases_EachNodeHasItsTurn: both get as many requests, for the host that the address names.
func TestDatabases_EachNodeHasItsTurn(t *testing.T) {
	t.Parallel()
	seen := make([]int, 2)
	var at []string
	for i := range seen {
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Host == "people.example" && r.URL.Path == "/login" {
				seen[i]++
			}
		}))
		t.Cleanup(s.Close)
		at = append(at, s.Listener.Addr().String())
	}
	way := byTurnsTo(at)
	for range 6 {
		request := httptest.NewRequest(http.MethodGet, "http://people.example/login", nil)
		answer, err := way.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	if diff := cmp.Diff([]int{3, 3}, seen); diff != "" {
		t.Error(diff)
	}
}

// TestDatabases_ListsAreThoseOfAMillion: each list that is compared is one of those with a goal.
func TestDatabases_ListsAreThoseOfAMillion(t *testing.T) {
	t.Parallel()
	lists := 0
	for _, m := range (databasesCommand{Users: 1_000_000}).comparisons() {
		if m.paced {
			lists++
			if m.most <= 0 {
				t.Errorf("%s has no goal", m.what)
			}
		}
	}
	if lists != 5 {
		t.Errorf("%d lists", lists)
	}
}
