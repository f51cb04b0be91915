package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func app(userID, name string, step int64) Authenticator {
	return Authenticator{ID: "app-" + name, UserID: userID, Label: "Phone", Sealed: "sealed", LastStep: step, Created: start()}
}

func TestAuthenticatorsAreReadBackWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	first, second := app(anna, "b", 7), app(anna, "a", 8)
	second.Created, second.LastUsed = start().Add(time.Second), start().Add(time.Minute)
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.AddAuthenticator(second), tx.AddAuthenticator(first), tx.AddAuthenticator(app(ben, "c", 1)))
	})
	got, err := db.Authenticators(anna)
	if diff := cmp.Diff([]Authenticator{first, second}, got); diff != "" || err != nil {
		t.Errorf("Authenticators: %v\n%s", err, diff)
	}
	if n := db.user(t, anna).Authenticators; n != 2 {
		t.Errorf("the user has %d, want 2", n)
	}
}

func TestOT01_StepIsUsedOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.AddAuthenticator(app(id, "a", 10)), tx.AddAuthenticator(app(id, "b", 10)))
	})
	for round := range 100 {
		step := int64(11 + round)
		won := db.winners(t, 10, func(tx *Tx, _ int) (bool, error) { return tx.UseStep("app-a", step, start()) })
		if won != 1 {
			t.Fatalf("round %d: %d callers used one code, want one", round, won)
		}
	}
	apps, err := db.Authenticators(id)
	if err != nil || apps[0].LastStep != 110 || !apps[0].LastUsed.Equal(start()) || apps[1].LastStep != 10 {
		t.Errorf("authenticators %+v, %v", apps, err)
	}
}

func TestOT02_StepsOnlyGoUp(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.AddAuthenticator(app(id, "a", 10)) })
	for _, c := range []struct {
		step int64
		done bool
	}{{10, false}, {9, false}, {12, true}, {11, false}, {12, false}, {13, true}, {-1, false}} {
		if done := db.once(t, func(tx *Tx) (bool, error) { return tx.UseStep("app-a", c.step, start()) }); done != c.done {
			t.Errorf("step %d: %v, want %v", c.step, done, c.done)
		}
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.UseStep("app-x", 99, start()) }) {
		t.Error("a code of no authenticator was used")
	}
}

// TestOT17_AStepOfAWrongClockKeepsNobodyOut: the clock was ahead by years for more than one
// code, or for a start that used up everything until then.
func TestOT17_AStepOfAWrongClockKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	const ahead, month = 10_000_000, wrongClockSteps
	for name, c := range map[string][]struct {
		step int64
		done bool
	}{
		"ahead by hours":    {{1000, true}, {1100, true}, {1001, false}, {1101, true}},
		"ahead by years":    {{1000, true}, {ahead, true}, {ahead + 1, true}, {1000, false}, {999, false}, {1003, true}, {1003, false}, {1001, false}, {1004, true}},
		"ahead for months":  {{1000, true}, {ahead, true}, {ahead + 2*month, true}, {1000 + 2*month, true}, {1000 + 2*month, false}, {999 + 2*month, false}},
		"away for months":   {{1000, true}, {1000 + 2*month, true}, {1000 + 2*month, false}, {1000, false}, {999 + 2*month, false}},
		"reached after all": {{1000, true}, {ahead, true}, {1003, true}, {ahead, false}, {ahead + 1, true}},
		"never used, ahead": {{ahead, true}, {1000, true}, {1000, false}},
		"back by a month":   {{ahead, true}, {ahead + 1, true}, {ahead + 1 - month, false}, {ahead - 1, false}},
	} {
		db := open(t)
		id := db.add(t, "anna")
		db.must(t, func(tx *Tx) error { return tx.AddAuthenticator(app(id, "a", 0)) })
		for i, c := range c {
			if done := db.once(t, func(tx *Tx) (bool, error) { return tx.UseStep("app-a", c.step, start()) }); done != c.done {
				t.Errorf("%s, %d: step %d: %v, want %v", name, i, c.step, done, c.done)
			}
		}
	}
}

func TestRemoveAndRenameAreScopedByOwner(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.AddAuthenticator(app(anna, "a1", 0)), tx.AddAuthenticator(app(anna, "a2", 0)), tx.AddAuthenticator(app(ben, "b", 0)))
	})
	if db.once(t, func(tx *Tx) (bool, error) { return tx.RenameAuthenticator(ben, "app-a1", "Mine") }) ||
		db.once(t, func(tx *Tx) (bool, error) { return tx.RemoveAuthenticator(ben, "app-a1", false) }) {
		t.Error("ben changed anna's authenticator")
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.RenameAuthenticator(anna, "app-a1", "Tablet") }) {
		t.Error("anna could not rename hers")
	}
	ids := []string{"app-a1", "app-a2"}
	won := db.winners(t, 2, func(tx *Tx, i int) (bool, error) { return tx.RemoveAuthenticator(anna, ids[i], true) })
	if n := db.user(t, anna).Authenticators; won != 1 || n != 1 {
		t.Errorf("%d removed, %d left; the last one stays", won, n)
	}
	apps, err := db.Authenticators(anna)
	if err != nil || len(apps) != 1 {
		t.Fatalf("authenticators %+v, %v", apps, err)
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.RemoveAuthenticator(anna, apps[0].ID, false) }) {
		t.Error("where none is demanded the last one may go")
	}
	if n := db.user(t, anna).Authenticators; n != 0 {
		t.Errorf("the user has %d, want none", n)
	}
}

func TestOT08_ConfirmingNamesTheEnrolmentThatWasSeen(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	set := func(name string) PendingAuthenticator {
		p := PendingAuthenticator{ID: name, UserID: id, Sealed: "sealed " + name, Ends: start().Add(15 * time.Minute)}
		db.must(t, func(tx *Tx) error { return tx.SetPendingAuthenticator(p) })
		return p
	}
	set("first")
	want := set("second")
	got, ok, err := db.PendingAuthenticator(id, start())
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
		t.Errorf("PendingAuthenticator: %v, %v\n%s", ok, err, diff)
	}
	if _, ok, err := db.PendingAuthenticator(id, want.Ends); ok || err != nil {
		t.Errorf("after its end: %v, %v", ok, err)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakePendingAuthenticator(id, "first") }) {
		t.Error("a replaced enrolment was confirmed")
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakePendingAuthenticator("nobody", "second") }) {
		t.Error("somebody else confirmed the enrolment")
	}
	if won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) { return tx.TakePendingAuthenticator(id, "second") }); won != 1 {
		t.Errorf("%d callers confirmed one enrolment", won)
	}
}

func TestOT12_RecoveryCodeIsSpentOnceByItsUser(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.SetRecoveryCodes(anna, []string{"m1", "m2", "m3"}, start()), tx.SetRecoveryCodes(ben, []string{"m1"}, start()))
	})
	won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) { return tx.UseRecoveryCode(anna, "m1", start()) })
	if won != 1 {
		t.Errorf("%d callers spent one code, want one", won)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.UseRecoveryCode(ben, "m2", start()) }) {
		t.Error("ben spent anna's code")
	}
	left := func(id string, wantTotal, wantLeft int) {
		t.Helper()
		total, left, err := db.RecoveryCodes(id)
		if u := db.user(t, id); total != wantTotal || left != wantLeft || u.CodesLeft != wantLeft || err != nil {
			t.Errorf("%s: %d of %d left, %d with the user, %v; want %d of %d", id, left, total, u.CodesLeft, err, wantLeft, wantTotal)
		}
	}
	left(anna, 3, 2)
	left(ben, 1, 1) // the same text is another code
	db.must(t, func(tx *Tx) error { return tx.SetRecoveryCodes(anna, []string{"n1"}, start()) })
	left(anna, 1, 1)
	if db.once(t, func(tx *Tx) (bool, error) { return tx.UseRecoveryCode(anna, "m2", start()) }) {
		t.Error("a replaced code was spent")
	}
	db.must(t, func(tx *Tx) error { return tx.DropRecoveryCodes(anna) })
	left(anna, 0, 0)
	left(ben, 1, 1)
}
