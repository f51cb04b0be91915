package e2e

import (
	"testing"

	"latchkey/internal/apptest"
)

// TestStory_GroupWithoutScript: all of it works by links and buttons alone.
func TestStory_GroupWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("grace")
	b := signedIn(t, a, a.Admin).noScript()
	b.open("/admin/settings/general").follow("Groups").follow("Add a group").fill("Name", "support").fill("Label", "Help desk").press("Add group")
	b.at("/admin/groups/support").fill("Usernames or email addresses", "grace").press("Review…").press("Add 1 person")
	b.at("/admin/groups/support").sees("1 person added to Help desk.").tick("Select Grace").press("Remove selected…").press("Remove 1 person")
	b.at("/admin/groups/support").sees("Nobody is in this group yet.")
	b.open("/admin/groups/support/delete").press("Delete group").at("/admin/groups").sees("has been deleted")
}

// walkGroups adds a group, fills it, takes somebody out and deletes it.
func walkGroups(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("grace")
	b := signedIn(t, a, a.Admin)
	b.open("/admin/groups").inspect("groups, none")
	b.follow("Add a group").press("Add group").inspect("add a group, with mistakes")
	b.fill("Name", "an-extraordinarily-long-name-of-a-group-").fill("Label", "An-extraordinarily-long-label-without-any-place-to-break-it-that-goes-on-and-on").press("Add group").inspect("group, empty")
	b.press("Review…").inspect("group, nobody named")
	b.fill("Usernames or email addresses", "grace, nobody").press("Review…").inspect("group, review")
	b.press("Add 1 person").inspect("group")
	b.open("/admin/groups").inspect("groups")
	b.open("/admin/users?group=an-extraordinarily-long-name-of-a-group-").inspect("users of a group")
	b.open("/admin/groups/an-extraordinarily-long-name-of-a-group-/edit").inspect("edit a group")
	b.open("/admin/groups/an-extraordinarily-long-name-of-a-group-/delete").inspect("delete a group")
	return b
}
