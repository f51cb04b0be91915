package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

func TestSessionIsReadBackWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	want := session(id, "a")
	want.Flash = "sealed"
	db.must(t, func(tx *Tx) error { return tx.AddSession(want) })
	listed, err := db.Sessions(id, start())
	if err != nil || len(listed) != 1 || listed[0].IP != want.IP || listed[0].UserAgent != want.UserAgent {
		t.Errorf("Sessions: %v, %v", listed, err)
	}
	want.IP, want.UserAgent = "", "" // only lists have them
	got, u, ok, err := db.SessionByHash(want.IDHash, start())
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
		t.Errorf("SessionByHash: %v, %v\n%s", ok, err, diff)
	}
	if diff := cmp.Diff(db.user(t, id), u); diff != "" {
		t.Errorf("its user (-want +got):\n%s", diff)
	}
	if _, _, ok, err := db.SessionByHash("hash-b", start()); ok || err != nil {
		t.Errorf("a session of nobody: %v, %v", ok, err)
	}
}

// TestSE08_SessionDiesWithItsUser: each change counts at the next request.
func TestSE08_SessionDiesWithItsUser(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(tx *Tx, id string) error
		at     time.Duration
		alive  bool
	}{
		"nothing":          {func(*Tx, string) error { return nil }, 0, true},
		"last idle moment": {func(*Tx, string) error { return nil }, time.Hour - time.Millisecond, true},
		"idle":             {func(*Tx, string) error { return nil }, time.Hour, false},
		"touched": {func(tx *Tx, id string) error {
			return tx.TouchSession(id, "hash-a", start(), start().Add(48*time.Hour))
		}, 23 * time.Hour, true},
		"touched, but over": {func(tx *Tx, id string) error {
			return tx.TouchSession(id, "hash-a", start(), start().Add(48*time.Hour))
		}, 24 * time.Hour, false},
		"role":     {func(tx *Tx, id string) error { _, err := tx.SetRole(true, id, user.RoleAdmin); return err }, 0, false},
		"disabled": {func(tx *Tx, id string) error { _, err := tx.Disable(true, id); return err }, 0, false},
		"enabled again": {func(tx *Tx, id string) error {
			_, err := tx.Disable(true, id)
			_, err2 := tx.Enable(id)
			return firstOf(err, err2)
		}, 0, false},
		// The credential version rises with these two; they must count without it as well.
		"disabled by hand": {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET disabled = TRUE WHERE id = $1`, id) }, 0, false},
		"deleted by hand":  {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET deleted_at = 1 WHERE id = $1`, id) }, 0, false},

		"deleted":    {func(tx *Tx, id string) error { _, err := tx.Delete(true, id, start()); return err }, 0, false},
		"password":   {func(tx *Tx, id string) error { _, err := tx.SetPassword(id, "h", start()); return err }, 0, false},
		"two-step":   {func(tx *Tx, id string) error { _, err := tx.ResetTwoStep(true, id); return err }, 0, false},
		"credential": {func(tx *Tx, id string) error { _, err := tx.RaiseCredVersion(id); return err }, 0, false},
		"ended":      {func(tx *Tx, id string) error { _, err := tx.EndSession(id, "id-a"); return err }, 0, false},
		"all ended":  {func(tx *Tx, id string) error { _, err := tx.EndSessions(id, ""); return err }, 0, false},
		"dropped":    {func(tx *Tx, _ string) error { return tx.DropSessionByHash("hash-a") }, 0, false},
		"kept":       {func(tx *Tx, id string) error { _, err := tx.EndSessions(id, "id-a"); return err }, 0, true},
	} {
		eachWriter(t, name, func(t *testing.T, db, writer testDB) {
			id := db.add(t, "anna")
			db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
			db.warm(t, func() (bool, error) { _, _, ok, err := db.SessionByHash("hash-a", start()); return ok, err })
			writer.must(t, func(tx *Tx) error { return c.change(tx, id) })
			if _, _, ok, err := db.SessionByHash("hash-a", start().Add(c.at)); ok != c.alive || err != nil {
				t.Errorf("alive: %v, %v; want %v", ok, err, c.alive)
			}
		})
	}
}

func TestSE02_RenewedSessionHasOneToken(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error {
		_, err := tx.RaiseCredVersion(id)
		return firstOf(tx.AddSession(session(id, "a")), err)
	})
	proofs := auth.Proofs{Password: start().Add(time.Minute), Second: start().Add(time.Minute), SecondKind: auth.SecondRecovery}
	won := db.winners(t, 50, func(tx *Tx, i int) (bool, error) {
		return tx.RenewSession(id, "hash-a", fmt.Sprint("new-", i), 2, proofs)
	})
	if won != 1 {
		t.Errorf("%d callers renewed one session, want one", won)
	}
	if _, _, ok, err := db.SessionByHash("hash-a", start()); ok || err != nil {
		t.Errorf("the old token: %v, %v", ok, err)
	}
	all, err := db.Sessions(id, start())
	if err != nil || len(all) != 1 || all[0].ID != "id-a" || !cmp.Equal(all[0].Proofs, proofs) {
		t.Errorf("sessions %+v, %v", all, err)
	}
}

func TestCountConfirmCountsUntilRenewed(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
	count := func(hash string, want int) {
		t.Helper()
		db.must(t, func(tx *Tx) error {
			tries, err := tx.CountConfirm(hash)
			if tries != want {
				t.Errorf("%d tries, want %d", tries, want)
			}
			return err
		})
	}
	count("hash-a", 1)
	count("hash-a", 2)
	db.must(t, func(tx *Tx) error { _, err := tx.RenewSession(id, "hash-a", "hash-b", 1, auth.Proofs{}); return err })
	count("hash-b", 1)
	err := db.Tx(t.Context(), func(tx *Tx) error { _, err := tx.CountConfirm("hash-a"); return err })
	wantProblem(t, err, problem.NotFound)
}

// TestSE09_EndingIsScopedByOwner: another user's id of a session does nothing.
func TestSE09_EndingIsScopedByOwner(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.AddSession(session(anna, "a1")), tx.AddSession(session(anna, "a2")), tx.AddSession(session(ben, "b1")))
	})
	if db.once(t, func(tx *Tx) (bool, error) { return tx.EndSession(ben, "id-a1") }) {
		t.Error("ben ended anna's session")
	}
	var n int64
	db.must(t, func(tx *Tx) (err error) { n, err = tx.EndSessions(anna, "id-a2"); return err })
	if n != 1 {
		t.Errorf("ended %d sessions, want 1", n)
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.EndSession(ben, "id-b1") }) {
		t.Error("ben could not end their own session")
	}
	if all, err := db.Sessions(anna, start()); len(all) != 1 || all[0].ID != "id-a2" || err != nil {
		t.Errorf("anna has %+v, %v", all, err)
	}
}

func TestSessionsListsTheLivingOnesNewestFirst(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	for i, name := range []string{"old", "idle", "over", "new", "same"} {
		s := session(id, name)
		s.LastSeen = start().Add(time.Duration(i) * time.Minute)
		switch name {
		case "idle":
			s.IdleUntil = start().Add(5 * time.Minute)
		case "over":
			s.Ends = start().Add(5 * time.Minute)
		case "same":
			s.LastSeen = start().Add(3 * time.Minute)
		}
		db.must(t, func(tx *Tx) error { return tx.AddSession(s) })
	}
	all, err := db.Sessions(id, start().Add(5*time.Minute))
	got := ""
	for _, s := range all {
		got += s.ID + " "
	}
	if got != "id-new id-same id-old " || err != nil {
		t.Errorf("sessions %q, %v", got, err)
	}
	db.must(t, func(tx *Tx) error { _, err := tx.RaiseCredVersion(id); return err })
	if all, err := db.Sessions(id, start()); len(all) != 0 || err != nil {
		t.Errorf("sessions of an older credential: %+v, %v", all, err)
	}
}

// TestSE15_SessionsOfOneUserAreBounded, and the new one is never the one that goes,
// not even when the clock was set back.
func TestSE15_SessionsOfOneUserAreBounded(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(ben, "ben")) })
	for i := range maxSessions + 5 {
		s := session(anna, fmt.Sprint(i))
		s.LastSeen = start().Add(time.Duration(i) * time.Second)
		db.must(t, func(tx *Tx) error { return tx.AddSession(s) })
	}
	has := func(name string, want bool) {
		t.Helper()
		if _, _, ok, err := db.SessionByHash("hash-"+name, start()); ok != want || err != nil {
			t.Errorf("session %s: %v, %v; want %v", name, ok, err, want)
		}
	}
	has("4", false)
	has("5", true)
	has("ben", true)
	back := session(anna, "back")
	back.LastSeen = start().Add(-time.Hour)
	db.must(t, func(tx *Tx) error { return tx.AddSession(back) })
	has("back", true)
	has("5", false)
	if n := db.number(t, `SELECT count(*) FROM sessions WHERE user_id = $1`, anna); n != maxSessions {
		t.Errorf("%d sessions, want %d", n, maxSessions)
	}
}

// TestASessionTellsWhoseUnseenNoticesAre: one browser's, or nobody's alone.
func TestASessionTellsWhoseUnseenNoticesAre(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
	is := func(want string) {
		t.Helper()
		if s, _, ok, err := db.SessionByHash("hash-a", start()); s.UnseenOf != want || !ok || err != nil {
			t.Errorf("%q, %v, %v, want %q", s.UnseenOf, ok, err, want)
		}
	}
	add := func(name, by, agent string) {
		db.must(t, func(tx *Tx) error {
			return tx.AddNotice(Notice{ID: name, UserID: id, Kind: "test", Text: "x", At: start(), DoneBy: by, UserAgent: agent})
		})
	}
	is("")
	add("a", "b1", "Firefox")
	add("b", "b1", "Firefox")
	is("b1 Firefox")
	add("c", "b1", "Another")
	is("")
	db.must(t, func(tx *Tx) error { return tx.SeeNotices(id, "b1", "Firefox", start(), start()) }) // all but those of b1
	is("b1 Firefox")
	add("d", "", "Firefox")
	is("")
	db.must(t, func(tx *Tx) error { return tx.SeeNotices(id, "b2", "", start(), start()) })
	is("")
}
