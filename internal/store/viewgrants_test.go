package store

import (
	"testing"
	"time"

	"latchkey/internal/auth"
)

func TestViewGrants(t *testing.T) {
	t.Parallel()
	db := open(t)
	ada, grace, linus := db.add(t, "ada"), db.add(t, "grace"), db.add(t, "linus")
	db.must(t, func(tx *Tx) error {
		return tx.AddSession(Session{IDHash: "h", ID: "s", UserID: ada, CredVersion: 1, Proofs: auth.Proofs{Password: start()},
			Created: start(), LastSeen: start(), IdleUntil: start().Add(time.Hour), Ends: start().Add(time.Hour)})
	})
	set := func(userID string) {
		db.must(t, func(tx *Tx) error {
			return tx.SetViewGrant(ViewGrant{SessionID: "s", UserID: userID, Ends: start().Add(time.Minute)})
		})
	}
	is := func(what, session, userID string, after time.Duration, want bool) {
		t.Helper()
		if _, ok, err := db.ViewGrantOf(session, userID, start().Add(after)); ok != want || err != nil {
			t.Errorf("%s: %v, %v", what, ok, err)
		}
	}
	is("before", "s", grace, 0, false)
	set(grace)
	is("at her", "s", grace, time.Minute-1e6, true)
	is("too late", "s", grace, time.Minute, false)
	is("at somebody else", "s", linus, 0, false)
	is("in another session", "t", grace, 0, false)
	set(linus)
	is("the one before", "s", grace, 0, false)
	is("the one after", "s", linus, 0, true)
	for _, want := range []string{linus, ""} {
		db.must(t, func(tx *Tx) error {
			got, err := tx.EndViewGrant("s")
			if got != want {
				t.Errorf("ended at %q, want %q", got, want)
			}
			return err
		})
	}
	is("ended", "s", linus, 0, false)
	for name, end := range map[string]func(tx *Tx) error{
		"its time":  func(tx *Tx) error { return tx.DropExpired(start().Add(time.Minute + time.Millisecond)) },
		"the other": func(tx *Tx) error { return tx.exec(`DELETE FROM users WHERE id = $1`, linus) },
	} {
		set(map[string]string{"its time": grace, "the other": linus}[name])
		db.must(t, end)
		if n := db.number(t, `SELECT count(*) FROM looks`); n != 0 {
			t.Errorf("%s: %d looks left", name, n)
		}
	}
	set(grace)
	db.must(t, func(tx *Tx) error { return tx.DropSessionByHash("h") })
	if n := db.number(t, `SELECT count(*) FROM looks`); n != 0 {
		t.Errorf("sign-out: %d looks left", n)
	}
}
