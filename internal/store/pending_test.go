package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/auth"
	"latchkey/internal/user"
)

func pending(userID, name string) Pending {
	return Pending{
		IDHash: "hash-" + name, UserID: userID, CredVersion: 1, Stage: auth.StepCode, PasswordAt: start(),
		Ends: start().Add(10 * time.Minute), Next: "/security", LinkHash: "link",
	}
}

func TestPendingIsReadBackWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	want := pending(id, "a")
	db.must(t, func(tx *Tx) error { return tx.AddPending(want) })
	got, u, ok, err := db.PendingByHash("hash-a", start())
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil || u.ID != id {
		t.Errorf("PendingByHash: user %q, %v, %v\n%s", u.ID, ok, err, diff)
	}
	if _, _, ok, err := db.PendingByHash("hash-b", start()); ok || err != nil {
		t.Errorf("a pending sign-in of nobody: %v, %v", ok, err)
	}
}

// TestSE10_PendingSignInIsNoSession: the tables do not know each other's hashes.
func TestSE10_PendingSignInIsNoSession(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return firstOf(tx.AddPending(pending(id, "p")), tx.AddSession(session(id, "s"))) })
	if _, _, ok, err := db.SessionByHash("hash-p", start()); ok || err != nil {
		t.Errorf("a pending sign-in is a session: %v, %v", ok, err)
	}
	if _, _, ok, err := db.PendingByHash("hash-s", start()); ok || err != nil {
		t.Errorf("a session is a pending sign-in: %v, %v", ok, err)
	}
	for _, stage := range []auth.Step{auth.StepDone, auth.StepSignIn, ""} {
		p := pending(id, "x")
		p.Stage = stage
		if err := db.Tx(t.Context(), func(tx *Tx) error { return tx.AddPending(p) }); err == nil {
			t.Errorf("a pending sign-in of the stage %q was stored", stage)
		}
	}
}

// TestOT15_PendingDiesWithTheCredential, with its user and with time.
func TestOT15_PendingDiesWithTheCredential(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(tx *Tx, id string) error
		at     time.Duration
		alive  bool
	}{
		"nothing":  {func(*Tx, string) error { return nil }, 10*time.Minute - time.Millisecond, true},
		"over":     {func(*Tx, string) error { return nil }, 10 * time.Minute, false},
		"password": {func(tx *Tx, id string) error { _, err := tx.SetPassword(id, "h", start()); return err }, 0, false},
		"two-step": {func(tx *Tx, id string) error { _, err := tx.ResetTwoStep(true, id); return err }, 0, false},
		"role":     {func(tx *Tx, id string) error { _, err := tx.SetRole(true, id, user.RoleAdmin); return err }, 0, false},
		"disabled": {func(tx *Tx, id string) error { _, err := tx.Disable(true, id); return err }, 0, false},
		"deleted":  {func(tx *Tx, id string) error { _, err := tx.Delete(true, id, start()); return err }, 0, false},
		// The credential version rises with these two; they must count without it as well.
		"disabled by hand": {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET disabled = 1 WHERE id = $1`, id) }, 0, false},
		"deleted by hand":  {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET deleted_at = 1 WHERE id = $1`, id) }, 0, false},

		"all dropped": {func(tx *Tx, id string) error { return tx.DropPending(id) }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			id := db.add(t, "anna")
			db.must(t, func(tx *Tx) error { return tx.AddPending(pending(id, "a")) })
			db.must(t, func(tx *Tx) error { return c.change(tx, id) })
			if _, _, ok, err := db.PendingByHash("hash-a", start().Add(c.at)); ok != c.alive || err != nil {
				t.Errorf("alive: %v, %v; want %v", ok, err, c.alive)
			}
		})
	}
}

// TestOT15_OnlyWhatTakesBackOutlives the credential, and as long as its link is there.
func TestOT15_OnlyWhatTakesBackOutlives(t *testing.T) {
	t.Parallel()
	for purpose, outlives := range map[Purpose]bool{
		PurposeNotMe: true, PurposeCancel: true, PurposeInvite: false, PurposePassword: false, PurposeReset: false, PurposeEmail: false, PurposePhone: false,
	} {
		t.Run(string(purpose), func(t *testing.T) {
			t.Parallel()
			db := open(t)
			id, other := db.add(t, "anna"), db.add(t, "ben")
			p, stray := pending(id, "a"), pending(id, "b")
			p.LinkHash, stray.LinkHash = "hash-l", "hash-of-ben"
			db.must(t, func(tx *Tx) error {
				return firstOf(tx.AddLink(link(id, "l", purpose)), tx.AddLink(link(other, "of-ben", PurposeNotMe)), tx.AddPending(p), tx.AddPending(stray))
			})
			alive := func(when string, want bool) {
				t.Helper()
				if p, _, ok, err := db.PendingByHash("hash-a", start()); ok != want || err != nil || ok && p.Outlives != outlives {
					t.Errorf("%s: alive %v, outlives %v, %v; want %v", when, ok, p.Outlives, err, want)
				}
			}
			alive("at first", true)
			db.must(t, func(tx *Tx) error { _, err := tx.SetPassword(id, "h", start()); return err })
			alive("after a new password", outlives)
			if _, _, ok, err := db.PendingByHash("hash-b", start()); ok || err != nil {
				t.Errorf("one with another's link: %v, %v", ok, err)
			}
			db.must(t, func(tx *Tx) error { return tx.DropPending(id) })
			alive("after all were dropped", outlives)
			db.must(t, func(tx *Tx) error { _, err := tx.TakeLink("hash-l", purpose, start()); return err })
			alive("after the link was used", false)
		})
	}
}

func TestAU01_PendingTriesAreCountedExactly(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.AddPending(pending(id, "a")) })
	if won := db.winners(t, 60, func(tx *Tx, _ int) (bool, error) { return tx.CountPending("hash-a", 5) }); won != 5 {
		t.Errorf("%d of 60 tries were let through, want 5", won)
	}
	if p, _, _, err := db.PendingByHash("hash-a", start()); p.Tries != 5 || err != nil {
		t.Errorf("%d tries, %v", p.Tries, err)
	}
	if won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) { return tx.TakePending("hash-a") }); won != 1 {
		t.Errorf("%d callers took one pending sign-in, want one", won)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.CountPending("hash-a", 5) }) {
		t.Error("a try was counted for a sign-in that is over")
	}
}

func TestDropExpiredTakesOnlyWhatIsOver(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	fill := func(tx *Tx, name string, ends time.Time) error {
		s, idle, p := session(id, name), session(id, "idle"+name), pending(id, name)
		s.Ends, idle.IdleUntil, p.Ends = ends, ends, ends.Add(-time.Hour) // known for an hour more
		l := link(id, name, PurposeInvite)
		l.Ends = ends
		return firstOf(tx.AddSession(s), tx.AddSession(idle), tx.AddPending(p), tx.SetSheet(s.ID, "x", start(), ends),
			tx.SaveBrowser(Browser{TokenHash: name, UserID: id, ID: name, Ends: ends}),
			tx.exec(`INSERT INTO links (token_hash, purpose, user_id, cred_version, created_at, ends_at) VALUES ($1, 'invite', $2, 1, 0, $3)`, l.TokenHash, id, ms(ends.Add(-30*24*time.Hour))), // known for a month more
			tx.setTries("b", name, auth.Tries{Count: 3, WindowEnds: ends}, start()))
	}
	now := start().Add(time.Minute)
	db.must(t, func(tx *Tx) error {
		return firstOf(fill(tx, "over", now.Add(-time.Millisecond)), fill(tx, "alive", now),
			tx.setTries("in-a-row", "k", auth.Tries{Count: 99}, start()),
			tx.setTries("blocked", "k", auth.Tries{Count: 9, WindowEnds: start(), BlockedUntil: now}, start()),
			tx.SetPendingAuthenticator(PendingAuthenticator{ID: "p", UserID: id, Sealed: "s", Ends: now}))
	})
	db.must(t, func(tx *Tx) error { return tx.DropExpired(now) })
	for table, want := range map[string]int64{
		"sessions": 3, "pending_sign_ins": 1, "links": 1, "recovery_sheets": 1, "browsers": 1, "limits": 3, "pending_authenticators": 1,
	} {
		if n := db.number(t, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%s: %d rows left, want %d", table, n, want)
		}
	}
	db.must(t, func(tx *Tx) error { return tx.DropExpired(now.Add(24 * time.Hour)) })
	if n := db.number(t, `SELECT count(*) FROM pending_authenticators`); n != 0 {
		t.Errorf("%d enrolments left", n)
	}
	// Tries in a row outlive every clean-up: they are the count that a restart must not lose.
	if tries, err := db.Tries("in-a-row", "k"); tries.Count != 99 || err != nil {
		t.Errorf("tries in a row: %+v, %v", tries, err)
	}
}

func TestSetupCodeIsCountedAndTakenOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	count := func(tx *Tx, _ int) (bool, error) {
		hash, counted, err := tx.CountSetupCode(5, start())
		if counted != (hash == "h2") || strings.Contains(hash, "h1") {
			t.Errorf("hash %q, counted %v", hash, counted)
		}
		return counted, err
	}
	if won := db.winners(t, 2, count); won != 0 {
		t.Errorf("%d tries of no code were counted", won)
	}
	for _, hash := range []string{"h1", "h2"} {
		db.must(t, func(tx *Tx) error { return tx.SetSetupCode(hash, start().Add(time.Minute)) })
	}
	if won := db.winners(t, 60, count); won != 5 {
		t.Errorf("%d of 60 tries were let through, want 5", won)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakeSetupCode("h1") }) {
		t.Error("a replaced code was taken")
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakeSetupCode("") }) {
		t.Error("an empty code was taken")
	}
	if won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) { return tx.TakeSetupCode("h2") }); won != 1 {
		t.Errorf("%d callers took one code", won)
	}
	db.must(t, func(tx *Tx) error { return tx.SetSetupCode("h2", start()) })
	if won := db.winners(t, 1, count); won != 0 {
		t.Error("a code was counted after its end")
	}
}
