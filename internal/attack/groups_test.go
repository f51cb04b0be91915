package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestGroups_AStory adds a group, fills it, changes and deletes it, on pages alone.
func TestGroups_AStory(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace, gone := a.AddUser("grace"), a.AddUser("gone")
	a.Tx(func(tx *store.Tx) error { _, err := tx.Delete(false, gone.ID, a.Clock.Now()); return err })
	b := administratorAt(a)
	b.Open("/admin/settings/general")
	b.Follow("Groups").At("/admin/groups").Sees("No groups yet.")
	b.Follow("Add a group")
	b.Submit("Add group", "Name", "On Call").Is(http.StatusUnprocessableEntity).Sees("lower-case letters, digits and hyphens")
	b.Submit("Add group", "Name", "on-call", "Label", "On call").At("/admin/groups/on-call").Sees("The group has been added.", "Nobody is in this group yet.")
	b.Post("/admin/groups/new", "name", "on-call", "label", "").Is(http.StatusUnprocessableEntity).Sees("There is a group of this name already")

	b.Open("/admin/groups/on-call")
	b.Submit("Review…", "Usernames or email addresses", "Grace, "+a.Admin.Email+"\nj.smith gone grace@example.org").
		Sees("1 line is not a user:", "j.smith", "In the recycle bin, and left out: gone.", "2 users")
	b.Submit("Add 2 people").At("/admin/groups/on-call").Sees("2 people added to On call.", "2 members.", "added by "+a.Admin.Username)
	b.Submit("Review…", "Usernames or email addresses", "grace").Sees("is already in the group.", "There is nobody to change.")
	b.Post("/admin/groups/on-call/members", "action", "remove", "version", "1").Is(http.StatusConflict).Sees("Nobody is selected.")

	b.Open("/admin/users/"+grace.ID).Sees("On call", "added grace to the group “on-call”")
	b.Open("/admin/users?group=on-call").Sees("2 users: in group on-call")
	b.Open("/admin/groups").Sees("1 group, sorted by name")
	b.Follow("On call")
	b.Open("/admin/groups/on-call/edit")
	b.Submit("Save changes", "Label", "Night shift").At("/admin/groups/on-call").Sees("Night shift")
	b.Post("/admin/groups/on-call/edit", "label", "Late", "version", "1").Is(http.StatusConflict).Sees("Somebody else has changed this group", "Night shift")
	b.Post("/admin/groups/on-call/members", "user", grace.ID, "action", "remove", "confirm", "1", "version", "1").Is(http.StatusConflict)
	b.Post("/admin/groups/on-call/members", "user", grace.ID, "action", "remove", "version", "2").Is(http.StatusOK)
	b.Submit("Remove 1 person").At("/admin/groups/on-call").Sees("1 person removed from Night shift.")

	b.Open("/admin/groups/on-call/delete").Sees("1 person loses it.")
	b.Post("/admin/groups/on-call/delete", "version", "1").Is(http.StatusConflict)
	b.Open("/admin/groups/on-call/delete")
	b.Submit("Delete group").At("/admin/groups").Sees("The group Night shift has been deleted.")
	b.Get("/admin/groups/on-call").Is(http.StatusNotFound)
	b.Open("/admin/audit").Sees("Deleted the group “on-call”, which had 1 member", "label: On call → Night shift", "Removed the user from the group “on-call”")
}

// TestWE02_LabelsOfGroupsStayText wherever they are shown.
func TestWE02_LabelsOfGroupsStayText(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace := a.AddUser("grace")
	evil := `<img src=x onerror=alert(1)>"'`
	addGroup(t, a, "evil", evil, grace)
	b := administratorAt(a)
	for _, path := range []string{"/admin/groups", "/admin/groups/evil", "/admin/groups/evil/edit", "/admin/groups/evil/delete", "/admin/users", "/admin/users/" + grace.ID, "/admin/audit"} {
		if b.Open(path); strings.Contains(b.Body, "<img src=x") {
			t.Errorf("%s has markup of a label", path)
		}
	}
	for _, label := range []string{"\u202egnp.exe", "a\x00b", strings.Repeat("x", 101), "\u200b"} {
		b.Post("/admin/groups/new", "name", "more", "label", label)
		if b.Status != http.StatusUnprocessableEntity && b.Status != http.StatusBadRequest {
			t.Errorf("label %q: %d", label, b.Status)
		}
	}
	for _, address := range []string{"/admin/groups?sort=evil", "/admin/groups?after=a&before=b", "/admin/groups/evil?after=a&before=b", "/admin/users?group=A%3Cb"} {
		b.Get(address).Is(http.StatusBadRequest)
	}
}

// TestGroups_PagesOfMembers goes through more members, and groups, than a page has.
func TestGroups_PagesOfMembers(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var all []*apptest.User
	for i := range 30 {
		all = append(all, a.AddUser(fmt.Sprintf("person%02d", i)))
		addGroup(t, a, fmt.Sprintf("team-%02d", i), "")
	}
	addGroup(t, a, "everybody", "", all...)
	b := administratorAt(a)
	b.Open("/admin/groups/everybody").Sees("25 of 30 members", "person24").SeesNot("person25")
	b.Follow("Next →").Sees("person25", "person29").SeesNot("person24")
	b.Follow("← Previous").Sees("person00")
	b.Open("/admin/groups").Sees("25 of 31 groups", "team-23").SeesNot("team-24")
	b.Follow("Next →").Sees("team-29")
	b.Follow("← Previous").Sees("everybody")
	b.Open("/admin/groups?sort=-members").Sees("members, most first")
	b.Open("/admin/groups?q=team+29").Sees("1 group: “team 29”")
	b.Open("/admin/groups?q=nothing").Sees("No group matches.")
}
