package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

func TestAddUserIsReadBackWhole(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna", administrator, func(n *NewUser) { n.EmailConfirmed, n.Disabled = true, true })
	want := user.User{
		ID: "id-anna", Username: "anna", Name: "The anna", Email: "anna@Example.org", EmailConfirmed: true, Role: user.RoleAdmin,
		Disabled: true, HasPassword: true, Created: start(), PasswordChanged: start(), CredVersion: 1, Version: 1,
	}
	if diff := cmp.Diff(want, db.user(t, id)); diff != "" {
		t.Errorf("User (-want +got):\n%s", diff)
	}
	byName, err := db.UserByName("anna")
	if diff := cmp.Diff(want, byName); diff != "" || err != nil {
		t.Errorf("UserByName: %v\n%s", err, diff)
	}
	for name, ok := range map[string]bool{"anna": true, "anna@example.org": true, "anna@Example.org": false, "Anna": false, "": false} {
		l, found, err := db.LoginByName(name)
		if found != ok || err != nil || ok && (l.Hash != "hash of anna" || l.User.ID != id) {
			t.Errorf("LoginByName(%q) = %v, %v, %v", name, l, found, err)
		}
	}
	if l, found, err := db.LoginByID(id); !found || err != nil || l.User.Username != "anna" {
		t.Errorf("LoginByID = %v, %v, %v", l, found, err)
	}
	_, err = db.User("nobody")
	wantProblem(t, err, problem.NotFound)
	_, err = db.UserByName("nobody")
	wantProblem(t, err, problem.NotFound)
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.add(t, "anna")
	ben := db.add(t, "ben")
	gone := db.add(t, "gone")
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(true, gone, start()); return err })
	field := func(change func(*NewUser)) string {
		n := person("new")
		change(&n)
		err := db.Tx(t.Context(), func(tx *Tx) error { return tx.AddUser(n) })
		edit := db.Tx(t.Context(), func(tx *Tx) error {
			_, err := tx.EditUser(Edit{ID: ben, Version: 1, Username: n.Username, Email: n.Email, EmailKey: n.EmailKey})
			return err
		})
		p, q := problem.As(err), problem.As(edit)
		if p == nil || q == nil || p.Kind != problem.Invalid || q.Kind != p.Kind || p.Field != q.Field || p.Message != q.Message {
			t.Errorf("adding: %v; editing: %v; want the same mistake", err, edit)
			return ""
		}
		return p.Field
	}
	for want, change := range map[string]func(*NewUser){
		"username": func(n *NewUser) { n.Username = "anna" },
		"email":    func(n *NewUser) { n.EmailKey = "anna@example.org" },
	} {
		if got := field(change); got != want {
			t.Errorf("field %q, want %q", got, want)
		}
	}
	// The recycle bin keeps its names: somebody may come back out of it.
	if got := field(func(n *NewUser) { n.Username = "gone" }); got != "username" {
		t.Errorf("field %q for the name of a deleted user", got)
	}
	err := db.Tx(t.Context(), func(tx *Tx) error {
		_, err := tx.AddFirstAdministrator(NewUser{ID: "x", Username: "anna", Hash: "h"})
		return err
	})
	wantProblem(t, err, problem.Invalid)
}

func TestFirstAdministratorIsOne(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.add(t, "ben")
	if has, err := db.HasAdministrator(); has || err != nil {
		t.Errorf("HasAdministrator = %v, %v before there is one", has, err)
	}
	won := db.winners(t, 50, func(tx *Tx, i int) (bool, error) {
		n := person("admin" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
		return tx.AddFirstAdministrator(n)
	})
	if n := db.number(t, `SELECT count(*) FROM users WHERE role = 'admin'`); won != 1 || n != 1 {
		t.Errorf("%d callers won, %d administrators; want one", won, n)
	}
	if has, err := db.HasAdministrator(); !has || err != nil {
		t.Errorf("HasAdministrator = %v, %v", has, err)
	}
}

func TestAC08_EditOfAnOldVersionIsRefused(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	edit := Edit{ID: id, Version: 1, Username: "anne", Name: "Änne", Email: "A@b.example", EmailKey: "a@b.example", EmailConfirmed: true}
	won := db.winners(t, 50, func(tx *Tx, i int) (bool, error) { return tx.EditUser(edit) })
	if won != 1 {
		t.Errorf("%d editors of one version won, want one", won)
	}
	u := db.user(t, id)
	want := user.User{
		ID: id, Username: "anne", Name: "Änne", Email: "A@b.example", EmailConfirmed: true, Role: user.RoleUser,
		HasPassword: true, Created: start(), PasswordChanged: start(), CredVersion: 1, Version: 2,
	}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Errorf("after the edit (-want +got):\n%s", diff)
	}
	db.must(t, func(tx *Tx) error { _, err := tx.Delete(true, id, start()); return err })
	edit.Version = db.user(t, id).Version
	if db.once(t, func(tx *Tx) (bool, error) { return tx.EditUser(edit) }) {
		t.Error("a deleted user was edited")
	}
}

func TestSignedInAndLocked(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	until := start().Add(time.Minute)
	db.must(t, func(tx *Tx) error { return tx.SetLockedUntil(id, until) })
	if u := db.user(t, id); !u.LockedUntil.Equal(until) {
		t.Errorf("locked until %v", u.LockedUntil)
	}
	db.must(t, func(tx *Tx) error { return tx.SignedIn(id, start()) })
	if u := db.user(t, id); !u.LastSignIn.Equal(start()) || !u.LockedUntil.IsZero() {
		t.Errorf("after signing in: %+v", u)
	}
}

func TestPurgeTakesOnlyWhatIsOldEnough(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i, name := range []string{"anna", "ben", "cleo"} {
		id := db.add(t, name)
		db.must(t, func(tx *Tx) error { return tx.AddSession(session(id, name)) })
		if i < 2 {
			db.must(t, func(tx *Tx) error { _, err := tx.Delete(true, id, start().Add(time.Duration(i)*time.Hour)); return err })
		}
	}
	var purged []user.User
	db.must(t, func(tx *Tx) (err error) { purged, err = tx.PurgeDeleted(start().Add(time.Hour)); return err })
	if got := names(purged); got != "anna " {
		t.Errorf("purged %q, want anna", got)
	}
	if n := db.number(t, `SELECT count(*) FROM users`); n != 2 {
		t.Errorf("%d users left, want 2", n)
	}
	if n := db.number(t, `SELECT count(*) FROM sessions`); n != 2 {
		t.Errorf("%d sessions left, want 2", n)
	}
	db.add(t, "anna") // the name is free again
}

func TestCredVersionAndEnrolment(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna")
	db.must(t, func(tx *Tx) error {
		version, err := tx.RaiseCredVersion(id)
		if version != 2 {
			t.Errorf("version %d, want 2", version)
		}
		return err
	})
	err := db.Tx(t.Context(), func(tx *Tx) error { _, err := tx.RaiseCredVersion("nobody"); return err })
	wantProblem(t, err, problem.NotFound)
	db.must(t, func(tx *Tx) error { _, err := tx.ResetTwoStep(true, id); return err })
	if !db.user(t, id).EnrolByLink {
		t.Error("after a reset the password alone leads to an enrolment")
	}
	db.must(t, func(tx *Tx) error { return tx.AllowEnrolment(id) })
	if db.user(t, id).EnrolByLink {
		t.Error("after a link the password does not lead to an enrolment")
	}
}

// What no text of ours holds is nobody's name, whichever database it is looked for in.
func TestUsers_NobodyHasANameThatIsNoText(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.add(t, "alice")
	for _, name := range []string{"a\x00lice", "alice\x00", "a\xfflice", "\xc0\xaf"} {
		if _, err := db.User(name); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
		if taken := db.NamesTaken(name, name, ""); taken != nil {
			t.Errorf("%q: %v", name, taken)
		}
	}
}
