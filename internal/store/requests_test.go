package store

import (
	"cmp"
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
		db.ask(t, fmt.Sprint("open", n), made, false)
		db.ask(t, fmt.Sprint("decided", n), made, true)
	}
	for name, read := range map[string]func(Place) ([]Place, error){
		"open requests": pagesOf(db.Requests, true, onPage, Request.place), "decided requests": pagesOf(db.Requests, false, onPage, Request.place),
		"open approvals": pagesOf(db.Approvals, true, onPage, Approval.place), "decided approvals": pagesOf(db.Approvals, false, onPage, Approval.place),
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
		before := func(a, b Place) int { return cmp.Or(a.Made.Compare(b.Made), strings.Compare(a.ID, b.ID)) }
		if len(seen) != all || !slices.IsSortedFunc(seen, before) || len(slices.Compact(seen)) != all {
			t.Errorf("%s: %v", name, seen)
		}
	}
}

// ask adds a user who asks for help and about whom an administrator asks something; decided
// says that both are over.
func (db testDB) ask(t *testing.T, name string, made time.Time, decided bool) {
	t.Helper()
	who := db.add(t, name)
	db.must(t, func(tx *Tx) error {
		_, err := tx.AddRequest(Request{ID: "r" + who, UserID: who, Made: made})
		return err
	})
	db.must(t, func(tx *Tx) error {
		_, err := tx.AddApproval(Approval{ID: "a" + who, UserID: who, Kind: "email", Made: made})
		return err
	})
	if decided {
		db.must(t, func(tx *Tx) error { _, err := tx.CancelRequest("r"+who, made); return err })
		db.must(t, func(tx *Tx) error { _, err := tx.RefuseApproval("a"+who, Approval{Decided: made}); return err })
	}
}

func (q Request) place() Place  { return Place{q.Made, q.ID} }
func (a Approval) place() Place { return Place{a.Made, a.ID} }

// pagesOf reads a page as the places of what is on it.
func pagesOf[T any](read func(bool, Place, int) ([]T, error), open bool, limit int, place func(T) Place) func(Place) ([]Place, error) {
	return func(after Place) (all []Place, err error) {
		page, err := read(open, after, limit)
		for _, one := range page {
			all = append(all, place(one))
		}
		return all, err
	}
}

// TestRequests_PagesReadIndexes: of a year of requests a page reads those that it shows.
func TestRequests_PagesReadIndexes(t *testing.T) {
	aboutSQLite(t)
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
