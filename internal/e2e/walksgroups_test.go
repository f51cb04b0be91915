package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
)

// TestStory_GroupWithoutScript: all of it works by links and buttons alone.
func TestStory_GroupWithoutScript(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("grace")
	b := signedIn(t, a, a.Admin).noScript()
	b.open("/admin/settings/general").follow("Groups").follow("Add a group").fill("Name", "support").fill("Label", "Help desk").press("Add group")
	b.at("/admin/groups/support").fill("Usernames or email addresses", "grace").press("Review…").press("Add 1 person")
	b.at("/admin/groups/support").sees("1 person added to Help desk.").tick("Select Grace").press("Remove selected…").press("Remove 1 person")
	b.at("/admin/groups/support").sees("Nobody is in this group yet.")
	b.open("/admin/users").choose("add-to-group", "user").press("Review…").sees("1 user selected.")
	eval[chromedp.Void](b, "void (document.getElementById('chosen_group').value = 'support')")
	b.press("Review…").press("Add 1 user to Help desk").at("/admin/users").sees("1 user added to Help desk.")
	b.press("Undo").sees("Undone: 1 user removed from Help desk.")
	b.open("/admin/groups/support/delete").press("Delete group").at("/admin/groups").sees("has been deleted")
}

// walkGroups adds a group, fills it, takes somebody out and deletes it.
func walkGroups(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("grace")
	const label = "An-extraordinarily-long-label-without-any-place-to-break-it-that-goes-on-and-on"
	b := signedIn(t, a, a.Admin)
	b.open("/admin/groups").inspect("groups, none")
	b.follow("Add a group").press("Add group").inspect("add a group, with mistakes")
	b.fill("Name", "an-extraordinarily-long-name-of-a-group-").fill("Label", label).press("Add group").inspect("group, empty")
	b.press("Review…").inspect("group, nobody named")
	b.fill("Usernames or email addresses", "grace, nobody").press("Review…").inspect("group, review")
	b.press("Add 1 person").inspect("group")
	b.open("/admin/groups").inspect("groups")
	b.open("/admin/users?group=an-extraordinarily-long-name-of-a-group-").inspect("users of a group")
	b.choose("remove-from-group", "user").press("Review…").inspect("which group, in bulk")
	b.press("Review…").inspect("review of a bulk change of a group")
	b.press("Remove 1 user from " + label).inspect("users, put out of a group with undo")
	b.open("/admin/users/bulk").follow("Remove 1 user from " + label).inspect("bulk change of a group")
	b.press("Undo")
	b.open("/admin/groups/an-extraordinarily-long-name-of-a-group-/edit").inspect("edit a group")
	b.open("/admin/groups/an-extraordinarily-long-name-of-a-group-/delete").inspect("delete a group")
	return b
}
