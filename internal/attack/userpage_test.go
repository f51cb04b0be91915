package attack

import (
	"net/http"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestAC04_ASessionAndANoteBelongToTheirUser reaches for those of one user by the page
// of another.
func TestAC04_ASessionAndANoteBelongToTheirUser(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	in := signedInAs(a, alice)
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.AddNote(store.Note{ID: "n1", UserID: alice.ID, Text: "secret plans", Made: a.Clock.Now()})
		return err
	})
	sessions, err := a.DB.Sessions(alice.ID, a.Clock.Now())
	if err != nil || len(sessions) != 1 {
		t.Fatal(err)
	}
	b := signedInAs(a, a.Admin)
	own, err := a.DB.Sessions(a.Admin.ID, a.Clock.Now())
	if err != nil || len(own) == 0 {
		t.Fatal(err)
	}
	before := rows(t, a)
	b.Post("/admin/users/" + bob.ID + "/sessions/" + sessions[0].ID + "/end").Is(http.StatusNotFound)
	b.Post("/admin/users/" + alice.ID + "/sessions/" + own[0].ID + "/end").Is(http.StatusNotFound)
	b.Post("/admin/users/" + a.Admin.ID + "/sessions/" + own[0].ID + "/end").Is(http.StatusConflict)
	b.Post("/admin/users/nobody/sessions/" + sessions[0].ID + "/end").Is(http.StatusNotFound)
	b.Post("/security/sessions/" + sessions[0].ID + "/end").Is(http.StatusNotFound)
	b.Get("/admin/users/" + bob.ID + "/notes/n1/delete").Is(http.StatusNotFound).SeesNot("secret plans")
	b.Post("/admin/users/" + bob.ID + "/notes/n1/delete").Is(http.StatusNotFound)
	b.Post("/admin/users/"+bob.ID+"/notes", "note", "x", "id", "n1").Is(http.StatusBadRequest)
	in.Post("/admin/users/"+alice.ID+"/notes", "note", "I am nice").Is(http.StatusNotFound)
	in.Get("/admin/users/" + alice.ID + "/notes/n1/delete").Is(http.StatusNotFound)
	in.Post("/admin/users/" + bob.ID + "/sessions/" + own[0].ID + "/end").Is(http.StatusNotFound)
	if after := rows(t, a); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	if !in.SignedInAs(alice) || !b.SignedInAs(a.Admin) {
		t.Error("a session of somebody else was ended")
	}
}

// TestAC06_EndingASessionNeedsAFreshProof: so do notes, which come back filled.
func TestAC06_EndingASessionNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	in, b := signedInAs(a, alice), signedInAs(a, a.Admin)
	sessions, err := a.DB.Sessions(alice.ID, a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	a.Clock.Add(11 * time.Minute)
	me := "/admin/users/" + alice.ID
	b.Post(me + "/sessions/" + sessions[0].ID + "/end").Redirects("/confirm?next=%2Fadmin%2Fusers%2F" + alice.ID)
	if !in.SignedInAs(alice) {
		t.Error("ended without a proof")
	}
	b.Post(me+"/notes", "note", "called back").Redirects("/confirm?next=%2Fadmin%2Fusers%2F" + alice.ID + "%3Fkept%3D1")
	b.Open("/confirm?next=" + me + "%3Fkept%3D1")
	b.Submit("Continue", "Password", a.Admin.Password, "Code", a.Admin.Code()).At(me + "?kept=1")
	b.Sees("called back")
	if n := number(t, a, `SELECT count(*) FROM user_notes`); n != 0 {
		t.Error("the note was added without a second press")
	}
	b.Submit("Add note").At(me).Sees("called back")
}
