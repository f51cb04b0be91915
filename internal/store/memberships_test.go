package store

import (
	"errors"
	"testing"
	"time"

	"latchkey/internal/audit"
)

// TestMembershipsAreAllOrNone: a user is in all of several groups afterwards, or in no more of them than before.
func TestMembershipsAreAllOrNone(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada, ben := db.add(t, "ada"), db.add(t, "ben")
	for _, name := range []string{"a-group", "b-group", "c-group"} {
		db.addGroup(t, name, "")
	}
	for _, c := range []struct {
		user   string
		groups []string
		done   bool
		in     int
	}{
		{ada, nil, true, 0},
		{ada, []string{"a-group", "no-group"}, false, 0},
		{ada, []string{"a-group", "b-group"}, true, 2},
		{ada, []string{"b-group", "c-group"}, false, 2},
		{ada, []string{"c-group"}, true, 3},
		{ben, []string{"c-group", "a-group"}, true, 2},
		{"nobody", []string{"a-group"}, false, 0},
	} {
		db.must(t, func(tx *Tx) error {
			done, err := tx.AddMemberships(c.groups, c.user, "me", time.Now())
			if done != c.done {
				t.Errorf("%v: done %v, want %v", c.groups, done, c.done)
			}
			return err
		})
		all, err := db.GroupsOfAll(t.Context(), []string{c.user})
		if err != nil || len(all[c.user]) != c.in {
			t.Errorf("after %v in %v, %v, want %d", c.groups, all[c.user], err, c.in)
		}
	}
}

// TestCountedLater_Members: however the transaction adds them, the numbers are right at its end, and from then on at once.
func TestCountedLater_Members(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada, ben, cy := db.add(t, "ada"), db.add(t, "ben"), db.add(t, "cy")
	for _, name := range []string{"a-group", "b-group", "c-group"} {
		db.addGroup(t, name, "")
	}
	members := func(want ...int) {
		t.Helper()
		for i, name := range []string{"a-group", "b-group", "c-group"} {
			g, err := db.Group(name)
			if err != nil || g.Members != want[i] {
				t.Errorf("%s has %d members, %v, want %d", name, g.Members, err, want[i])
			}
		}
	}
	db.must(t, func(tx *Tx) error {
		_, err := tx.AddMember("a-group", cy, "me", time.Now())
		return err
	})
	db.must(t, func(tx *Tx) error {
		count, err := tx.CountLater()
		if err != nil {
			return err
		}
		if _, err := tx.AddMember("a-group", ada, "me", time.Now()); err != nil {
			return err
		}
		if _, err := tx.AddMemberships([]string{"a-group", "b-group"}, ben, "me", time.Now()); err != nil {
			return err
		}
		if err := count(); err != nil {
			return err
		}
		_, err = tx.AddMember("b-group", ada, "me", time.Now())
		return err
	})
	members(3, 2, 0)
	db.must(t, func(tx *Tx) error {
		_, err := tx.AddMember("c-group", ada, "me", time.Now())
		return err
	})
	members(3, 2, 1)
}

// TestCountedLater_AuditLog: the log is whole, its days and sealed head as well, when some of what was tried did not stay.
func TestCountedLater_AuditLog(t *testing.T) {
	t.Parallel()
	db := open(t)
	note := func(tx *Tx, at time.Time) error {
		return tx.Audit(audit.Entry{At: at, Event: audit.UserCreated, Result: audit.ResultOK, ActorName: "import"})
	}
	refused := errors.New("refused")
	for i, fails := range []bool{false, true} {
		want := int64(5 + 5*i)
		db.must(t, func(tx *Tx) error { return note(tx, start()) })
		db.must(t, func(tx *Tx) error {
			count, err := tx.CountLater()
			if err != nil {
				return err
			}
			for day := range 3 {
				if err := note(tx, start().AddDate(0, 0, day)); err != nil {
					return err
				}
			}
			if fails { // and its row is the last of the transaction
				if err := tx.Attempt(func() error { return errors.Join(note(tx, start().AddDate(0, 0, 9)), refused) }); err == nil {
					t.Error("an attempt that failed stayed")
				}
			}
			return count()
		})
		db.must(t, func(tx *Tx) error { return note(tx, start().AddDate(0, 0, 3)) })
		if seq, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err != nil || seq != want {
			t.Errorf("an attempt failed: %v: verified up to %d, %v, want %d", fails, seq, err, want)
		}
	}
}
