package attack

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"latchkey/internal/account"
	"latchkey/internal/ending"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// ways are how each cause comes about in the program.
func ways() map[ending.Cause][]func(*endScene) {
	disabled := func(tx *store.Tx, s *endScene) (store.Outcome, error) { return tx.Disable(true, s.u.ID) }
	deleted := func(tx *store.Tx, s *endScene) (store.Outcome, error) { return tx.Delete(true, s.u.ID, s.Clock.Now()) }
	return map[ending.Cause][]func(*endScene){
		ending.CauseOwnPassword: {func(s *endScene) {
			s.here.Post("/security/password", "current_password", s.u.Password, "new_password", newPassword).Redirects("/security")
		}},
		ending.CauseOwnAppAdded: {func(s *endScene) {
			s.here.Post("/security/authenticators/new", "enrollment", s.enrolment, "label", "Tablet", "code", s.CodeFor(s.key)).Redirects("/security")
		}},
		ending.CauseOwnAppRemoved: {func(s *endScene) {
			id := secret.ID()
			s.Tx(func(tx *store.Tx) error {
				return tx.AddAuthenticator(store.Authenticator{ID: id, UserID: s.u.ID, Label: "Old", Sealed: "x", Created: s.Clock.Now()})
			})
			s.here.Post("/security/authenticators/" + id + "/remove").Redirects("/security")
		}},
		ending.CauseOwnCodes:    {func(s *endScene) { s.here.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes") }},
		ending.CauseOwnSignOut:  {func(s *endScene) { s.here.Post("/logout").Is(http.StatusSeeOther) }},
		ending.CauseOwnSignOuts: {func(s *endScene) { s.here.Post("/security/sessions/end-others").Redirects("/security") }},
		ending.CauseAddress: {
			func(s *endScene) {
				s.here.Post("/profile/edit", "name", "Ursula", "email", "other@example.net").Redirects("/profile")
			},
			func(s *endScene) {
				byBoss("edit", "username", "ursula", "name", "Ursula", "email", "other@example.net", "role", "admin", "version", fmt.Sprint(s.u.Now().Version))(s)
			},
		},
		ending.CausePasswordByLink: {func(s *endScene) {
			b := s.Browser()
			b.Get(s.password)
			b.Post("/reset", "new_password", newPassword).Redirects("/login?notice=password-changed")
		}},
		ending.CauseNewPhone: {func(s *endScene) {
			b := s.Browser()
			b.Get(s.phone)
			b.Post("/lost-phone/new", "password", s.u.Password).Redirects("/security/authenticators/new")
			key, id := enrolment(s.t, b)
			b.Post("/security/authenticators/new", "enrollment", id, "label", "New", "code", s.CodeFor(key)).Is(http.StatusSeeOther)
		}},
		ending.CauseNotMe: {func(s *endScene) { s.here.Post("/security/not-me", "notice", "").Is(http.StatusSeeOther) }},
		ending.CauseOwnDeletion: {func(s *endScene) {
			s.Set("delete_self", "yes")
			s.here.Post("/profile/delete", "confirm_username", "ursula").Is(http.StatusSeeOther)
		}},
		ending.CauseDisabled: {byBoss("disable", "reason", "left"), inBulk("disable"), byCommand(account.Action.Disable)},
		ending.CauseDeleted:  {byBoss("delete", "reason", "left", "confirm_username", "ursula"), inBulk("delete"), byCommand(account.Action.Delete)},
		ending.CauseRoleChanged: {
			func(s *endScene) {
				byBoss("edit", "username", "ursula", "name", "Ursula", "email", s.u.Email, "role", "user", "version", fmt.Sprint(s.u.Now().Version))(s)
			},
			byCommand(func(a account.Action, u user.User) error { return a.SetRole(u, user.RoleUser) }),
		},
		ending.CauseTwoStepReset: {byBoss("reset-two-step", "reason", "lost phone"), byCommand(account.Action.ResetTwoStep)},
		ending.CauseSignedOut:    {byBoss("sign-out", "reason", "lost laptop"), inBulk("sign-out"), byCommand(account.Action.SignOut)},
		ending.CauseLinkMade:     {byBoss("password-link", "reason", "forgot", "how", "link"), byCommand(func(a account.Action, u user.User) error { _, err := a.PasswordLink(u); return err })},
		ending.CauseMustEnrol:    {inBulk("require-enrolment")},
		ending.CauseEnabled:      {was(disabled, byBoss("enable", "reason", "back"))},
		ending.CauseRestored:     {was(deleted, byBoss("restore", "reason", "back"))},
		ending.CauseUnlocked:     {byBoss("unlock", "reason", "called")},
	}
}

// TestSE08_WhatEndsWhen goes through the table: every cause, in every way it comes about,
// and every kind of thing that could end.
func TestSE08_WhatEndsWhen(t *testing.T) {
	t.Parallel()
	all := ways()
	for _, row := range ending.Table() {
		if len(all[row.Cause]) == 0 {
			t.Errorf("nothing here makes %q happen", row.Cause)
		}
		for i, way := range all[row.Cause] {
			for _, approved := range []bool{false, true} {
				if row.Cause == ending.CauseNewPhone && !approved {
					continue // takes an approved request
				}
				t.Run(fmt.Sprintf("%s/%d/%v", row.Cause, i, approved), func(t *testing.T) {
					t.Parallel()
					s := lay(t, approved)
					for kind, n := range s.left() {
						if n == 0 {
							t.Fatalf("there is nothing of %s to begin with", kind)
						}
					}
					way(s)
					s.compare(row, approved)
				})
			}
		}
	}
}

func (s *endScene) compare(row ending.Row, approved bool) {
	s.t.Helper()
	left := s.left()
	request := ending.Kind("open lost-phone request")
	if approved {
		request = "approved lost-phone request"
	}
	left[request] = s.requestLeft()
	for kind, n := range left {
		if ends := slices.Contains(row.Ends, kind); ends != (n == 0) {
			s.t.Errorf("%s: %d left, and the table says that it ends: %v", kind, n, ends)
		}
	}
	old := s.here.Clone()
	old.Cookies[s.CookieName("latchkey")] = s.old
	switch row.Here {
	case "goes on":
		if !s.here.SignedInAs(s.u) || s.here.Session() != s.old {
			s.t.Error("the session in which it was done does not go on")
		}
	case "goes on, with a new token":
		if !s.here.SignedInAs(s.u) || old.SignedInAs(s.u) {
			s.t.Error("the session does not go on, or its old token does")
		}
	case "ends":
		if old.SignedInAs(s.u) {
			s.t.Error("the session in which it was done goes on")
		}
	}
	for _, kind := range []ending.Kind{"sessions"} {
		if slices.Contains(row.Ends, kind) && s.other.SignedInAs(s.u) {
			s.t.Error("the other browser is still signed in")
		}
	}
	if len(row.Ends) == 0 && row.Cause != ending.CauseEnabled && row.Cause != ending.CauseRestored && !s.other.SignedInAs(s.u) {
		s.t.Error("the other browser is signed out")
	}
}
