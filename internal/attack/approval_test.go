package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// three are three administrators who are signed in: eve, who is up to something, grace,
// and ada, whose account it is about.
type three struct {
	*apptest.App
	ada, eveUser, graceUser *apptest.User
	eve, grace, adaIn       *apptest.Browser
}

// threeOf leaves no other administrator: the one that every test has is made a user. Grace
// may have no phone; then nothing demands one.
func threeOf(t *testing.T, o apptest.Options, grace ...apptest.Trait) *three {
	t.Helper()
	a := apptest.Start(t, o)
	if len(grace) > 0 {
		a.Set("two_step", string(auth.TwoStepOptional))
	}
	s := &three{App: a, ada: a.AddUser("ada", apptest.Administrator), eveUser: a.AddUser("eve", apptest.Administrator), graceUser: a.AddUser("grace", append(grace, apptest.Administrator)...)}
	a.Tx(func(tx *store.Tx) error { _, err := tx.SetRole(true, a.Admin.ID, user.RoleUser); return err })
	s.adaIn, s.eve, s.grace = signedInAs(a, s.ada), signedInAs(a, s.eveUser), signedInAs(a, s.graceUser)
	return s
}

// about is a path of ada's page.
func (s *three) about(act string) string { return "/admin/users/" + s.ada.ID + "/" + act }

// asked is the address of the one open approval about ada.
func (s *three) asked(t *testing.T) string {
	t.Helper()
	open, err := s.DB.Approvals(true, store.Place{}, 10)
	open = slices.DeleteFunc(open, func(q store.Approval) bool { return q.UserID != s.ada.ID })
	if err != nil || len(open) != 1 {
		t.Fatalf("%d things wait for a second administrator, %v", len(open), err)
	}
	return "/admin/requests/approvals/" + open[0].ID
}

// intact reports whether nobody took anything from ada.
func (s *three) intact(t *testing.T) {
	t.Helper()
	now := s.ada.Now()
	_, linked, err := s.DB.LinkOf(s.ada.ID, s.Clock.Now())
	if err != nil || linked || now.Authenticators != 1 || now.Email != s.ada.Email || !s.adaIn.SignedInAs(s.ada) {
		t.Errorf("one administrator alone did something: link %v, %d apps, %s, %v", linked, now.Authenticators, now.Email, err)
	}
}

// edit sends the form of ada's page with another address.
func (s *three) edit(b *apptest.Browser, email string) *apptest.Page {
	now := s.ada.Now()
	return b.Post(s.about("edit"), "username", now.Username, "name", now.Name, "email", email, "role", string(now.Role), "version", fmt.Sprint(now.Version))
}

func approve(b *apptest.Browser, path string) *apptest.Page {
	return b.Post(path, "decision", "approve", "reason", "I called her.")
}

// TestAC09_EveryWayIntoAnAdministratorsAccountWantsTwo tries each of them alone, then with
// a second administrator.
func TestAC09_EveryWayIntoAnAdministratorsAccountWantsTwo(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		ask  func(s *three) *apptest.Page
		done func(t *testing.T, s *three)
	}{
		"reset of two-step verification": {
			func(s *three) *apptest.Page { return s.eve.Post(s.about("reset-two-step"), "reason", "new phone") },
			func(t *testing.T, s *three) {
				if s.ada.Now().Authenticators != 0 || s.adaIn.SignedInAs(s.ada) {
					t.Error("two approvals did not reset it")
				}
			},
		},
		"password link": {
			func(s *three) *apptest.Page { return s.eve.Post(s.about("password-link"), "reason", "forgot it") },
			func(t *testing.T, s *three) {
				link := s.grace.Get(s.grace.Header.Get("Location")).Doc().Find("#link").Text()
				if !strings.Contains(link, "/reset/") {
					t.Fatalf("whoever approved sees no link: %s", s.grace.Text())
				}
				s.grace.Get(s.grace.Path).SeesNot(link)
			},
		},
		"email address": {
			func(s *three) *apptest.Page { return s.edit(s.eve, "eve@evil.example") },
			func(t *testing.T, s *three) {
				if now := s.ada.Now(); now.Email != "eve@evil.example" || now.EmailConfirmed {
					t.Errorf("after two approvals: %s, confirmed %v", now.Email, now.EmailConfirmed)
				}
			},
		},
		"no email address": {
			func(s *three) *apptest.Page { return s.edit(s.eve, "") },
			func(t *testing.T, s *three) {
				if now := s.ada.Now(); now.Email != "" {
					t.Errorf("after two approvals: %s", now.Email)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := threeOf(t, apptest.Options{Mail: true})
			notices := s.ada.Now().Notices
			way.ask(s).Is(http.StatusSeeOther)
			s.intact(t)
			path := s.asked(t)
			s.eve = s.eve.Clone() // or it would be a copy of the first form
			way.ask(s).Is(http.StatusConflict).Sees("already been asked for")
			if s.ada.Now().Notices != notices+1 {
				t.Error("ada is not told")
			}
			sent := s.Post()
			if !told(sent, s.graceUser.Email, path) || told(sent, s.eveUser.Email, path) {
				t.Errorf("who was asked by mail: %v", sent)
			}
			approve(s.eve, path).Is(http.StatusConflict).Sees("You asked for this.")
			approve(s.adaIn, path).Is(http.StatusConflict).Sees("about your own account")
			s.eve.Get(path).Sees("You asked for this.")
			s.adaIn.Get(path).Sees("This is about your own account.")
			s.grace.Get("/admin/requests").Sees("Waiting for a second administrator", "eve")
			s.intact(t)
			approve(s.grace, path).Redirects(path)
			way.done(t, s)
			approve(s.grace.Clone(), path).Is(http.StatusConflict).Sees("already been decided")
			for _, e := range []audit.Event{audit.ApprovalAsked, audit.ApprovalGiven} {
				if n := number(t, s.App, `SELECT count(*) FROM audit_log WHERE event = $1 AND subject_id = $2`, e, s.ada.ID); n != 1 {
					t.Errorf("%d rows of %s", n, e)
				}
			}
		})
	}
}

// TestAC09_ToldInAdvance reads the pages before anything is asked for.
func TestAC09_ToldInAdvance(t *testing.T) {
	t.Parallel()
	s := threeOf(t, apptest.Options{})
	for _, act := range []string{"reset-two-step", "password-link", "edit"} {
		s.eve.Get(s.about(act)).Sees("Grace must approve too, because Ada is an administrator.")
		s.eve.Get("/admin/users/" + s.Admin.ID + "/" + act).SeesNot("must approve")
	}
	administrator(s.App, "fay")
	s.eve.Get(s.about("reset-two-step")).Sees("Another administrator must approve too, because Ada is an administrator.")
	s.eve.Get(s.about("disable")).SeesNot("must approve")
}

// TestAC09_OneAlone is where there is no second one: as for a lost phone, one suffices,
// and the person is told.
func TestAC09_OneAlone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	ada, b := a.AddUser("ada", apptest.Administrator), signedInAs(a, a.Admin)
	b.Get("/admin/users/" + ada.ID + "/reset-two-step").SeesNot("must approve")
	before := ada.Now().Notices
	b.Post("/admin/users/"+ada.ID+"/reset-two-step", "reason", "lost").Redirects("/admin/users/" + ada.ID + "/password-link")
	if now := ada.Now(); now.Authenticators != 0 || now.Notices != before+1 {
		t.Errorf("%d apps, %d notices", now.Authenticators, now.Notices)
	}
}

// TestAC09_RefusedAndTooLate refuses as each of the three, and waits too long.
func TestAC09_RefusedAndTooLate(t *testing.T) {
	t.Parallel()
	s := threeOf(t, apptest.Options{})
	for _, b := range []*apptest.Browser{s.eve, s.adaIn, s.grace} {
		s.eve.Clone().Post(s.about("reset-two-step"), "reason", "new phone").Is(http.StatusSeeOther)
		path := s.asked(t)
		b.Post(path, "decision", "perhaps", "reason", "").Is(http.StatusUnprocessableEntity)
		b.Post(path, "decision", "refuse", "reason", "no").Redirects(path)
		approve(s.grace, path).Is(http.StatusConflict).Sees("already been decided")
		s.intact(t)
	}
	s.eve.Post(s.about("reset-two-step"), "reason", "new phone").Is(http.StatusSeeOther)
	path := s.asked(t)
	s.Clock.Add(account.ApprovalFor)
	s.grace.SignIn(s.graceUser)
	approve(s.grace, path).Is(http.StatusConflict)
	s.Tx(func(tx *store.Tx) error { return account.EndOverdueApprovals(tx, s.Clock.Now(), s.Clock.Now()) })
	s.grace.Get(path).Sees("Expired")
	s.Set("lost_phone_wait", "24")
	s.eve.SignIn(s.eveUser)
	s.eve.Post(s.about("reset-two-step"), "reason", "new phone").Is(http.StatusSeeOther)
	path = s.asked(t)
	approve(s.grace, path).Is(http.StatusConflict).Sees("cannot be approved before")
	s.Clock.Add(24 * time.Hour)
	s.grace.SignIn(s.graceUser)
	approve(s.grace, path).Redirects(path)
}

// TestAC09_ApprovedOnceInACrowd races the approval, and the refusal by the one concerned.
func TestAC09_ApprovedOnceInACrowd(t *testing.T) {
	t.Parallel()
	s := threeOf(t, apptest.Options{})
	s.eve.Post(s.about("password-link"), "reason", "forgot it").Is(http.StatusSeeOther)
	path := s.asked(t)
	all := append(clones(s.grace, crowd/2), clones(s.eve, crowd/2)...)
	once(t, "the approval", path, race(t, len(all), func(i int) *apptest.Page { return approve(all[i], path) }))
	s.eve.Post(s.about("reset-two-step"), "reason", "new phone").Is(http.StatusSeeOther)
	path = s.asked(t)
	both := append(clones(s.grace, 10), clones(s.adaIn, 10)...)
	race(t, len(both), func(i int) *apptest.Page {
		if i < 10 {
			return approve(both[i], path)
		}
		return both[i].Post(path, "decision", "refuse", "reason", "not me")
	})
	q, _, err := s.DB.Approval(path[strings.LastIndex(path, "/")+1:])
	if reset := s.ada.Now().Authenticators == 0; err != nil || reset != (q.Status == store.ApprovalApproved) {
		t.Errorf("%s, and reset: %v (%v)", q.Status, reset, err)
	}
}

// TestAC09_TheHostMay: whoever runs commands on the server has the database.
func TestAC09_TheHostMay(t *testing.T) {
	t.Parallel()
	s := threeOf(t, apptest.Options{})
	s.Tx(func(tx *store.Tx) error {
		return account.Action{Instance: s.Site.Instance, Tx: tx, By: audit.Entry{At: s.Clock.Now(), ActorName: "root"}, Reason: "lost"}.ResetTwoStep(s.ada.Now())
	})
	if s.ada.Now().Authenticators != 0 {
		t.Error("the command line could not help")
	}
}
