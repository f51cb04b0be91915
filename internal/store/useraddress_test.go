package store

import (
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
)

// TestMA08_OnlyWhatWaitsIsConfirmed asks for addresses that wait and others.
func TestMA08_OnlyWhatWaitsIsConfirmed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		waits, email string
		done         bool
	}{
		"the one that waits": {"new@example.net", "new@example.net", true},
		"another than waits": {"new@example.net", "other@example.net", false},
		"none waits":         {"", "new@example.net", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			id := db.add(t, "anna")
			db.must(t, func(tx *Tx) error { return tx.SetPendingEmail(id, c.waits) })
			if done := db.once(t, func(tx *Tx) (bool, error) { return tx.ConfirmEmail(id, c.email, c.email) }); done != c.done {
				t.Errorf("confirmed: %v, want %v", done, c.done)
			}
			u, err := db.User(id)
			if err != nil || (u.Email == c.email) != c.done || c.done && (!u.EmailConfirmed || u.EmailPending != "") {
				t.Errorf("the user is %+v, %v", u, err)
			}
		})
	}
}

func TestMA08_AnothersAddressIsNotConfirmed(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	db.must(t, func(tx *Tx) error { return tx.SetPendingEmail(anna, "one@example.net") })
	db.must(t, func(tx *Tx) error { return tx.SetPendingEmail(ben, "one@example.net") })
	db.once(t, func(tx *Tx) (bool, error) { return tx.ConfirmEmail(ben, "one@example.net", "one@example.net") })
	err := db.Tx(t.Context(), func(tx *Tx) error { _, err := tx.ConfirmEmail(anna, "one@example.net", "one@example.net"); return err })
	if p := problem.As(err); p == nil || p.Kind != problem.Invalid || p.Field != "email" {
		t.Errorf("confirming an address of another user: %v", err)
	}
}

// TestMA08_AddressIsDistrustedIfConfirmedSince compares with the time of the audit row.
func TestMA08_AddressIsDistrustedIfConfirmedSince(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.SetPendingEmail(id, "new@example.net") })
	db.once(t, func(tx *Tx) (bool, error) { return tx.ConfirmEmail(id, "new@example.net", "new@example.net") })
	db.must(t, func(tx *Tx) error {
		return tx.Audit(audit.Entry{At: start(), Event: audit.EmailConfirmed, Result: audit.ResultOK, SubjectID: id})
	})
	distrusts := func(since time.Duration) bool {
		return db.once(t, func(tx *Tx) (bool, error) { return tx.DistrustEmail(id, start().Add(since)) })
	}
	if distrusts(time.Millisecond) {
		t.Error("distrusted although it was confirmed before")
	}
	if !distrusts(0) {
		t.Error("trusted although it was confirmed at that time")
	}
	if u, err := db.User(id); err != nil || u.EmailConfirmed {
		t.Errorf("still confirmed, %v", err)
	}
}
