package account_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// run does something in one transaction as an administrator; nil is the command
// line.
func run(t *testing.T, a *apptest.App, by *apptest.User, do func(account.Action) error) error {
	t.Helper()
	base := audit.Entry{At: a.Clock.Now(), IP: "192.0.2.7", RequestID: "test", ActorName: "cli:root"}
	if by != nil {
		base.ActorID, base.ActorName = by.ID, by.Username
	}
	return a.DB.Tx(t.Context(), func(tx *store.Tx) error {
		return do(account.Action{Instance: a.Site.Instance, Tx: tx, By: base, Reason: "because"})
	})
}

// namedAct is an action with its name.
type namedAct struct {
	name string
	do   func(account.Action, user.User) error
}

// taking are the actions that may take an administrator away and end what is signed in.
func taking() []namedAct {
	return []namedAct{
		{"disable", account.Action.Disable}, {"delete", account.Action.Delete}, {"reset", account.Action.ResetTwoStep},
		{"demote", func(a account.Action, u user.User) error { return a.SetRole(u, user.RoleUser) }},
	}
}

func usable(t *testing.T, a *apptest.App) int {
	t.Helper()
	n, err := a.DB.UsableAdministrators(true)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAC03_TwoAdministratorsActAtOnce lets two administrators, the only ones, take
// each other away at the same moment, in every combination of actions and many times.
func TestAC03_TwoAdministratorsActAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	last := a.Admin
	for i := range 64 {
		pair := []*apptest.User{a.AddUser(fmt.Sprint("left", i), apptest.Administrator), a.AddUser(fmt.Sprint("right", i), apptest.Administrator)}
		if err := run(t, a, pair[0], func(act account.Action) error { return act.Disable(last.Now()) }); err != nil {
			t.Fatal(err)
		}
		acts := []namedAct{taking()[i%4], taking()[i/4%4]}
		errs := make([]error, 2)
		var all sync.WaitGroup
		for j := range pair {
			other := pair[1-j].Now()
			all.Go(func() {
				errs[j] = run(t, a, pair[j], func(act account.Action) error {
					act.Approved = true // this is about the last one, and not about a second approval
					return acts[j].do(act, other)
				})
			})
		}
		all.Wait()
		if n := usable(t, a); n != 1 {
			t.Fatalf("%s against %s: %d administrators left", acts[0].name, acts[1].name, n)
		}
		refused := errs[1]
		if last = pair[0]; errs[0] != nil {
			last, refused = pair[1], errs[0]
		}
		if !problem.Is(refused, problem.Conflict) || !strings.Contains(refused.Error(), "only administrator") {
			t.Fatalf("the second one was told %v", refused)
		}
	}
}

// TestAC03_ActsReadThePolicyInTheirTransaction: a policy that commits just before
// an action counts for it, although requests have the old one in memory.
func TestAC03_ActsReadThePolicyInTheirTransaction(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("phoneless", apptest.Administrator, apptest.NoPhone)
	a.Set("two_step", "optional")
	a.Tx(func(tx *store.Tx) error { return tx.SetSetting("two_step", "everyone") }) // not loaded yet
	err := run(t, a, nil, func(act account.Action) error { return act.Disable(a.Admin.Now()) })
	if !problem.Is(err, problem.Conflict) || usable(t, a) != 1 {
		t.Errorf("%v; %d administrators with a phone left", err, usable(t, a))
	}
}

// TestActs_RefuseWhatDoesNotFit: nothing changes and nothing is written down.
func TestActs_RefuseWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	plain, phoneless := a.AddUser("plain"), a.AddUser("phoneless", apptest.NoPhone)
	disabled, gone := a.AddUser("disabled", apptest.Disabled), a.AddUser("gone")
	a.AddUser("second", apptest.Administrator)
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(true, gone.ID, a.Clock.Now()); return err })
	link := func(act account.Action, u user.User) error { _, err := act.PasswordLink(u); return err }
	invite := func(act account.Action, u user.User) error { _, err := act.Invite(u); return err }
	promote := func(act account.Action, u user.User) error { return act.SetRole(u, user.RoleAdmin) }
	demote := taking()[3].do
	for _, c := range []struct {
		do   func(account.Action, user.User) error
		by   *apptest.User
		to   *apptest.User
		want string
	}{
		{account.Action.Disable, a.Admin, disabled, "already disabled"},
		{account.Action.Enable, a.Admin, plain, "not disabled"},
		{account.Action.Delete, a.Admin, gone, "already in the recycle bin"},
		{account.Action.Restore, a.Admin, plain, "not in the recycle bin"},
		{account.Action.ResetTwoStep, a.Admin, phoneless, "nothing to reset"},
		{demote, a.Admin, plain, "already has that role"},
		{link, a.Admin, disabled, "Enable the user first"},
		{invite, a.Admin, plain, "already has a password"},
		{account.Action.Disable, a.Admin, gone, "Restore the user first"}, {account.Action.Enable, a.Admin, gone, "Restore the user first"},
		{account.Action.Unlock, a.Admin, gone, "Restore the user first"}, {account.Action.SignOut, a.Admin, gone, "Restore the user first"},
		{account.Action.ResetTwoStep, a.Admin, gone, "Restore the user first"}, {promote, a.Admin, gone, "Restore the user first"}, {link, a.Admin, gone, "Restore the user first"},
		{account.Action.Disable, a.Admin, a.Admin, "cannot disable yourself"}, {account.Action.Delete, a.Admin, a.Admin, "cannot delete yourself"},
		{account.Action.ResetTwoStep, a.Admin, a.Admin, "your own two-step"}, {demote, a.Admin, a.Admin, "your own role"},
		{account.Action.SignOut, a.Admin, a.Admin, "cannot sign yourself out"}, {link, a.Admin, a.Admin, "link for yourself"},
	} {
		before, head := c.to.Now(), a.Head()
		err := run(t, a, c.by, func(act account.Action) error { return c.do(act, user.User{ID: c.to.ID}) })
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.to.Username, err, c.want)
		}
		if diff := cmp.Diff(before, c.to.Now()); diff != "" || a.Head() != head {
			t.Errorf("%s, %q: something was kept of it: %s", c.to.Username, c.want, diff)
		}
	}
	if err := run(t, a, nil, func(act account.Action) error { return act.Disable(a.Admin.Now()) }); err != nil {
		t.Errorf("the command line is nobody's self: %v", err)
	}
	if err := run(t, a, a.Admin, func(act account.Action) error { return act.Enable(user.User{ID: "nobody"}) }); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// TestLO01_ActsAreWrittenDown with who, on whom, from where, why and what changed.
func TestLO01_ActsAreWrittenDown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	u := a.AddUser("alice")
	id := secret.ID()
	link := func(act account.Action, u user.User) error { _, err := act.PasswordLink(u); return err }
	for _, c := range []struct {
		event   audit.Event
		do      func(account.Action, user.User) error
		details string
	}{
		{audit.UserDisabled, account.Action.Disable, "disabled:no>yes"},
		{audit.UserEnabled, account.Action.Enable, "disabled:yes>no"},
		{audit.UserDeleted, account.Action.Delete, ""},
		{audit.UserRestored, account.Action.Restore, ""},
		{audit.UserUnlocked, account.Action.Unlock, ""},
		{audit.SessionEnded, account.Action.SignOut, "sessions:0>0"},
		{audit.UserChanged, func(act account.Action, u user.User) error { return act.SetRole(u, user.RoleAdmin) }, "role:user>admin"},
		{audit.AuthenticatorReset, account.Action.ResetTwoStep, "authenticators:1>0"},
		{audit.PasswordResetRequested, link, ""},
		{audit.UserChanged, func(act account.Action, u user.User) error {
			return act.Edit(store.Edit{ID: u.ID, Version: u.Version, Username: "alicia", Name: u.Name, Email: u.Email, EmailKey: u.Email})
		}, "username:alice>alicia"},
	} {
		if err := run(t, a, a.Admin, func(act account.Action) error { return c.do(act, u.Now()) }); err != nil {
			t.Fatalf("%s: %v", c.event, err)
		}
		e := a.Newest()
		if got := apptest.Details(e.Details); e.Event != c.event || got != strings.TrimSpace(c.details+" reason:>because") {
			t.Errorf("%s with %q; want %s with %q", e.Event, got, c.event, c.details)
		}
		if e.ActorID != a.Admin.ID || e.SubjectID != u.ID || e.SubjectName != u.Now().Username || e.IP != "192.0.2.7" || e.Result != audit.ResultOK {
			t.Errorf("%s: %+v", c.event, e)
		}
	}
	err := run(t, a, a.Admin, func(act account.Action) error {
		return act.Add(store.NewUser{ID: id, Username: "bob", Role: user.RoleUser})
	})
	if e := a.Newest(); err != nil || e.Event != audit.UserCreated || e.SubjectName != "bob" || apptest.Details(e.Details) != "role:>user reason:>because" {
		t.Errorf("%+v, %v", e, err)
	}
}
