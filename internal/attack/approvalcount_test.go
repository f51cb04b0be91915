package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/store"
)

// TestAC09_WhoCannotSignInCounts tries what keeps the third administrator from approving
// without taking the role: demanding an app that they do not have, by name or by the
// policy, a reset that two agreed on, and their own "this was not me" and deletion.
func TestAC09_WhoCannotSignInCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		out   func(s *three)
		words string // why she cannot approve
	}{
		"an app is demanded of her": {func(s *three) {
			s.eve.Post("/admin/users/bulk", "action", "require-enrolment", "user", s.graceUser.ID, "confirm", "1", "seen", "1").Is(http.StatusSeeOther)
		}, "Grace has no authenticator app yet"},
		"an app is demanded of administrators": {func(s *three) { s.Set("two_step", string(auth.TwoStepAdministrators)) }, "Grace has no authenticator app yet"},
		"she lost hers": {func(s *three) {
			s.Tx(func(tx *store.Tx) error { _, err := tx.ResetTwoStep(false, s.graceUser.ID); return err })
		}, "Grace needs a new password first"},
		"she said that it was not her": {func(s *three) {
			s.Tx(func(tx *store.Tx) error { _, err := tx.ClosePassword(false, s.graceUser.ID, s.Clock.Now()); return err })
		}, "Grace needs a new password first"},
		"she deleted her account": {func(s *three) {
			s.Set("delete_self", "yes")
			s.grace.Post("/profile/delete", "confirm_username", "grace").Is(http.StatusSeeOther)
		}, "Grace was an administrator until "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := threeOf(t, apptest.Options{}, apptest.NoPhone)
			c.out(s)
			s.eve.Post(s.about("reset-two-step"), "reason", "lost").Is(http.StatusSeeOther)
			s.eve.Post(s.about("password-link"), "reason", "").Is(http.StatusSeeOther)
			s.intact(t)
			s.eve.Get(s.about("password-link")).Sees("must approve too", "Nobody else can at the moment", c.words)
		})
	}
}

// TestAC09_InvitedDoNotCount: nobody is behind an account that has no password yet, so
// making one neither hinders the others nor helps.
func TestAC09_InvitedDoNotCount(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ada, b := a.AddUser("ada", apptest.Administrator), signedInAs(a, a.Admin)
	inga := a.AddUser("inga", apptest.Administrator, apptest.Invited)
	b.Get("/admin/users/" + ada.ID + "/reset-two-step").SeesNot("must approve")
	b.Post("/admin/users/"+inga.ID+"/disable", "reason", "").Is(http.StatusSeeOther)
	b.Get("/admin/users/" + ada.ID + "/reset-two-step").SeesNot("must approve")
	b.Post("/admin/users/"+ada.ID+"/reset-two-step", "reason", "lost").Redirects("/admin/users/" + ada.ID + "/password-link")
}

// TestAC09_UnlockingIsNoWayIn guesses an administrator's codes with the password in hand,
// while another administrator unlocks the account again and again.
func TestAC09_UnlockingIsNoWayIn(t *testing.T) {
	t.Parallel()
	s := threeOf(t, apptest.Options{})
	unlock := func() *apptest.Page { return s.eve.Clone().Post(s.about("unlock"), "reason", "called") }
	looked := 0
	for range 30 {
		thief := s.Browser()
		thief.Password(s.ada)
		for range auth.LimitOf(auth.BucketCode).Free {
			if p := thief.Post("/login/code", "code", "000000"); p.Status == http.StatusUnprocessableEntity {
				looked++
			}
		}
		unlock()
	}
	if most := (auth.UnlocksPerDay + 1) * auth.LimitOf(auth.BucketCode).Free; looked > most {
		t.Errorf("%d codes of an administrator were looked at, where %d are allowed", looked, most)
	}
	p := unlock().Is(http.StatusTooManyRequests).Sees("has been unlocked 5 times", "again")
	if p.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if !strings.Contains(p.Text(), "recovery code") {
		t.Error("it does not say what ada still can do")
	}
	other := s.AddUser("otto") // for users a reset is open to every administrator anyway
	for range auth.UnlocksPerDay + 2 {
		s.eve.Clone().Post("/admin/users/"+other.ID+"/unlock", "reason", "called").Is(http.StatusSeeOther)
	}
	s.Clock.Add(24 * time.Hour)
	s.eve.SignIn(s.eveUser)
	unlock().Is(http.StatusSeeOther)
}
