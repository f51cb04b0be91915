package attack

import (
	"fmt"
	"net/http"
	"testing"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// TestAC09_NoWayAround tries what makes two of three: taking the role or the third
// administrator away, and taking back.
func TestAC09_NoWayAround(t *testing.T) {
	t.Parallel()
	reset := func(s *three) { s.eve.Post(s.about("reset-two-step"), "reason", "lost").Is(http.StatusSeeOther) }
	for name, around := range map[string]func(s *three){
		"disabling the third": func(s *three) {
			s.eve.Post("/admin/users/"+s.graceUser.ID+"/disable", "reason", "").Is(http.StatusSeeOther)
			reset(s)
		},
		"deleting the third": func(s *three) {
			s.eve.Post("/admin/users/"+s.graceUser.ID+"/delete", "reason", "", "confirm_username", "grace").Is(http.StatusSeeOther)
			reset(s)
		},
		"disabling the third in bulk": func(s *three) {
			s.eve.Post("/admin/users/bulk", "action", "disable", "user", s.graceUser.ID, "confirm", "1", "seen", "1").Is(http.StatusSeeOther)
			reset(s)
		},
		"demoting the third": func(s *three) {
			g := s.graceUser.Now()
			s.eve.Post("/admin/users/"+g.ID+"/edit", "username", g.Username, "name", g.Name, "email", g.Email, "role", "user", "version", fmt.Sprint(g.Version)).Is(http.StatusSeeOther)
			reset(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := threeOf(t, apptest.Options{})
			around(s)
			s.intact(t)
			s.eve.Get(s.about("password-link")).Sees("must approve too", "Nobody else can at the moment")
			approve(s.eve, s.asked(t)).Is(http.StatusConflict)
			s.intact(t)
		})
	}
	t.Run("demoting the one concerned", func(t *testing.T) {
		t.Parallel()
		s := threeOf(t, apptest.Options{})
		now := s.ada.Now()
		s.eve.Post(s.about("edit"), "username", now.Username, "name", now.Name, "email", now.Email, "role", "user", "version", fmt.Sprint(now.Version)).Is(http.StatusSeeOther)
		reset(s)
		s.eve.Post(s.about("password-link"), "reason", "").Is(http.StatusSeeOther)
		if _, linked, _ := s.DB.LinkOf(s.ada.ID, s.Clock.Now()); linked || s.ada.Now().Authenticators != 1 {
			t.Error("a role less was the way around")
		}
		s.eve.Get(s.about("password-link")).Sees("because Ada was an administrator until")
		s.Clock.Add(account.OnceFor)
		s.eve.SignIn(s.eveUser)
		s.eve.Post(s.about("reset-two-step"), "reason", "lost").Redirects(s.about("password-link"))
	})
	t.Run("taking an edit back", func(t *testing.T) {
		t.Parallel()
		s := threeOf(t, apptest.Options{})
		s.edit(s.eve, "ada@new.example")
		approve(s.grace, s.asked(t)).Is(http.StatusSeeOther)
		seq := number(t, s.App, `SELECT max(seq) FROM audit_log WHERE event = 'user.changed'`)
		s.eve.Post(fmt.Sprintf("/admin/audit/%d/revert", seq), "reason", "back").Is(http.StatusConflict).Sees("another administrator must approve it")
		if s.ada.Now().Email != "ada@new.example" {
			t.Error("taken back by one alone")
		}
	})
	t.Run("an invitation on paper", func(t *testing.T) {
		t.Parallel()
		s := threeOf(t, apptest.Options{})
		inga := s.AddUser("inga", apptest.Administrator, apptest.Invited)
		s.eve.Post("/admin/users/invitations", "filter", "status=invited", "place", "", "done", "").Is(http.StatusConflict)
		s.eve.Post("/admin/users/bulk", "action", "print-invitations", "user", inga.ID, "confirm", "1", "seen", "1").Is(http.StatusConflict)
		s.eve.Post("/admin/users/"+inga.ID+"/password-link", "reason", "").Is(http.StatusSeeOther)
		if _, linked, _ := s.DB.LinkOf(inga.ID, s.Clock.Now()); linked {
			t.Error("one alone has a link of an administrator who was invited")
		}
	})
}

// TestAC09_TheAskerMustStay ends what was asked with whoever asked.
func TestAC09_TheAskerMustStay(t *testing.T) {
	t.Parallel()
	s := threeOf(t, apptest.Options{})
	s.eve.Post(s.about("reset-two-step"), "reason", "new phone").Is(http.StatusSeeOther)
	path := s.asked(t)
	e := s.eveUser.Now()
	s.adaIn.Post("/admin/users/"+e.ID+"/edit", "username", e.Username, "name", e.Name, "email", e.Email, "role", "user", "version", fmt.Sprint(e.Version)).Is(http.StatusSeeOther)
	approve(s.grace, path).Is(http.StatusConflict)
	s.intact(t)
	// The statement says so by itself, too.
	s2 := threeOf(t, apptest.Options{})
	s2.eve.Post(s2.about("reset-two-step"), "reason", "new phone").Is(http.StatusSeeOther)
	path = s2.asked(t)
	s2.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, s2.eveUser.ID, user.RoleUser); return err })
	approve(s2.grace, path).Is(http.StatusConflict).Sees("eve is no longer an administrator")
	s2.intact(t)
}
