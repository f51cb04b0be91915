package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func link(userID, name string, purpose Purpose) Link {
	return Link{
		TokenHash: "hash-" + name, Purpose: purpose, UserID: userID, CredVersion: 1, Created: start(), Ends: start().Add(24 * time.Hour),
	}
}

func TestMA03_LinkWorksOnceForItsPurpose(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	want := link(anna, "a", PurposePassword)
	db.must(t, func(tx *Tx) error { return firstOf(tx.AddLink(want), tx.AddLink(link(ben, "b", PurposeInvite))) })
	got, ok, err := db.LinkByHash("hash-a", PurposePassword, start())
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
		t.Errorf("LinkByHash: %v, %v\n%s", ok, err, diff)
	}
	if _, ok, err := db.LinkByHash("hash-a", PurposeInvite, start()); ok || err != nil {
		t.Errorf("a password link is an invitation: %v, %v", ok, err)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakeLink("hash-a", PurposeInvite, start()) }) {
		t.Error("a password link was taken as an invitation")
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.TakeLink("hash-a", PurposePassword, want.Ends) }) {
		t.Error("a link was taken after its end")
	}
	won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) { return tx.TakeLink("hash-a", PurposePassword, start()) })
	if won != 1 {
		t.Errorf("%d callers used one link, want one", won)
	}
	if _, ok, err := db.LinkOf(ben, start()); !ok || err != nil {
		t.Errorf("the other user's link: %v, %v", ok, err)
	}
}

func TestMA03_LinkDies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(tx *Tx, id string) error
		at     time.Duration
		alive  bool
	}{
		"nothing":  {func(*Tx, string) error { return nil }, 24*time.Hour - time.Millisecond, true},
		"over":     {func(*Tx, string) error { return nil }, 24 * time.Hour, false},
		"newer":    {func(tx *Tx, id string) error { return tx.AddLink(link(id, "newer", PurposePassword)) }, 0, false},
		"password": {func(tx *Tx, id string) error { _, err := tx.SetPassword(id, "h", start()); return err }, 0, false},
		"disabled": {func(tx *Tx, id string) error { _, err := tx.Disable(true, id); return err }, 0, false},
		"deleted":  {func(tx *Tx, id string) error { _, err := tx.Delete(true, id, start()); return err }, 0, false},
		// The credential version rises with these two; they must count without it as well.
		"disabled by hand": {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET disabled = TRUE WHERE id = $1`, id) }, 0, false},
		"deleted by hand":  {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET deleted_at = 1 WHERE id = $1`, id) }, 0, false},

		"dropped": {func(tx *Tx, id string) error { return tx.DropLinksTo(id, PurposeInvite, PurposePassword) }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			id := db.add(t, "anna")
			db.must(t, func(tx *Tx) error { return tx.AddLink(link(id, "a", PurposeInvite)) })
			db.must(t, func(tx *Tx) error { return c.change(tx, id) })
			if _, ok, err := db.LinkByHash("hash-a", PurposeInvite, start().Add(c.at)); ok != c.alive || err != nil {
				t.Errorf("alive: %v, %v; want %v", ok, err, c.alive)
			}
			shown, ok, err := db.LinkOf(id, start().Add(c.at))
			if want := c.alive || name == "newer"; ok != want || err != nil || name == "newer" && shown.TokenHash != "hash-newer" {
				t.Errorf("LinkOf = %+v, %v, %v; want %v", shown, ok, err, want)
			}
		})
	}
}

func TestBrowserIsKnownForItsUserOnly(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna, ben := db.add(t, "anna"), db.add(t, "ben")
	browser := func(userID, token, id string, seen time.Duration) Browser {
		now := start().Add(seen)
		return Browser{TokenHash: token, UserID: userID, ID: id, Created: now, LastUsed: now, Ends: now.Add(90 * 24 * time.Hour), IP: "192.0.2.1", UserAgent: "B"}
	}
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.SaveBrowser(browser(anna, "t", "id-1", 0)), tx.SaveBrowser(browser(anna, "t", "id-2", time.Hour)))
	})
	knows := func(token, userID string, after time.Duration, want string) {
		t.Helper()
		id, ok, err := db.KnowsBrowser(token, userID, start().Add(after))
		if id != want || ok != (want != "") || err != nil {
			t.Errorf("KnowsBrowser(%q, %s, %v) = %q, %v, %v; want %q", token, userID, after, id, ok, err, want)
		}
	}
	knows("t", anna, 0, "id-1") // the id stays: tries are counted under it
	knows("t", ben, 0, "")
	knows("", anna, 0, "")
	knows("t", anna, 90*24*time.Hour+time.Minute, "id-1")
	knows("t", anna, 90*24*time.Hour+time.Hour, "")
	for token, want := range map[string]bool{"t": true, "x": false, "": false} {
		if known, err := db.BrowserExists(token, start()); known != want || err != nil {
			t.Errorf("BrowserExists(%q) = %v, %v", token, known, err)
		}
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.DropBrowser(ben, "id-1") }) {
		t.Error("ben dropped anna's browser")
	}
	for i := range maxBrowsers + 3 {
		db.must(t, func(tx *Tx) error {
			return tx.SaveBrowser(browser(anna, fmt.Sprint("many", i), fmt.Sprint("many", i), time.Duration(i+2)*time.Hour))
		})
	}
	if n := db.number(t, `SELECT count(*) FROM browsers WHERE user_id = $1`, anna); n != maxBrowsers {
		t.Errorf("%d browsers, want %d", n, maxBrowsers)
	}
	knows("many2", anna, 0, "")
	knows("many3", anna, 0, "many3")
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.DropBrowser(anna, "many3") }) {
		t.Error("anna could not drop her browser")
	}
	db.must(t, func(tx *Tx) error { return tx.DropBrowsers(anna) })
	knows("many4", anna, 0, "")
}

// TestWhatBecameOfALink follows links in every state, by their own tokens alone.
func TestWhatBecameOfALink(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna := db.add(t, "anna")
	now := start().Add(time.Minute)
	state := func(name string) EndedLink {
		t.Helper()
		e, err := db.LinkStateOf("hash-"+name, now)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	add := func(name string, p Purpose) {
		db.must(t, func(tx *Tx) error { return tx.AddLink(link(anna, name, p)) })
	}
	add("old", PurposeInvite)
	add("used", PurposeInvite)
	if e := state("used"); e != (EndedLink{State: LinkLiving, Purpose: PurposeInvite}) {
		t.Errorf("living: %+v", e)
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.TakeLink("hash-used", PurposeInvite, now) }) {
		t.Fatal("the link was not taken")
	}
	add("dropped", PurposeReset)
	db.must(t, func(tx *Tx) error { return tx.DropLinksTo(anna, PurposeReset) })
	add("changed", PurposePassword)
	db.must(t, func(tx *Tx) error { _, err := tx.RaiseCredVersion(anna); return err })
	for name, want := range map[string]EndedLink{
		"old": {State: LinkReplaced, Purpose: PurposeInvite}, "used": {LinkUsed, PurposeInvite, now, 0},
		"dropped": {State: LinkEnded, Purpose: PurposeReset}, "changed": {State: LinkEnded, Purpose: PurposePassword}, "never": {},
	} {
		if e := state(name); e != want {
			t.Errorf("%s: %+v, want %+v", name, e, want)
		}
	}
	now = start().Add(25 * time.Hour)
	if e, want := state("changed"), (EndedLink{LinkExpired, PurposePassword, start().Add(24 * time.Hour), 24 * time.Hour}); e != want {
		t.Errorf("expired: %+v, want %+v", e, want)
	}
	db.must(t, func(tx *Tx) error { return tx.DropExpired(now) })
	if state("changed").State != LinkExpired || state("used").State != LinkUsed {
		t.Error("a day later nothing is known any more")
	}
	db.must(t, func(tx *Tx) error { return tx.DropExpired(now.Add(40 * 24 * time.Hour)) })
	for _, name := range []string{"old", "used", "dropped", "changed"} {
		if e := state(name); e != (EndedLink{}) {
			t.Errorf("%s is kept for ever: %+v", name, e)
		}
	}
}

// TestAU13_ExpiredWarningsCrowdOutNone: the first warning after a take-over works however
// many follow, for somebody with many old ones too.
func TestAU13_ExpiredWarningsCrowdOutNone(t *testing.T) {
	t.Parallel()
	db := open(t)
	anna := db.add(t, "anna")
	add := func(name string, made time.Time) {
		l := link(anna, name, PurposeNotMe)
		l.Created, l.Ends = made, made.Add(24*time.Hour)
		db.must(t, func(tx *Tx) error { return tx.AddLink(l) })
	}
	for i := range maxLinks {
		add(fmt.Sprint("old", i), start().Add(time.Duration(i)*time.Second))
	}
	now := start().Add(48 * time.Hour)
	add("first", now)
	for i := range maxLinks {
		add(fmt.Sprint("flood", i), now.Add(time.Duration(i+1)*time.Second))
	}
	if _, ok, err := db.LinkByHash("hash-first", PurposeNotMe, now.Add(time.Hour)); !ok || err != nil {
		t.Errorf("the first warning after the old ones: %v, %v", ok, err)
	}
}
