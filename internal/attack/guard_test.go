package attack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/bulk"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// A road is a way to take an administrator away: what somebody sends to take target.
// Some administrators do it to others, some people to themselves.
type road struct {
	name string
	self bool // the administrator who does it takes themselves away
	// policy is the one in force; everyone if empty.
	policy string
	// noPhone leaves the target without an authenticator.
	noPhone bool
	// stays says that the way takes nobody away, no matter who else is there.
	stays bool
	take  func(a *apptest.App, b *apptest.Browser, target *apptest.User)
}

// sending sends a form and does not care for the answer: what counts is who is left.
func sending(path string, fields ...string) func(*apptest.App, *apptest.Browser, *apptest.User) {
	return func(_ *apptest.App, b *apptest.Browser, target *apptest.User) {
		sent := make([]string, len(fields))
		for i, f := range fields {
			sent[i] = strings.NewReplacer("{id}", target.ID, "{name}", target.Username).Replace(f)
		}
		b.Post(strings.ReplaceAll(path, "{id}", target.ID), sent...)
	}
}

// command does an action as the command line does, which has no actor.
func command(do func(account.Action, user.User) error) func(*apptest.App, *apptest.Browser, *apptest.User) {
	return func(a *apptest.App, _ *apptest.Browser, target *apptest.User) {
		err := a.DB.Tx(context.Background(), func(tx *store.Tx) error {
			return do(account.Action{Instance: a.Site.Instance, Tx: tx, By: audit.Entry{At: a.Clock.Now(), ActorName: "command line"}}, user.User{ID: target.ID})
		})
		if err != nil && !problem.Is(err, problem.Conflict) {
			a.TB.Errorf("a command failed: %v", err)
		}
	}
}

func demote(_ *apptest.App, b *apptest.Browser, target *apptest.User) {
	b.Post("/admin/users/"+target.ID+"/edit", "username", target.Username, "name", "", "email", "", "role", "user", "version", fmt.Sprint(target.Now().Version))
}

// removeApps removes every authenticator of the visitor's own.
func removeApps(a *apptest.App, b *apptest.Browser, target *apptest.User) {
	apps, err := a.DB.Authenticators(target.ID)
	a.TB.Helper()
	if err != nil {
		a.TB.Error(err)
	}
	for _, app := range apps {
		b.Post("/security/authenticators/" + app.ID + "/remove")
	}
}

// importOver brings a file in which the target is disabled and no administrator.
func importOver(_ *apptest.App, b *apptest.Browser, target *apptest.User) {
	p := b.Upload("/admin/users/import", "file", "users.csv",
		fmt.Sprintf("username,password_hash,role,disabled\n%[1]s,%[2]s,user,yes\nnew-%[1]s,%[2]s,user,no\n", target.Username, importHash))
	if _, batch, found := strings.Cut(p.Header.Get("Location"), "batch="); found {
		b.Post("/admin/users/import", "batch", batch, "import", "good")
	}
}

// bulkAll does an action to everybody who matches, in the request or beside it.
func bulkAll(action string) func(*apptest.App, *apptest.Browser, *apptest.User) {
	return func(a *apptest.App, b *apptest.Browser, _ *apptest.User) {
		b.Post("/admin/users/bulk", "all", "1", "action", action, "seen", "100000", "confirm", "1")
		if err := bulk.Run(context.Background(), a.Site.Instance); err != nil {
			a.TB.Error(err)
		}
	}
}

// revertTo takes an event about the target back that was written down for it.
func revertTo(e audit.Event, details ...audit.Detail) func(*apptest.App, *apptest.Browser, *apptest.User) {
	return func(a *apptest.App, b *apptest.Browser, target *apptest.User) {
		var seq int64
		err := a.DB.Tx(context.Background(), func(tx *store.Tx) error {
			err := tx.Audit(audit.Entry{At: a.Clock.Now(), Event: e, Result: audit.ResultOK, SubjectID: target.ID, SubjectName: target.Username, Details: details})
			head, _, headErr := tx.AuditHead()
			seq = head
			return errors.Join(err, headErr)
		})
		if err != nil {
			a.TB.Error(err)
		}
		b.Post(fmt.Sprintf("/admin/audit/%d/revert", seq))
	}
}

// roads are all there are, from pages and from commands.
func roads() []road {
	return []road{
		{name: "edit", take: demote},
		{name: "disable", take: sending("/admin/users/{id}/disable")},
		{name: "delete", take: sending("/admin/users/{id}/delete", "confirm_username", "{name}")},
		{name: "reset", take: sending("/admin/users/{id}/reset-two-step", "reason", "lost")},
		{name: "bulk disable", take: sending("/admin/users/bulk", "user", "{id}", "action", "disable", "confirm", "1")},
		{name: "bulk delete", take: sending("/admin/users/bulk", "user", "{id}", "action", "delete", "confirm", "1")},
		{name: "bulk disable of all", take: bulkAll("disable")},
		{name: "bulk delete of all", take: bulkAll("delete")},
		{name: "bulk demand of two-step", policy: "optional", noPhone: true, take: bulkAll("require-enrolment")},
		{name: "revert of enabling", take: revertTo(audit.UserEnabled)},
		{name: "revert of restoring", take: revertTo(audit.UserRestored)},
		{name: "revert of promoting", take: revertTo(audit.UserChanged, audit.Detail{Name: "role", Before: "user", After: "admin"})},
		{name: "policy", policy: "optional", noPhone: true, take: func(_ *apptest.App, b *apptest.Browser, _ *apptest.User) {
			b.Post("/admin/settings/sign-in", "two_step", "everyone")
			b.Post("/admin/settings/sign-in/everyone", "two_step_deadline", "")
			b.Post("/admin/settings/sign-in/administrators")
		}},
		{name: "import", stays: true, take: importOver},
		{name: "own deletion", self: true, take: sending("/profile/delete", "confirm_username", "{name}")},
		{name: "not me", self: true, take: sending("/security/not-me")},
		{name: "own apps", self: true, stays: true, take: removeApps},
		{name: "command disable", take: command(account.Action.Disable)},
		{name: "command delete", take: command(account.Action.Delete)},
		{name: "command reset", take: command(account.Action.ResetTwoStep)},
		{name: "command set-role", take: command(func(a account.Action, u user.User) error { return a.SetRole(u, user.RoleUser) })},
	}
}

// administrators starts a program that has these administrators and no others.
func administrators(t *testing.T, r road, names ...string) (*apptest.App, []*apptest.User, []*apptest.Browser) {
	t.Helper()
	a := apptest.Start(t, apptest.Options{Empty: true})
	a.Set("delete_self", "yes")
	if r.policy != "" {
		a.Set("two_step", r.policy)
	}
	traits := []apptest.Trait{apptest.Administrator}
	if r.noPhone {
		traits = append(traits, apptest.NoPhone)
	}
	users, browsers := make([]*apptest.User, len(names)), make([]*apptest.Browser, len(names))
	for i, name := range names {
		users[i] = a.AddUser(name, traits...)
	}
	for i, u := range users {
		browsers[i] = a.Browser()
		browsers[i].SignIn(u)
	}
	return a, users, browsers
}

// usable wants at least one administrator who can sign in under the policy in force.
func usable(t *testing.T, a *apptest.App, after string) {
	t.Helper()
	settings, err := a.DB.Settings()
	if err != nil {
		t.Fatal(err)
	}
	left, err := a.DB.UsableAdministrators(settings.TwoStep != auth.TwoStepOptional)
	if err != nil || left < 1 {
		t.Errorf("%d usable administrators are left after %s (%v)", left, after, err)
	}
}

// TestAC03_NoRoadTakesTheLastAdministrator tries every way against the only
// administrator there is, who does it themselves where it needs one.
func TestAC03_NoRoadTakesTheLastAdministrator(t *testing.T) {
	t.Parallel()
	for _, r := range roads() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			a, users, browsers := administrators(t, r, "ada")
			r.take(a, browsers[0].Clone(), users[0])
			usable(t, a, r.name)
		})
	}
}

// TestAC03_EveryRoadWorksWhileAnotherAdministratorIsThere keeps the tests beside it
// from proving nothing: with a second one, each way takes the target away.
func TestAC03_EveryRoadWorksWhileAnotherAdministratorIsThere(t *testing.T) {
	t.Parallel()
	for _, r := range roads() {
		if r.stays || r.noPhone {
			continue // nobody goes, or all who have no authenticator
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			a, users, browsers := administrators(t, r, "ada", "bea")
			who := browsers[1]
			if r.self {
				who = browsers[0]
			}
			r.take(a, who.Clone(), users[0])
			left, err := a.DB.UsableAdministrators(r.policy != "optional")
			if err != nil || left != 1 {
				t.Errorf("%d usable administrators are left (%v), want bea alone", left, err)
			}
		})
	}
}

// TestAC03_RacesOfDifferentRoads lets two administrators take each other away, or each
// themselves, by every pair of different ways at the same moment.
func TestAC03_RacesOfDifferentRoads(t *testing.T) {
	t.Parallel()
	all := roads()
	for i, first := range all {
		for _, second := range all[i+1:] {
			if first.policy != second.policy || first.noPhone != second.noPhone {
				continue
			}
			t.Run(first.name+" and "+second.name, func(t *testing.T) {
				t.Parallel()
				a, users, browsers := administrators(t, first, "ada", "bea")
				targets := [2]*apptest.User{users[1], users[0]}
				pair := [2]road{first, second}
				race(t, 2, func(i int) *apptest.Page {
					target := targets[i]
					if pair[i].self {
						target = users[i]
					}
					pair[i].take(a, browsers[i].Clone(), target)
					return &apptest.Page{Status: http.StatusOK}
				})
				usable(t, a, first.name+" and "+second.name)
			})
		}
	}
}
