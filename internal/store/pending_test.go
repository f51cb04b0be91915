package store

import (
	"fmt"
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
		"disabled by hand": {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET disabled = TRUE WHERE id = $1`, id) }, 0, false},
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
	if won := db.winners(t, 60, func(tx *Tx, _ int) (bool, error) { return tx.CountPending("hash-a") }); won != 5 {
		t.Errorf("%d of 60 tries were let through, want 5", won)
	}
	if p, _, _, err := db.PendingByHash("hash-a", start()); p.Tries != 5 || err != nil {
		t.Errorf("%d tries, %v", p.Tries, err)
	}
	if won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) { return tx.TakePending("hash-a") }); won != 1 {
		t.Errorf("%d callers took one pending sign-in, want one", won)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.CountPending("hash-a") }) {
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
		return firstOf(tx.AddSession(s), tx.AddSession(idle), tx.AddPending(p), tx.SetNewCodes(s.ID, "x", start(), ends),
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

func TestAU01_ShutPendingLetsCountedTriesEnd(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.AddPending(pending(id, "a")) })
	db.must(t, func(tx *Tx) error { return tx.ShutPending("hash-a") })
	if _, _, ok, err := db.PendingByHash("hash-a", start()); ok || err != nil {
		t.Errorf("one that was shut is alive: %v, %v", ok, err)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.CountPending("hash-a") }) {
		t.Error("one more try was counted")
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.TakePending("hash-a") }) {
		t.Error("a try that was counted before cannot end")
	}
}

// TestEX01_PendingSignInsOfOneUserAreBounded: the network that has most of them pays.
func TestEX01_PendingSignInsOfOneUserAreBounded(t *testing.T) {
	t.Parallel()
	db := open(t)
	id, other := db.add(t, "anna"), db.add(t, "ben")
	add := func(user, name, network string) {
		p := pending(user, name)
		p.Counted = network
		db.must(t, func(tx *Tx) error { return tx.AddPending(p) })
	}
	add(id, "owner", "192.0.2.1/32")
	add(other, "ben", "198.51.100.0/32")
	for i := range MaxPending + 150 {
		add(id, fmt.Sprint("x", i), fmt.Sprintf("198.51.100.%d/32", i%40))
	}
	if n := db.number(t, `SELECT count(*) FROM pending_sign_ins WHERE user_id = $1`, id); n != MaxPending {
		t.Errorf("%d pending sign-ins of one user, want %d", n, MaxPending)
	}
	for _, name := range []string{"owner", "ben", fmt.Sprint("x", MaxPending+149)} {
		if _, _, ok, err := db.PendingByHash("hash-"+name, start()); !ok || err != nil {
			t.Errorf("that of %s is gone: %v", name, err)
		}
	}
}
