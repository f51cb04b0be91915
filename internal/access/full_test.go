package access

import (
	"database/sql"
	"path/filepath"
	"testing"

	"latchkey/internal/store"
)

// TestEX01_TenThousandAreEnough: with as many applications or groups the next one is refused, and
// nothing is written down of it; once one is gone, there is room.
func TestEX01_TenThousandAreEnough(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	h := houseAt(t, path)
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, table := range []string{"applications (slug, name,", "user_groups (name, label,"} {
		_, err := raw.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
			INSERT INTO ` + table + ` sort_key, search_text, created_at, changed_at) SELECT 'n' || i, 'n' || i, '', '', 0, 0 FROM n`)
		if err != nil {
			t.Fatal(err)
		}
	}
	one := wiki()
	one.Groups = nil
	addApplication := func(tx *store.Tx) error { return AddApplication(tx, h.by, one) }
	addGroup := func(tx *store.Tx) error { return AddGroup(tx, h.by, "late", "") }
	h.refused("There are 10,000 applications already. Delete one first", addApplication)
	h.refused("There are 10,000 groups already. Delete one first", addGroup)
	if _, err := raw.Exec(`DELETE FROM applications WHERE slug = 'n1'; DELETE FROM user_groups WHERE name = 'n1'`); err != nil {
		t.Fatal(err)
	}
	h.do(addApplication)
	h.do(addGroup)
}
