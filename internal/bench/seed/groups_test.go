package seed

import (
	"path/filepath"
	"testing"

	"latchkey/internal/store"
)

// TestGroups_LikeJoined: everybody is in as many different groups as was asked for, and the groups
// count those who are not in the recycle bin, as triggers would have.
func TestGroups_LikeJoined(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := Command{Users: 1500, Groups: 7, GroupsEach: 3, Data: filepath.Join(folder, "data")}
	if _, err := c.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Data, "latchkey.db")
	for what, text := range map[string]string{
		"too few or too many groups": `SELECT u.username FROM users u WHERE (SELECT count(*) FROM group_members m WHERE m.user_num = u.num) <> 3`,
		"a wrong count":              `SELECT g.name FROM user_groups g WHERE g.members <> (SELECT count(*) FROM group_members m JOIN users u ON u.num = m.user_num WHERE m.group_name = g.name AND u.deleted_at = 0)`,
		"nobody in it":               `SELECT g.name FROM user_groups g WHERE g.members < 100`,
		"rows of nobody":             `SELECT "table" FROM pragma_foreign_key_check`,
	} {
		if got := texts(t, path, text); len(got) > 0 {
			t.Errorf("%s: %v", what, got)
		}
	}
	if got := texts(t, path, `SELECT name FROM user_groups ORDER BY members DESC LIMIT 1`); len(got) != 1 || got[0] != everybody {
		t.Errorf("the largest group is %v", got)
	}
	for _, wrong := range []Command{{Groups: 2, GroupsEach: 3}, {Groups: 500, GroupsEach: store.MaxGroupsOf + 1}} {
		wrong.Data = filepath.Join(folder, "wrong")
		if _, err := wrong.Fill(t.Context()); err == nil {
			t.Errorf("%d groups, %d each: no error", wrong.Groups, wrong.GroupsEach)
		}
	}
}
