package store

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

func (db testDB) addApplication(t testing.TB, a Application) {
	t.Helper()
	db.must(t, func(tx *Tx) error {
		a.Created = start()
		if added, err := tx.AddApplication(a); err != nil || !added {
			return fmt.Errorf("adding %s: %v, %v", a.Slug, added, err)
		}
		return nil
	})
}

func wiki() Application {
	return Application{
		Slug: "wiki", Name: "Wiki", Hosts: []string{"wiki.example.com", "a.example.com:8443"}, Groups: []string{"engineering", "support"},
		Public: []string{"/assets/", "/health"}, LaunchURL: "https://wiki.example.com/home", ProofMinutes: 30,
	}
}

func TestApplicationIsReadBackWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.addGroup(t, "engineering", "")
	db.addGroup(t, "support", "")
	db.addApplication(t, wiki())
	want := wiki()
	want.Version, want.Created, want.Changed = 1, start(), start()
	got, err := db.Application("wiki")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if slug, ok, err := db.HostOf("a.example.com:8443"); slug != "wiki" || !ok || err != nil {
		t.Errorf("whose host: %q, %v, %v", slug, ok, err)
	}
	if slug, ok, err := db.HostOf("a.example.com"); ok || err != nil {
		t.Errorf("whose host, without the port: %q, %v", slug, err)
	}
	want.Name, want.Hosts, want.Everyone, want.Groups, want.Public, want.LaunchURL, want.ProofMinutes = "Notes", []string{"b.example.com"}, true, []string{}, []string{}, "", 0
	later := start().Add(time.Hour)
	edit := func(tx *Tx) (bool, error) { return tx.EditApplication(want, later) }
	if !db.once(t, edit) || db.once(t, edit) {
		t.Error("an edit counts once for each version")
	}
	want.Version, want.Changed = 2, later
	if got, err := db.Application("wiki"); !cmp.Equal(want, got) || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(want, got))
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.DropApplication("wiki", 1) }) || !db.once(t, func(tx *Tx) (bool, error) { return tx.DropApplication("wiki", 2) }) {
		t.Error("an older version was deleted, or the newest was not")
	}
	_, err = db.Application("wiki")
	wantProblem(t, err, problem.NotFound)
	for _, table := range []string{"application_hosts", "application_groups", "application_paths"} {
		if n := db.number(t, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
}

// TestFD05_HostBelongsToOneApplication, whoever comes first.
func TestFD05_HostBelongsToOneApplication(t *testing.T) {
	t.Parallel()
	db := open(t)
	var won atomic.Int64
	race(20, func(i int) {
		err := db.Tx(context.Background(), func(tx *Tx) error {
			_, err := tx.AddApplication(Application{Slug: fmt.Sprint("app-", i), Name: "App", Hosts: []string{"wiki.example.com"}, Created: start()})
			return err
		})
		if err == nil { // else the host is taken
			won.Add(1)
		}
	})
	if n := db.number(t, `SELECT count(*) FROM application_hosts`); won.Load() != 1 || n != 1 {
		t.Errorf("%d applications took the host, %d rows", won.Load(), n)
	}
}

// open1 opens the wiki in a session of a user.
func (db testDB) open1(t testing.TB, userID string) {
	t.Helper()
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.AddSession(session(userID, "a")), tx.AddOpened("", "app-hash", "app-id", "id-a", "wiki", "wiki.example.com", start()))
	})
}

// TestFD06_WhatEndsCountsAtTheNextCheck: each change is seen by the one SELECT.
func TestFD06_WhatEndsCountsAtTheNextCheck(t *testing.T) {
	t.Parallel()
	out := func(bool) bool { return false }
	same := func(was bool) bool { return was }
	for name, c := range map[string]struct {
		change func(tx *Tx, id string) error
		at     time.Duration
		want   func(bool) bool
	}{
		"nothing":          {func(*Tx, string) error { return nil }, 0, same},
		"idle":             {func(*Tx, string) error { return nil }, time.Hour, out},
		"signed out":       {func(tx *Tx, id string) error { _, err := tx.EndSession(id, "id-a"); return err }, 0, out},
		"all signed out":   {func(tx *Tx, id string) error { _, err := tx.EndSessions(id, ""); return err }, 0, out},
		"disabled":         {func(tx *Tx, id string) error { _, err := tx.Disable(true, id); return err }, 0, out},
		"deleted":          {func(tx *Tx, id string) error { _, err := tx.Delete(true, id, start()); return err }, 0, out},
		"disabled by hand": {func(tx *Tx, id string) error { return tx.exec(`UPDATE users SET disabled = TRUE WHERE id = $1`, id) }, 0, out},
		"role":             {func(tx *Tx, id string) error { _, err := tx.SetRole(true, id, user.RoleAdmin); return err }, 0, out},
		"password":         {func(tx *Tx, id string) error { _, err := tx.SetPassword(id, "h", start()); return err }, 0, out},
		"two-step":         {func(tx *Tx, id string) error { _, err := tx.ResetTwoStep(true, id); return err }, 0, out},
		"out of the group": {func(tx *Tx, id string) error { _, err := tx.DropMember("engineering", id); return err }, 0, out},
		"group deleted":    {func(tx *Tx, _ string) error { _, err := tx.DropGroup("engineering", 1); return err }, 0, out},
		"application off": {func(tx *Tx, _ string) error {
			_, err := tx.SetApplicationDisabled("wiki", true, 1, start())
			return err
		}, 0, out},
		"off and on again": {func(tx *Tx, _ string) error {
			_, err := tx.SetApplicationDisabled("wiki", true, 1, start())
			_, err2 := tx.SetApplicationDisabled("wiki", false, 2, start())
			return firstOf(err, err2)
		}, 0, out},
		"application deleted": {func(tx *Tx, _ string) error { _, err := tx.DropApplication("wiki", 1); return err }, 0, out},
		"groups changed": {func(tx *Tx, _ string) error {
			a := wiki()
			a.Version, a.Groups = 1, []string{"support"}
			_, err := tx.EditApplication(a, start())
			return err
		}, 0, out},
		"host taken away": {func(tx *Tx, _ string) error {
			a := wiki()
			a.Version, a.Hosts = 1, []string{"a.example.com:8443"}
			_, err := tx.EditApplication(a, start())
			return err
		}, 0, out},
		"signed out of it":         {func(tx *Tx, _ string) error { _, err := tx.EndOpenedByHash("app-hash"); return err }, 0, out},
		"signed out of it by page": {func(tx *Tx, _ string) error { _, err := tx.EndOpened("id-a", "wiki"); return err }, 0, out},
		"by an administrator":      {func(tx *Tx, id string) error { _, err := tx.EndOpenedOf(id, "wiki"); return err }, 0, out},
		"another's sign-out":       {func(tx *Tx, _ string) error { _, err := tx.EndOpenedOf("nobody", "wiki"); return err }, 0, same},
		"label of the group": {func(tx *Tx, _ string) error {
			_, err := tx.EditGroup(Group{Name: "engineering", Label: "E", Version: 1}, start())
			return err
		}, 0, same},
		"token renewed": {func(tx *Tx, id string) error {
			_, err := tx.RenewSession(id, "hash-a", "hash-b", 1, auth.Proofs{Password: start()})
			return err
		}, 0, same},
	} {
		eachWriter(t, name, func(t *testing.T, db, writer testDB) {
			id := db.add(t, "anna")
			db.addGroup(t, "engineering", "", id)
			db.addGroup(t, "support", "")
			db.addApplication(t, wiki())
			db.open1(t, id)
			db.warm(t, func() (bool, error) {
				_, ok, err := db.OpenedByHash("app-hash", "wiki", "wiki.example.com", start())
				return ok, err
			})
			writer.must(t, func(tx *Tx) error { return c.change(tx, id) })
			o, ok, err := db.OpenedByHash("app-hash", "wiki", "wiki.example.com", start().Add(c.at))
			if in := ok && o.MayOpen() && o.HostIsOurs; in != c.want(true) || err != nil {
				t.Errorf("open: %v (%+v), %v; want %v", in, o, err, c.want(true))
			}
		})
	}
}

// TestFD05_OpensOneApplicationOnOneHost: the token of another is none.
func TestFD05_OpensOneApplicationOnOneHost(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.addGroup(t, "engineering", "", id)
	db.addGroup(t, "support", "")
	db.addGroup(t, "staff", "", id)
	db.addApplication(t, wiki())
	db.addApplication(t, Application{Slug: "lunch", Name: "Lunch", Everyone: true, Hosts: []string{"lunch.example.com"}})
	db.open1(t, id)
	db.must(t, func(tx *Tx) error {
		return tx.AddOpened("", "lunch-hash", "lunch-id", "id-a", "lunch", "lunch.example.com", start())
	})
	for _, c := range []struct {
		hash, slug, host string
		want             bool
		groups           []string
	}{
		{"app-hash", "wiki", "wiki.example.com", true, []string{"engineering"}},
		{"lunch-hash", "lunch", "lunch.example.com", true, []string{"engineering", "staff"}},
		{"app-hash", "wiki", "a.example.com:8443", false, nil},
		{"app-hash", "lunch", "lunch.example.com", false, nil},
		{"app-hash", "lunch", "wiki.example.com", false, nil},
		{"hash-a", "wiki", "wiki.example.com", false, nil},
		{"", "wiki", "wiki.example.com", false, nil},
	} {
		o, ok, err := db.OpenedByHash(c.hash, c.slug, c.host, start())
		if ok != c.want || err != nil || ok && (!slices.Equal(o.Groups, c.groups) || o.User.Username != "anna" || o.Session.ID != "id-a") {
			t.Errorf("%s on %s of %s: %v, %+v, %v", c.hash, c.host, c.slug, ok, o, err)
		}
	}
	if o, err := db.RightTo("lunch", "lunch.example.com", id); err != nil || !o.MayOpen() || !o.HostIsOurs || !slices.Equal(o.Groups, []string{"engineering", "staff"}) {
		t.Errorf("right to open: %+v, %v", o, err)
	}
	if o, err := db.RightTo("wiki", "lunch.example.com", "nobody"); err != nil || o.MayOpen() || o.HostIsOurs {
		t.Errorf("right of nobody, on another's host: %+v, %v", o, err)
	}
}

// TestFD04_HandoverCodeWorksOnce.
func TestFD04_HandoverCodeWorksOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.addApplication(t, Application{Slug: "lunch", Name: "Lunch", Everyone: true, Hosts: []string{"lunch.example.com"}})
	want := Handover{CodeHash: "c", SessionID: "id-a", Slug: "lunch", Host: "lunch.example.com", StateHash: "s", Ends: start().Add(time.Minute)}
	late, taken := want, want
	late.CodeHash, taken.UserID = "late", id
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.AddSession(session(id, "a")), tx.AddHandover(want), tx.AddHandover(late))
	})
	won := db.winners(t, 50, func(tx *Tx, _ int) (bool, error) {
		got, found, err := tx.UseHandover("c", start())
		if found && got != taken {
			return false, fmt.Errorf("%+v, want %+v", got, want)
		}
		return found, err
	})
	if won != 1 {
		t.Errorf("%d used one code", won)
	}
	used := func(code string, now time.Time) bool {
		return db.once(t, func(tx *Tx) (bool, error) { _, found, err := tx.UseHandover(code, now); return found, err })
	}
	if used("late", late.Ends) || used("late", start()) {
		t.Error("a code was used after its end, or once more after that")
	}
	for i := range maxHandovers + 5 {
		h := want
		h.CodeHash, h.Ends = fmt.Sprint("c", i), start().Add(time.Duration(i)*time.Second)
		db.must(t, func(tx *Tx) error { return tx.AddHandover(h) })
	}
	if n := db.number(t, `SELECT count(*) FROM handover_codes`); n != maxHandovers {
		t.Errorf("%d codes of one session, want %d", n, maxHandovers)
	}
	db.must(t, func(tx *Tx) error { _, err := tx.EndSessions(id, ""); return err })
	if n := db.number(t, `SELECT count(*) FROM handover_codes`); n != 0 {
		t.Errorf("%d codes outlive their session", n)
	}
}

func TestEX01_WhatOneSessionHasOpenIsBounded(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.addApplication(t, Application{Slug: "lunch", Name: "Lunch", Everyone: true, Hosts: []string{"lunch.example.com"}})
	db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, "a")) })
	for i := range maxOpenedHere + 3 {
		db.must(t, func(tx *Tx) error {
			return tx.AddOpened("", fmt.Sprint("h", i), fmt.Sprint("i", i), "id-a", "lunch", "lunch.example.com", start().Add(time.Duration(-i)*time.Second))
		})
		if _, ok, err := db.OpenedByHash(fmt.Sprint("h", i), "lunch", "lunch.example.com", start()); !ok || err != nil {
			t.Errorf("the newest, of a clock that was set back, is out: %v, %v", ok, err)
		}
	}
	if n := db.number(t, `SELECT count(*) FROM application_sessions`); n != maxOpenedHere {
		t.Errorf("%d, want %d", n, maxOpenedHere)
	}
}

func TestNoteAskedKeepsTheLatest(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.addApplication(t, Application{Slug: "lunch", Name: "Lunch", Everyone: true, Hosts: []string{"lunch.example.com"}})
	if at, from, err := db.Asked("lunch"); !at.IsZero() || from != "" || err != nil {
		t.Errorf("never asked: %v, %q, %v", at, from, err)
	}
	later := start().Add(time.Hour)
	db.must(t, func(tx *Tx) error {
		return firstOf(tx.NoteAsked("lunch", "192.0.2.1", start()), tx.NoteAsked("lunch", "192.0.2.2", later), tx.NoteAsked("nowhere", "192.0.2.3", later))
	})
	if at, from, err := db.Asked("lunch"); !at.Equal(later) || from != "192.0.2.2" || err != nil {
		t.Errorf("asked at %v by %q, %v", at, from, err)
	}
}
