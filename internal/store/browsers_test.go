package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// known is a browser that has signed in as the user, whose id follows from its token.
func known(userID, token string) Browser {
	now := start()
	return Browser{TokenHash: token, UserID: userID, ID: token + userID, Created: now, LastUsed: now, Ends: now.Add(90 * 24 * time.Hour)}
}

// family saves a browser of these users that is remembered for a day.
func family(t *testing.T, db testDB, token, validator string, users ...string) {
	t.Helper()
	db.must(t, func(tx *Tx) error {
		for _, id := range users {
			if err := firstOf(tx.SaveBrowser(known(id, token)), tx.Remember(token, validator, id, start().Add(24*time.Hour))); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestSE14_Remembers(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben, cora := db.add(t, "anna"), db.add(t, "ben"), db.add(t, "cora")
	family(t, db, "t", "v", anna, ben)
	db.must(t, func(tx *Tx) error { return tx.SaveBrowser(known(cora, "t")) })
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		token, validator, user string
		after, most            time.Duration
		yes, stolen            bool
	}{
		"right":                   {"t", "v", anna, 0, day, true, false},
		"right, of the other":     {"t", "v", ben, 0, day, true, false},
		"known only":              {"t", "v", cora, 0, day, false, false},
		"last moment":             {"t", "v", anna, day - time.Millisecond, day, true, false},
		"over":                    {"t", "v", anna, day, day, false, false},
		"over, and old":           {"t", "old", anna, day, day, false, false},
		"further than the rule":   {"t", "v", anna, 0, day - time.Millisecond, false, false},
		"old":                     {"t", "old", anna, 0, day, false, true},
		"old, of a known one":     {"t", "old", cora, 0, day, false, true},
		"old, further than rules": {"t", "old", anna, 0, 0, false, true},
		"empty":                   {"t", "", anna, 0, day, false, true},
		"other token":             {"u", "v", anna, 0, day, false, false},
		"nobody":                  {"t", "v", "nobody", 0, day, false, false},
	} {
		now := start().Add(c.after)
		yes, stolen, err := db.Remembers(c.token, c.validator, c.user, now, now.Add(c.most))
		if yes != c.yes || stolen != c.stolen || err != nil {
			t.Errorf("%s: %v, %v, %v; want %v, %v", name, yes, stolen, err, c.yes, c.stolen)
		}
	}
}

func TestSE14_ValidatorWorksOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	family(t, db, "t", "v", anna, ben)
	var done atomic.Int32
	var running sync.WaitGroup
	for i := range 50 {
		running.Go(func() {
			db.Tx(t.Context(), func(tx *Tx) error {
				won, err := tx.NextValidator("t", "v", fmt.Sprint("next", i), start())
				if won {
					done.Add(1)
				}
				return err
			})
		})
	}
	running.Wait()
	if done.Load() != 1 {
		t.Errorf("%d of 50 got the next validator", done.Load())
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.NextValidator("t", "", "x", start()) }) {
		t.Error("an empty validator was taken for one")
	}
}

func TestSE14_ForgetBrowserIsOfTheWholeFamily(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben, cora := db.add(t, "anna"), db.add(t, "ben"), db.add(t, "cora")
	family(t, db, "t", "v", anna, ben)
	family(t, db, "other", "w", anna)
	withCode, without, ofCora := session(anna, "code"), session(anna, "remembered"), session(cora, "cora")
	without.Proofs.Remembered, without.Proofs.Second = true, time.Time{}
	ofCora.Proofs.Remembered, ofCora.Proofs.Second = true, time.Time{}
	withCode.Proofs.Remembered, withCode.Proofs.Second = true, start()
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.SaveBrowser(known(cora, "t")), tx.AddSession(withCode), tx.AddSession(without), tx.AddSession(ofCora))
	})
	var owners []string
	db.must(t, func(tx *Tx) (err error) { owners, err = tx.ForgetBrowser("t", start()); return err })
	want := []string{anna, ben}
	if anna > ben {
		want = []string{ben, anna}
	}
	if diff := cmp.Diff(want, owners); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	if exists, err := db.BrowserExists("t", start()); exists || err != nil {
		t.Errorf("the copied token is still known (%v)", err)
	}
	if yes, _, err := db.Remembers("other", "w", anna, start(), start().Add(24*time.Hour)); !yes || err != nil {
		t.Errorf("another browser was forgotten too (%v)", err)
	}
	for id, want := range map[string]int{anna: 1, cora: 1} {
		if all, err := db.Sessions(id, start()); len(all) != want || err != nil {
			t.Errorf("%d sessions, want %d (%v)", len(all), want, err)
		}
	}
}

func TestSE14_ForgettingIsTheOwners(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	family(t, db, "t", "v", anna, ben)
	begin := func() { // a session with a code and one without, of each
		db.must(t, func(tx *Tx) error {
			for _, user := range []string{anna, ben} {
				without := session(user, "without "+user)
				without.Proofs.Remembered, without.Proofs.Second = true, time.Time{}
				if err := firstOf(tx.AddSession(session(user, "with "+user)), tx.AddSession(without)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	wants := func(what string, ofAnna int) {
		t.Helper()
		for user, want := range map[string]int{anna: ofAnna, ben: 2} {
			if all, err := db.Sessions(user, start()); len(all) != want || err != nil {
				t.Errorf("after %s: %d sessions of %s, want %d (%v)", what, len(all), user, want, err)
			}
		}
	}
	begin()
	id := "t" + anna
	forget := func(user string, after time.Duration) bool {
		return db.once(t, func(tx *Tx) (bool, error) { return tx.ForgetRemembered(user, id, start().Add(after)) })
	}
	if forget(ben, 0) || forget(anna, 24*time.Hour) {
		t.Error("forgotten by another, or too late")
	}
	wants("nothing", 2)
	if !forget(anna, 0) || forget(anna, 0) {
		t.Error("forgotten twice, or not at all")
	}
	wants("forgetting one", 1)
	db.must(t, func(tx *Tx) error { return tx.exec(`DELETE FROM sessions`) })
	begin()
	family(t, db, "u", "w", anna)
	var n int64
	db.must(t, func(tx *Tx) (err error) { n, err = tx.ForgetAllRemembered(anna, start()); return err })
	if n != 1 {
		t.Errorf("%d were remembered, want 1", n)
	}
	wants("forgetting all", 1)
	for user, want := range map[string]int{anna: 0, ben: 1} {
		if all, err := db.RememberedBrowsers(user, start()); len(all) != want || err != nil {
			t.Errorf("%d browsers of %s, want %d (%v)", len(all), user, want, err)
		}
	}
	if yes, stolen, _ := db.Remembers("t", "v", anna, start(), start().Add(24*time.Hour)); yes || stolen {
		t.Errorf("after forgetting: %v, %v", yes, stolen)
	}
}
