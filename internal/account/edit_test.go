package account_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/apptest"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

func TestMA03_LinksOfActs(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	u, n := a.AddUser("alice"), a.AddUser("nina", apptest.Invited)
	linkFor := func(u *apptest.User) (link string) {
		t.Helper()
		err := run(t, a, a.Admin, func(act account.Action) (err error) { link, err = act.PasswordLink(u.Now()); return err })
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(link, a.URL)
	}
	first, second, invitation := linkFor(u), linkFor(u), linkFor(n)
	if !strings.HasPrefix(second, "/reset/") || !strings.HasPrefix(invitation, "/invite/") || first == second {
		t.Fatalf("%s, %s, %s", first, second, invitation)
	}
	if strings.Contains(a.Files(), strings.TrimPrefix(second, "/reset/")) {
		t.Error("the token stands in the database")
	}
	b := a.Browser()
	b.Get(first).Is(410)
	a.Clock.Add(account.LinkFor - time.Second)
	a.Browser().Get(second).Redirects("/reset")
	a.Browser().Get(invitation).Redirects("/invite")
	a.Clock.Add(time.Second)
	a.Browser().Get(second).Is(410)
	a.Browser().Get(invitation).Redirects("/invite") // how long, is a setting: 3 days at first
	a.Clock.Add(48*time.Hour - time.Second)
	a.Browser().Get(invitation).Redirects("/invite")
	a.Set("invite_days", "14")
	later := linkFor(n)
	a.Clock.Add(time.Second)
	a.Browser().Get(invitation).Is(410)
	a.Clock.Add(14*24*time.Hour - 2*time.Second)
	b.Get(later).Redirects("/invite")
	a.Clock.Add(time.Second)
	b.Get(later).Is(410)
}

func TestAC08_SecondEditOfAVersionIsRefused(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	u := a.AddUser("alice")
	seen := u.Now()
	edit := func(name string) error {
		return run(t, a, a.Admin, func(act account.Action) error {
			return act.Edit(store.Edit{ID: seen.ID, Version: seen.Version, Username: seen.Username, Name: name, Email: seen.Email, EmailKey: seen.Email})
		})
	}
	errs := make([]error, 50)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = edit(fmt.Sprint("Name ", i)) })
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			if u.Now().Name != fmt.Sprint("Name ", i) {
				t.Errorf("%q was overwritten by %q", fmt.Sprint("Name ", i), u.Now().Name)
			}
		} else if !problem.Is(err, problem.Conflict) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d edits of one version were kept", won)
	}
	seen = u.Now()
	if err := run(t, a, a.Admin, func(act account.Action) error { return act.Disable(seen) }); err != nil {
		t.Fatal(err)
	}
	if err := edit("late"); !problem.Is(err, problem.Conflict) {
		t.Errorf("an edit over an act: %v", err)
	}
}

// TestMA03_NewAddressEndsLinks: the old one may have the link.
func TestMA03_NewAddressEndsLinks(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	u := a.AddUser("alice")
	path := u.Link(store.PurposePassword)
	now := u.Now()
	err := run(t, a, a.Admin, func(act account.Action) error {
		return act.Edit(store.Edit{ID: now.ID, Version: now.Version, Username: now.Username, Name: now.Name, Email: "new@example.org", EmailKey: "new@example.org"})
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Browser().Get(path).Is(410)
}

func TestActs_AddSaysWhatIsTaken(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("alice")
	for field, n := range map[string]store.NewUser{
		"username": {ID: "1", Username: "alice", Role: user.RoleUser},
		"email":    {ID: "2", Username: "bob", Email: "Alice@example.org", EmailKey: "alice@example.org", Role: user.RoleUser},
	} {
		err := run(t, a, a.Admin, func(act account.Action) error { return act.Add(n) })
		if p := problem.As(err); p == nil || p.Field != field {
			t.Errorf("%s: %v", field, err)
		}
		if _, err := a.DB.User(n.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
