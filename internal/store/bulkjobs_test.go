package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// TestUsersByNumber_IsTheList walks every filter in small steps and meets exactly
// those whom the list shows.
func TestUsersByNumber_IsTheList(t *testing.T) {
	t.Parallel()
	db := open(t)
	now := start()
	for i := range 24 {
		id := db.add(t, fmt.Sprintf("%s%02d", []string{"anna", "bert", "x"}[i%3], i), func(n *NewUser) {
			if i%5 == 0 {
				n.Role = user.RoleAdmin
			}
			n.Disabled = i%4 == 0
			if i%7 == 0 {
				n.Hash = ""
			}
		})
		db.must(t, func(tx *Tx) error {
			if i%6 == 1 {
				return tx.SetLockedUntil(id, now.Add(time.Hour))
			}
			if i%6 == 2 {
				return tx.exec(`UPDATE users SET deleted_at = 5 WHERE id = $1`, id)
			}
			return nil
		})
	}
	for _, status := range []Status{"", StatusActive, StatusInvited, StatusLocked, StatusDisabled, StatusDeleted} {
		for _, text := range []string{"", "a", "an", "ann", "The b", "nobody"} {
			for _, role := range []user.Role{"", user.RoleAdmin} {
				f := UserFilter{Status: status, Text: text, Role: role, Now: now}
				if got, want := numbered(t, db, f), shownIn(t, db, f); !slices.Equal(got, want) {
					t.Errorf("%q %q %q: %v, want %v", status, text, role, got, want)
				}
			}
		}
	}
}

func numbered(t *testing.T, db testDB, f UserFilter) (all []string) {
	t.Helper()
	for after := int64(0); ; {
		page, err := db.UsersByNumber(t.Context(), f, after, 20, 3) // the last four are beyond
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			if m.Num <= after {
				t.Fatalf("number %d comes after %d", m.Num, after)
			}
			after = m.Num
			all = append(all, m.ID)
		}
		if len(page) < 3 {
			slices.Sort(all)
			return all
		}
	}
}

func shownIn(t *testing.T, db testDB, f UserFilter) (all []string) {
	t.Helper()
	f.Limit = 100
	l, err := db.ListUsers(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range l.Users {
		if db.number(t, `SELECT num FROM users WHERE id = $1`, u.ID) <= 20 {
			all = append(all, u.ID)
		}
	}
	slices.Sort(all)
	return all
}

func TestSQL_WalkNumbersItsParameters(t *testing.T) {
	t.Parallel()
	for _, status := range []Status{"", StatusActive, StatusLocked} {
		for _, typed := range []string{"", "ab", "abc", "?", "a ? b"} {
			text, args := UserFilter{Status: status, Text: typed, Now: start()}.byNumber(1, 2, 3).statement()
			if most, err := inOrder(text); err != nil || most != len(args) {
				t.Errorf("%s: %d arguments for %d parameters, %v", text, len(args), most, err)
			}
		}
	}
}

// TestWalk_SortsNothing asks the database how it would go about it: a piece of a
// million users must not begin with sorting them.
func TestWalk_SortsNothing(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	for _, f := range []UserFilter{{}, {Text: "abc"}, {Text: "a"}, {Status: StatusActive, Text: "abc"}, {Status: StatusDisabled, Role: user.RoleAdmin}} {
		text, args := f.byNumber(1, 2, 3).statement()
		rows, err := db.q.query(t.Context(), explain+text, args...)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := collect(rows, func(row scanner) (detail string, err error) {
			var id, parent, unused int
			return detail, row.Scan(&id, &parent, &unused, &detail)
		})
		if err != nil || strings.Contains(strings.Join(plan, "\n"), "TEMP B-TREE") {
			t.Errorf("%+v: %v %v", f, plan, err)
		}
	}
}

func TestBatch_MovesOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	b := BulkJob{ID: "b", Action: "disable", Filter: "q=a", Everybody: true, ActorID: "x", Total: 1, Began: start(), Moved: start()}
	db.must(t, func(tx *Tx) error { return tx.AddBulkJob(b) })
	b, err := db.BulkJob("b")
	if err != nil || b.State != BulkRunning || b.Upto != db.number(t, `SELECT max(num) FROM users`) {
		t.Fatalf("%+v %v", b, err)
	}
	is := b
	is.Cursor, is.Changed = 5, 1
	move := func(tx *Tx) (bool, error) { return tx.MoveBulkJob(b, is, start()) }
	if !db.once(t, move) || db.once(t, move) {
		t.Error("a batch moves on from one place once")
	}
	db.must(t, func(tx *Tx) error { return tx.KeepBulkJobUser("b", id) })
	end := func(tx *Tx) (bool, error) { return tx.EndBulkJob("b", BulkDone, start()) }
	if !db.once(t, end) || db.once(t, end) || db.once(t, func(tx *Tx) (bool, error) { return tx.MoveBulkJob(is, b, start()) }) {
		t.Error("a batch ends once")
	}
	kept, err := db.BulkJobUsers(t.Context(), "b", 0, 5)
	if err != nil || len(kept) != 1 || kept[0].ID != id || kept[0].Was != kept[0].Version {
		t.Errorf("changed: %+v %v", kept, err)
	}
	undo := BulkJob{ID: "u", Action: "enable", Undoes: "b", Began: start()}
	db.must(t, func(tx *Tx) error { return tx.AddBulkJob(undo) })
	undo.ID = "u2"
	if err := db.Tx(t.Context(), func(tx *Tx) error { return tx.AddBulkJob(undo) }); err == nil {
		t.Error("a batch was undone twice")
	}
	db.must(t, func(tx *Tx) error { return tx.DropOldBulkJobs(start().Add(batchesFor + time.Millisecond)) })
	if _, err := db.BulkJob("b"); !problem.Is(err, problem.NotFound) {
		t.Errorf("an old batch is still there: %v", err)
	}
	if _, err := db.BulkJob("u"); err != nil {
		t.Errorf("a running batch is gone: %v", err)
	}
}

// TestAC03_DemandOfTwoStepKeepsAnAdministrator demands it where the policy does not.
func TestAC03_DemandOfTwoStepKeepsAnAdministrator(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada := db.add(t, "ada", administrator)
	demand := func(id string) (out Outcome) {
		db.must(t, func(tx *Tx) (err error) { out, err = tx.RequireEnrolment(false, id); return err })
		return out
	}
	if got := demand(ada); got != LastAdministrator {
		t.Errorf("the only administrator, without an app: %d", got)
	}
	bea := db.add(t, "bea", administrator)
	if got := demand(ada); got != Done {
		t.Errorf("one of two: %d", got)
	}
	if got := demand(ada); got != NoChange {
		t.Errorf("once more: %d", got)
	}
	if got := demand(bea); got != LastAdministrator {
		t.Errorf("the other one, while the first cannot sign in: %d", got)
	}
	var out Outcome
	db.must(t, func(tx *Tx) (err error) { out, err = tx.Disable(false, bea); return err })
	if out != LastAdministrator {
		t.Errorf("disabling the other one: %d", out)
	}
	db.must(t, func(tx *Tx) error {
		return tx.AddAuthenticator(Authenticator{ID: "app", UserID: bea, Label: "Phone", Sealed: "x", Created: start()})
	})
	if got := demand(bea); got != Done {
		t.Errorf("an administrator with an app: %d", got)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.RemoveAuthenticator(bea, "app", false) }) {
		t.Error("the last app of somebody of whom one is demanded was removed")
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.LiftEnrolment(bea) }) || !db.once(t, func(tx *Tx) (bool, error) { return tx.RemoveAuthenticator(bea, "app", false) }) {
		t.Error("a demand that was lifted still holds")
	}
}
