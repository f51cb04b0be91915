package store

import (
	"fmt"
	"testing"
	"time"

	"latchkey/internal/user"
)

// road is a statement that may take away a usable administrator.
type road struct {
	name string
	run  func(tx *Tx, demands bool, id string) (Outcome, error)
}

func roads() []road {
	return []road{
		{name: "demote", run: func(tx *Tx, d bool, id string) (Outcome, error) { return tx.SetRole(d, id, user.RoleUser) }},
		{name: "disable", run: func(tx *Tx, d bool, id string) (Outcome, error) { return tx.Disable(d, id) }},
		{name: "delete", run: func(tx *Tx, d bool, id string) (Outcome, error) { return tx.Delete(d, id, start()) }},
		{name: "reset", run: func(tx *Tx, d bool, id string) (Outcome, error) { return tx.ResetTwoStep(d, id) }},
	}
}

// fresh makes both administrators whole again.
const fresh = `UPDATE users SET role = 'admin', disabled = FALSE, deleted_at = 0, password_hash = 'h', authenticators = 1, enrol_by_link = FALSE`

func TestAC03_LastUsableAdministratorStays(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna := db.add(t, "anna", administrator)
	db.add(t, "ben", administrator)
	cases := []struct {
		name, prepare string // fresh administrators, then this
		demands       string // "both", "yes" or "no"
		want          Outcome
	}{
		{"another is usable", "", "both", Done},
		{"the other is a user", `role = 'user' WHERE id = 'id-ben'`, "both", LastAdministrator},
		{"the other is disabled", `disabled = TRUE WHERE id = 'id-ben'`, "both", LastAdministrator},
		{"the other is deleted", `deleted_at = 1 WHERE id = 'id-ben'`, "both", LastAdministrator},
		{"the other has no password", `password_hash = NULL WHERE id = 'id-ben'`, "both", LastAdministrator},
		{"the other has no authenticator, one is demanded", `authenticators = 0 WHERE id = 'id-ben'`, "yes", LastAdministrator},
		{"the other has no authenticator, none is demanded", `authenticators = 0 WHERE id = 'id-ben'`, "no", Done},
		{"the other waits for a password link", `enrol_by_link = TRUE WHERE id = 'id-ben'`, "both", LastAdministrator},
		{"neither has an authenticator, one is demanded", `authenticators = 0`, "yes", Done},
		{"neither has an authenticator, none is demanded", `authenticators = 0`, "no", Done},
		{"the last, who has no password", `password_hash = NULL`, "both", Done},
	}
	for _, c := range cases {
		for _, r := range roads() {
			for _, demands := range []bool{true, false} {
				if c.demands == "yes" && !demands || c.demands == "no" && demands {
					continue
				}
				want := c.want
				db.sql(t, fresh)
				if c.prepare != "" {
					db.sql(t, `UPDATE users SET `+c.prepare)
				}
				before := db.user(t, anna)
				var out Outcome
				db.must(t, func(tx *Tx) (err error) { out, err = r.run(tx, demands, anna); return err })
				after := db.user(t, anna)
				if out != want {
					t.Errorf("%s, %s, demands %v: outcome %d, want %d", c.name, r.name, demands, out, want)
				}
				if (after.CredVersion > before.CredVersion) != (want == Done) {
					t.Errorf("%s, %s, demands %v: credential version %d → %d", c.name, r.name, demands, before.CredVersion, after.CredVersion)
				}
			}
		}
	}
}

func TestAC03_LastAdministratorSaysWhatTheGuardWouldRefuse(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna", administrator), db.add(t, "ben", administrator)
	ask := func(demands bool, id string, want bool) {
		t.Helper()
		if last, err := db.LastAdministrator(demands, id); last != want || err != nil {
			t.Errorf("LastAdministrator(%v, %s) = %v, %v; want %v", demands, id, last, err, want)
		}
	}
	count := func(demands bool, want int) {
		t.Helper()
		if n, err := db.UsableAdministrators(demands); n != want || err != nil {
			t.Errorf("UsableAdministrators(%v) = %d, %v; want %d", demands, n, err, want)
		}
	}
	ask(false, anna, false)
	count(false, 2)
	count(true, 0)
	db.sql(t, `UPDATE users SET authenticators = 1 WHERE id = $1`, ben)
	ask(true, ben, true)
	ask(false, ben, false)
	ask(true, anna, false)
	ask(true, "nobody", false)
	count(true, 1)
}

func TestAC03_OutcomeOfWhatChangesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna", administrator), db.add(t, "ben")
	db.sql(t, `UPDATE users SET authenticators = 1`)
	try := func(what string, want Outcome, run func(tx *Tx) (Outcome, error)) {
		t.Helper()
		var out Outcome
		db.must(t, func(tx *Tx) (err error) { out, err = run(tx); return err })
		if out != want {
			t.Errorf("%s: outcome %d, want %d", what, out, want)
		}
	}
	for _, r := range roads() {
		try(r.name+" of nobody", NoChange, func(tx *Tx) (Outcome, error) { return r.run(tx, true, "nobody") })
	}
	try("the last becomes what they are", NoChange, func(tx *Tx) (Outcome, error) { return tx.SetRole(true, anna, user.RoleAdmin) })
	try("promotion", Done, func(tx *Tx) (Outcome, error) { return tx.SetRole(true, ben, user.RoleAdmin) })
	try("demotion", Done, func(tx *Tx) (Outcome, error) { return tx.SetRole(true, ben, user.RoleUser) })
	try("demotion again", NoChange, func(tx *Tx) (Outcome, error) { return tx.SetRole(true, ben, user.RoleUser) })
	try("disabling", Done, func(tx *Tx) (Outcome, error) { return tx.Disable(true, ben) })
	try("disabling again", NoChange, func(tx *Tx) (Outcome, error) { return tx.Disable(true, ben) })
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.Enable(ben) }) || db.once(t, func(tx *Tx) (bool, error) { return tx.Enable(ben) }) {
		t.Error("enabling works once")
	}
	try("deleting", Done, func(tx *Tx) (Outcome, error) { return tx.Delete(true, ben, start()) })
	try("deleting again", NoChange, func(tx *Tx) (Outcome, error) { return tx.Delete(true, ben, start().Add(time.Hour)) })
	if u := db.user(t, ben); !u.DeletedAt.Equal(start()) {
		t.Errorf("deleted at %v", u.DeletedAt)
	}
	for _, r := range roads() {
		try(r.name+" of a deleted user", NoChange, func(tx *Tx) (Outcome, error) { return r.run(tx, true, ben) })
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.Enable(ben) }) {
		t.Error("a deleted user was enabled")
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.Restore(ben) }) || db.once(t, func(tx *Tx) (bool, error) { return tx.Restore(ben) }) {
		t.Error("restoring works once")
	}
}

// TestAC03_TwoAdministratorsTakeEachOtherAway races every pair of statements, a hundred
// rounds and more; somebody must always be left.
func TestAC03_TwoAdministratorsTakeEachOtherAway(t *testing.T) {
	t.Parallel()
	db := open(t)
	ids := []string{db.add(t, "anna", administrator), db.add(t, "ben", administrator)}
	all := roads()
	for round := range 112 {
		pair := [2]road{all[round%4], all[round/4%4]}
		db.sql(t, fresh)
		won := db.winners(t, 2, func(tx *Tx, i int) (bool, error) {
			out, err := pair[i].run(tx, true, ids[i])
			return out == Done, err
		})
		left, err := db.UsableAdministrators(true)
		if won != 1 || left != 1 || err != nil {
			t.Fatalf("round %d, %s and %s: %d won, %d usable left, %v", round, pair[0].name, pair[1].name, won, left, err)
		}
	}
}

// TestAC03_EverybodyAgainstEverybody has ten administrators and fifty callers.
func TestAC03_EverybodyAgainstEverybody(t *testing.T) {
	t.Parallel()
	db := open(t)
	var ids []string
	for i := range 10 {
		ids = append(ids, db.add(t, fmt.Sprint("admin", i), administrator))
	}
	all := roads()
	for round := range 5 {
		db.sql(t, fresh)
		won := db.winners(t, 50, func(tx *Tx, i int) (bool, error) {
			out, err := all[(i+round)%3].run(tx, true, ids[i%10])
			return out == Done, err
		})
		if left, err := db.UsableAdministrators(true); left != 1 || err != nil || won < 9 {
			t.Errorf("round %d: %d usable left after %d changes, %v", round, left, won, err)
		}
	}
}

func TestResetTwoStepTakesEverythingAway(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	for _, id := range []string{anna, ben} {
		db.must(t, func(tx *Tx) error {
			return firstOf(
				tx.AddAuthenticator(Authenticator{ID: "app-" + id, UserID: id, Label: "Phone", Sealed: "s", Created: start()}),
				tx.SetRecoveryCodes(id, []string{"m1", "m2"}, start()),
				tx.SetPendingAuthenticator(PendingAuthenticator{ID: "p", UserID: id, Sealed: "s", Ends: start().Add(time.Hour)}),
			)
		})
	}
	db.must(t, func(tx *Tx) error { _, err := tx.ResetTwoStep(true, anna); return err })
	for id, want := range map[string]int{anna: 0, ben: 1} {
		u := db.user(t, id)
		apps, err := db.Authenticators(id)
		total, left, err2 := db.RecoveryCodes(id)
		_, pending, err3 := db.PendingAuthenticator(id, start())
		if err := firstOf(err, err2, err3); err != nil {
			t.Fatal(err)
		}
		if u.Authenticators != want || len(apps) != want || total != 2*want || left != 2*want || u.CodesLeft != 2*want || pending != (want == 1) {
			t.Errorf("%s: %+v, %d apps, %d codes, pending %v", id, u, len(apps), total, pending)
		}
	}
}
