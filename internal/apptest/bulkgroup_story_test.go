package apptest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// addGroups adds groups with a label each.
func addGroups(a *apptest.App, all ...store.Group) {
	a.TB.Helper()
	a.Tx(func(tx *store.Tx) error {
		for _, g := range all {
			if err := access.AddGroup(tx, audit.Entry{At: a.Clock.Now(), ActorName: "setup"}, g.Name, g.Label); err != nil {
				return err
			}
		}
		return nil
	})
}

// membersOf are the usernames of the members of a group.
func membersOf(t *testing.T, a *apptest.App, group string) (all []string) {
	t.Helper()
	users, err := a.DB.Users(t.Context(), store.UserFilter{Group: group, Limit: 2000, Now: a.Clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		all = append(all, u.Username)
	}
	slices.Sort(all)
	return all
}

// wantMembers compares them.
func wantMembers(t *testing.T, a *apptest.App, group string, want ...string) {
	t.Helper()
	if got := membersOf(t, a, group); !slices.Equal(got, want) {
		t.Errorf("members of %s: %v, want %v", group, got, want)
	}
}

// TestStory_BulkGroup puts some users of the list into a group, takes it back, and does the
// same the other way round.
func TestStory_BulkGroup(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, carl := a.AddUser("alice"), a.AddUser("carl")
	a.AddUser("bob")
	desk := signedIn(a)
	if desk.Open("/admin/users").Doc().Find("option[value=add-to-group]").Length() != 0 {
		t.Error("a group is offered where there is none")
	}
	addGroups(a, store.Group{Name: "support", Label: "Help desk"}, store.Group{Name: "sales"})
	a.Tx(func(tx *store.Tx) error {
		return access.Join(tx, audit.Entry{At: a.Clock.Now()}, "support", carl.Now())
	})
	desk.Open("/admin/users?sort=-name")
	desk.Submit("Review…", "With selected", "add-to-group").Is(http.StatusUnprocessableEntity).Sees("Select at least one user")
	desk.Submit("Review…", "With selected", "add-to-group", "Select Alice", "on", "Select Bob", "on", "Select Carl", "on").Is(http.StatusOK).Sees("Add to a group", "3 users selected.")
	desk.Submit("Review…").Is(http.StatusUnprocessableEntity).Sees("Choose a group")
	desk.Submit("Review…", "Group", "support").Sees("Add 2 users to Help desk", "Alice", "Bob", "Carl (carl): This user is already in the group.")
	desk.Submit("Add 2 users to Help desk", "Reason", "new shift").At("/admin/users?sort=-name").Sees("2 users added to Help desk.", "1 left out")
	wantMembers(t, a, "support", "alice", "bob", "carl")
	report := desk.Clone()
	report.Open("/admin/audit").Sees("Added 2 users to the group “support”; 1 left out")
	report.Open("/admin/users/"+alice.ID).Sees("Help desk", "added alice to the group “support”")
	report.Open("/admin/users/bulk").Sees("Add 3 users to Help desk")
	report.Follow("Add 3 users to Help desk").Sees("2 users added to Help desk.", "new shift", "1 user: This user is already in the group.")

	desk.Submit("Undo").At("/admin/users").Sees("Undone: 2 users removed from Help desk.")
	wantMembers(t, a, "support", "carl")

	desk.Open("/admin/users?group=support")
	desk.Submit("Review…", "With selected", "remove-from-group", "Select Carl", "on").Sees("Remove from a group")
	if desk.Doc().Find("#chosen_group option[selected]").AttrOr("value", "") != "support" {
		t.Error("the group whose members are listed is not proposed")
	}
	desk.Submit("Review…").Sees("Remove 1 user from Help desk")
	desk.Submit("Remove 1 user from Help desk").Sees("1 user removed from Help desk.")
	wantMembers(t, a, "support")
	desk.Submit("Undo").Sees("Undone: 1 user added to Help desk.")
	wantMembers(t, a, "support", "carl")
	for _, e := range newestOf(t, a, carl.ID, 2) {
		if !strings.Contains(apptest.Details(e.Details), "support") || e.Detail("batch") == "" {
			t.Errorf("%s: %s", e.Event, apptest.Details(e.Details))
		}
	}
}

// newestOf are the newest changes of a user.
func newestOf(t *testing.T, a *apptest.App, id string, n int) []audit.Entry {
	t.Helper()
	all, err := a.DB.AuditEntries(context.Background(), store.AuditFilter{Subject: id, Event: audit.UserChanged, Limit: n})
	if err != nil || len(all) != n {
		t.Fatalf("%d changes, %v", len(all), err)
	}
	return all
}

// TestStory_BulkGroupUndoLeavesWhatWasChangedSince takes back only what the change did and
// nobody has touched since, in both directions; another edit of the user is no reason.
func TestStory_BulkGroupUndoLeavesWhatWasChangedSince(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"add-to-group", "remove-from-group"} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			alice, bob, before := a.AddUser("alice"), a.AddUser("bob"), a.AddUser("before")
			addGroups(a, store.Group{Name: "support"}, store.Group{Name: "other"})
			join := func(u *apptest.User) {
				a.Tx(func(tx *store.Tx) error { return access.Join(tx, audit.Entry{At: a.Clock.Now()}, "support", u.Now()) })
			}
			leave := func(u *apptest.User) {
				a.Tx(func(tx *store.Tx) error { return access.Leave(tx, audit.Entry{At: a.Clock.Now()}, "support", u.Now()) })
			}
			did, undid := join, leave
			want := []string{"before", "bob"}
			join(before) // as it is to be already, so that nothing is done to them, nor taken back
			if action == "remove-from-group" {
				join(alice)
				join(bob)
				leave(before)
				did, undid, want = leave, join, []string{"alice"}
			}
			b := signedIn(a)
			b.Post("/admin/users/bulk", "user", alice.ID, "user", bob.ID, "user", before.ID, "action", action, "chosen_group", "support", "confirm", "1").Redirects("/admin/users")
			b.Open("/admin/users").Sees("1 left out")
			undid(bob)
			did(bob)
			b.Clone().Post("/admin/users/"+alice.ID+"/edit", "username", "alice", "name", "Alice L", "email", "", "role", "user", "version", fmt.Sprint(alice.Now().Version)).Is(http.StatusSeeOther)
			a.Tx(func(tx *store.Tx) error { return access.Join(tx, audit.Entry{At: a.Clock.Now()}, "other", alice.Now()) })
			b.Submit("Undo").Sees("Undone: 1 user", "1 left out")
			wantMembers(t, a, "support", want...)
			b.Follow("1 left out").Sees("This user has been changed since.")
		})
	}
}

// TestStory_BulkGroupOfThousands goes on in the background, over a restart, for everybody who
// matches, and can be taken back.
func TestStory_BulkGroupOfThousands(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addMany(a, "temp", 450)
	addGroups(a, store.Group{Name: "temps", Label: "Temps"})
	b := signedIn(a)
	b.Open("/admin/users?q=temp")
	b.Follow("Select all 450")
	b.Submit("Review…", "With selected", "add-to-group").Sees("Everyone who matches: “temp”.")
	b.Submit("Review…", "Group", "temps").Sees("Add 450 users to Temps", "and 430 more")
	b.Submit("Add 450 users to Temps").Sees("0 of 450 users so far")
	page := b.Path
	a.RunBulkSlice()
	b.Open("/admin/users").Sees("Under way: Add 450 users to Temps")
	a.Restart()
	a.RunBulk()
	b.Open(page).Sees("450 users added to Temps.", "Done")
	if n := len(membersOf(t, a, "temps")); n != 450 {
		t.Errorf("%d members", n)
	}
	b.Submit("Undo").Sees("0 of 450 users so far")
	a.RunBulk()
	wantMembers(t, a, "temps")
}

// TestStory_BulkGroupIsDeletedMeanwhile ends what is under way with a true sentence, also where
// a new group has the name, and takes nothing back into that.
func TestStory_BulkGroupIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprint("made again ", again), func(t *testing.T) {
			t.Parallel()
			a := apptest.Start(t, apptest.Options{})
			addMany(a, "temp", 450)
			addGroups(a, store.Group{Name: "temps", Label: "Temps"}, store.Group{Name: "other"})
			b := signedIn(a)
			b.Post("/admin/users/bulk", "all", "1", "q", "temp", "action", "add-to-group", "chosen_group", "temps", "confirm", "1", "seen", "450").Is(http.StatusSeeOther)
			page := b.Header.Get("Location")
			a.RunBulkSlice()
			a.Clock.Add(time.Second)
			a.Tx(func(tx *store.Tx) error { return access.DeleteGroup(tx, audit.Entry{At: a.Clock.Now()}, "temps", 1) })
			why := "the group “temps” has been deleted"
			if again {
				addGroups(a, store.Group{Name: "temps"})
				why += ", and a new one has its name"
			}
			a.RunBulk()
			b.Open(page).Sees("Stopped part-way through", "temps, which has been deleted").SeesNot("Undo reverses")
			b.Follow("audit log").Sees("stopped because " + why)
			if again {
				wantMembers(t, a, "temps")
			}
			b.Post(page + "/undo").Is(http.StatusConflict).Sees("This cannot be undone: " + why + ".")
			b.Post("/admin/users/bulk", "all", "1", "q", "temp", "action", "remove-from-group", "chosen_group", "gone", "confirm", "1", "seen", "450").
				Is(http.StatusUnprocessableEntity).Sees("There is no group called “gone”")
		})
	}
}

// TestAC06_BulkGroupForm sends what no page of ours sends, and what somebody mistyped.
func TestAC06_BulkGroupForm(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	addGroups(a, store.Group{Name: "support-one", Label: "First line"}, store.Group{Name: "support-two"}, store.Group{Name: "sales", Label: "Line"})
	b := signedIn(a)
	b.Post("/admin/users/bulk", "user", alice.ID, "action", "disable", "chosen_group", "sales", "confirm", "1").Is(http.StatusBadRequest)
	b.Post("/admin/users/bulk", "user", alice.ID, "action", "add-to-group", "chosen_group", "sales", "chosen_group", "support-one", "confirm", "1").Is(http.StatusBadRequest)
	for typed, sees := range map[string]string{
		"":                       "Choose a group",
		"marketing":              "There is no group called “marketing”",
		"support":                "Enter one of these names: support-one, support-two",
		"a\u202eb":               "must not contain control characters",
		"a\r\nb":                 "must not contain control characters",
		strings.Repeat("x", 101): "Group must be 100 characters or fewer",
	} {
		b.Post("/admin/users/bulk", "user", alice.ID, "action", "add-to-group", "chosen_group", typed, "confirm", "1").Is(http.StatusUnprocessableEntity).Sees(sees)
	}
	wantMembers(t, a, "support-one")
	for typed, title := range map[string]string{"SALES": "Line", "line": "Line", "two": "support-two", " First line ": "First line"} {
		b.Post("/admin/users/bulk", "user", alice.ID, "action", "add-to-group", "chosen_group", typed).Is(http.StatusOK).Sees("Add 1 user to " + title)
	}
}

// TestSE12_AChosenGroupWaits lets the proof run out after the group was chosen, and after the
// review.
func TestSE12_AChosenGroupWaits(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("alice")
	addGroups(a, store.Group{Name: "sales"}, store.Group{Name: "support", Label: "Help desk"})
	b := signedIn(a)
	b.Open("/admin/users")
	b.Submit("Review…", "With selected", "add-to-group", "Select Alice", "on")
	a.Clock.Add(11 * time.Minute)
	b.Submit("Review…", "Group", "support")
	b.Confirm(a.Admin)
	b.Open("/admin/users/bulk?kept=1").Sees("Nothing has been saved yet.", "1 user selected.")
	if b.Doc().Find("#chosen_group option[selected]").AttrOr("value", "") != "support" {
		t.Error("the chosen group is gone")
	}
	b.Submit("Review…")
	a.Clock.Add(11 * time.Minute)
	b.Submit("Add 1 user to Help desk", "Reason", "new here")
	b.Confirm(a.Admin)
	b.Open("/admin/users/bulk?kept=1").Sees("then press Add 1 user to Help desk again")
	wantMembers(t, a, "support")
	b.Submit("Add 1 user to Help desk").Sees("1 user added to Help desk.")
	wantMembers(t, a, "support", "alice")
}

// TestStory_BulkGroupTyped: where there are more groups than a choice can hold, a name is typed,
// with proposals as long as they are not too many for a page.
func TestStory_BulkGroupTyped(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("alice")
	more := func(from, to int) {
		a.Tx(func(tx *store.Tx) error {
			for i := from; i < to; i++ {
				if _, err := tx.AddGroup(store.Group{Name: fmt.Sprintf("team-%04d", i), Created: a.Clock.Now()}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b := signedIn(a)
	for _, c := range []struct{ groups, proposed int }{{201, 201}, {1000, 1000}, {1001, 0}} {
		n, err := a.DB.CountGroups(t.Context(), store.GroupFilter{})
		if err != nil {
			t.Fatal(err)
		}
		more(n, c.groups)
		b.Open("/admin/users")
		b.Submit("Review…", "With selected", "add-to-group", "Select Alice", "on").Sees("a part that no other group has")
		if got := b.Doc().Find("datalist option").Length(); got != c.proposed {
			t.Errorf("with %d groups %d are proposed", c.groups, got)
		}
		b.Submit("Review…", "Group", fmt.Sprintf("team-%04d", c.groups-1)).Sees("Add 1 user to team-")
	}
	b.Submit("Add 1 user to team-1000").Sees("1 user added to team-1000.")
	wantMembers(t, a, "team-1000", "alice")
}
