package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRequests_PagesMissNobody pages through requests and approvals, open and decided, of
// which several were made in the same millisecond.
func TestRequests_PagesMissNobody(t *testing.T) {
	t.Parallel()
	db := open(t)
	const all, onPage = 11, 4
	for n := range all {
		made := start().Add(time.Duration(n/5) * time.Millisecond)
		for _, what := range []string{"open", "decided"} {
			who := db.add(t, fmt.Sprintf("%s%d", what, n))
			db.must(t, func(tx *Tx) error {
				_, err := tx.AddRequest(Request{ID: "r" + who, UserID: who, Made: made})
				return err
			})
			db.must(t, func(tx *Tx) error {
				_, err := tx.AddApproval(Approval{ID: "a" + who, UserID: who, Kind: "email", Made: made})
				return err
			})
			if what == "decided" {
				db.must(t, func(tx *Tx) error { _, err := tx.CancelRequest("r"+who, made); return err })
				db.must(t, func(tx *Tx) error { _, err := tx.RefuseApproval("a"+who, Approval{Decided: made}); return err })
			}
		}
	}
	requests := func(open bool) func(Place) ([]Place, error) {
		return func(p Place) (places []Place, err error) {
			page, err := db.Requests(open, p, onPage)
			for _, q := range page {
				places = append(places, Place{q.Made, q.ID})
			}
			return places, err
		}
	}
	approvals := func(open bool) func(Place) ([]Place, error) {
		return func(p Place) (places []Place, err error) {
			page, err := db.Approvals(open, p, onPage)
			for _, q := range page {
				places = append(places, Place{q.Made, q.ID})
			}
			return places, err
		}
	}
	for name, read := range map[string]func(Place) ([]Place, error){
		"requests": requests(true), "decided requests": requests(false), "approvals": approvals(true), "decided approvals": approvals(false),
	} {
		var seen []Place
		for page := []Place{{}}; len(page) > 0; {
			var err error
			if page, err = read(page[len(page)-1]); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, page...)
		}
		if strings.HasPrefix(name, "decided") {
			slices.Reverse(seen) // newest first
		}
		before := func(a, b Place) int {
			if c := a.Made.Compare(b.Made); c != 0 {
				return c
			}
			return strings.Compare(a.ID, b.ID)
		}
		if len(seen) != all || !slices.IsSortedFunc(seen, before) || len(slices.Compact(seen)) != all {
			t.Errorf("%s: %v", name, seen)
		}
	}
}

// TestRequests_PagesReadIndexes: of a year of requests a page reads those that it shows.
func TestRequests_PagesReadIndexes(t *testing.T) {
	t.Parallel()
	db := open(t)
	for table, indexes := range map[string][2]string{"requests": {"requests_by_status", "requests_decided"}, "approvals": {"approvals_by_status", "approvals_decided"}} {
		for n, where := range []string{pageOfOpen, pageOfDecided} {
			plan := db.plan(t, `SELECT q.id, u.username FROM `+table+` q `+inTurn+` users u ON u.id = q.user_id `+where, 1, "a", 50)
			if !strings.Contains(plan, "SEARCH q USING INDEX "+indexes[n]) || strings.Contains(plan, "TEMP") {
				t.Errorf("%s: %s, want %s", table, plan, indexes[n])
			}
		}
	}
}
