package attack

import (
	"strings"
	"testing"

	"latchkey/internal/apptest"
)

// TestLO06_GroupsInFiles: names of groups can begin with a hyphen, which spreadsheets take for
// a formula. The copy of one's own data names one's groups, and nobody who put one there.
func TestLO06_GroupsInFiles(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	grace, linus := a.AddUser("grace"), a.AddUser("linus")
	addGroup(t, a, "support", "Help desk", grace)
	addGroup(t, a, "-2-3", "=1+1", grace)
	b := administratorAt(a)
	for path, want := range map[string]string{
		"/admin/users.csv?group=support":   ",\"'-2-3,support\",",
		"/admin/users.jsonl?group=support": `"groups":"-2-3,support"`,
	} {
		if text := b.Get(path).Body; !strings.Contains(text, want) || strings.Contains(text, "linus") || strings.Count(text, "grace@") != 1 {
			t.Errorf("%s: %s", path, text)
		}
	}
	for u, want := range map[*apptest.User]string{grace: `"name": "support",`, linus: `"groups": []`} {
		mine := a.Browser()
		mine.SignIn(u)
		if text := mine.Get("/profile/data.json").Body; !strings.Contains(text, want) || strings.Contains(text, a.Admin.Username) {
			t.Errorf("%s: %s", u.Username, text)
		}
	}
	b.Open("/admin/audit").Sees("Exported 1 user as CSV")
}

// TestGroups_FromAFile: a page imports groups as the command does.
func TestGroups_FromAFile(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addGroup(t, a, "support", "")
	b := administratorAt(a)
	file := "username;email;groups\nida;ida@example.org;support\njo;jo@example.org;night-shift\n"
	b.Upload("/admin/users/import", "file", "people.csv", file, "invite", "1")
	b.Open(b.Header.Get("Location")).Sees("There is no group night-shift.")
	b.Upload("/admin/users/import", "file", "people.csv", file, "invite", "1", "make_groups", "1")
	b.Open(b.Header.Get("Location")).Sees("Will be in night-shift.")
	b.Submit("Import 2 users")
	b.Open("/admin/groups").Sees("2 groups", "night-shift")
	b.Open("/admin/groups/night-shift").Sees("1 member.", "jo@example.org")
}
