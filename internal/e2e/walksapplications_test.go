package e2e

import (
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestStory_ApplicationWithoutScript: an administrator adds an application, looks who may open it and closes it,
// and somebody signs out of it, by links and buttons alone.
func TestStory_ApplicationWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	grace := a.AddUser("grace")
	b := signedIn(t, a, a.Admin).noScript()
	b.open("/admin/groups/new").fill("Name", "support").fill("Label", "Help desk").press("Add group")
	b.fill("Usernames or email addresses", "grace").press("Review…").press("Add 1 person")
	b.open("/admin/settings/general").follow("Applications").follow("Add an application")
	b.fill("Short name", "wiki").fill("Name", "Wiki").fill("Hosts", "wiki.example.com").tick("Help desk").press("Add application")
	b.at("/admin/applications/wiki").sees("1 of 2 users can open Wiki. Nobody has it open now.")
	b.follow("See everybody, or check one person").fill("Username or email", "grace").press("Check").sees("Grace can open Wiki.")
	hers := signedIn(t, a, grace).noScript()
	openedBy(t, a, grace, "wiki")
	hers.open("/profile").follow("Applications").at("/applications").sees("Wiki").press("Sign out of Wiki").sees("You are signed out of Wiki in this browser.")
	b.open("/admin/applications/wiki/disable").press("Disable application").sees("Wiki is disabled, so nobody can open it.")
	b.open("/admin/applications/wiki/delete").press("Delete application").at("/admin/applications").sees("has been deleted")
}

// openedBy lets somebody have an application open in each of their browsers.
func openedBy(t *testing.T, a *apptest.App, u *apptest.User, slug string) {
	t.Helper()
	all, err := a.DB.Sessions(u.ID, a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error {
		for _, s := range all {
			if err := tx.AddOpened("", "hash-"+slug+s.ID, slug+s.ID, s.ID, slug, slug+".example.com", a.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// walkApplications adds an application, looks at it from every side and deletes it.
func walkApplications(t *testing.T) *tab {
	const long = "an-extraordinarily-long-name-of-an-applic"
	a := apptest.Start(t, apptest.Options{})
	grace := a.AddUser("grace")
	b := signedIn(t, a, a.Admin)
	b.open("/applications").inspect("my applications, none")
	b.open("/admin/groups/new").fill("Name", "support").press("Add group")
	b.fill("Usernames or email addresses", "grace").press("Review…").press("Add 1 person")
	b.open("/admin/applications").inspect("applications, none")
	b.follow("Add an application").press("Add application").inspect("add an application, with mistakes")
	b.fill("Short name", long[:40]).fill("Name", "AnExtraordinarilyLongNameOfAnApplicationWithoutAnyPlaceToBreakItThatGoesOnAndOn")
	b.fill("Hosts", "documents.an-extraordinarily-long-name-of-a-host.finance.internal.example.com").tick("support").fill("Public paths", "/assets/an-extraordinarily-long-path/that-goes-on")
	b.press("Add application").at("/admin/applications/" + long[:40]).inspect("application")
	openedBy(t, a, grace, long[:40])
	a.Browser().SignIn(grace)
	openedBy(t, a, grace, long[:40])
	b.open("/admin/applications/" + long[:40]).inspect("application, open")
	for _, page := range []string{"edit", "who", "who?user=grace", "who?user=nobody", "who?user=" + a.Admin.Username, "disable", "delete"} {
		b.open("/admin/applications/" + long[:40] + "/" + page).inspect("application, " + page)
	}
	b.open("/admin/applications").inspect("applications")
	b.open("/admin/groups").inspect("groups, with applications")
	b.open("/admin/groups/support").inspect("group, with applications")
	b.open("/admin/groups/support/delete").inspect("delete a group that an application lists")
	b.open("/admin/users/" + grace.ID).inspect("user, with applications")
	b.open("/admin/applications/" + long[:40] + "/disable").press("Disable application").inspect("application, disabled")
	b.open("/admin/applications/" + long[:40] + "/enable").inspect("application, enable")
	b.press("Enable application")
	hers := signedIn(t, a, grace)
	openedBy(t, a, grace, long[:40])
	hers.open("/applications").inspect("my applications")
	hers.openMenu().inspect("my applications, own menu open")
	b.visited = append(b.visited, hers.visited...)
	return b
}
