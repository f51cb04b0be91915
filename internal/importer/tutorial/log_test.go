package tutorial

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestEX03_LogsAreReadAsSQLiteDoes reads databases with a log in which pages were written
// several times, the database grew and shrank, and the last transaction is torn.
func TestEX03_LogsAreReadAsSQLiteDoes(t *testing.T) {
	t.Parallel()
	const fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 300) INSERT INTO users (username, full_name) SELECT 'user%d-'||i, hex(zeroblob(100)) FROM n"
	for _, size := range []int{512, 4096, 65536} {
		path := filepath.Join(t.TempDir(), "x.db")
		db, err := sql.Open("sqlite3", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		for _, s := range []string{
			fmt.Sprintf("PRAGMA page_size=%d", size), "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", usersTable,
			fmt.Sprintf(fill, 1), "DELETE FROM users WHERE id % 3 = 0", fmt.Sprintf(fill, 2), "DELETE FROM users WHERE id > 250", "VACUUM", "UPDATE users SET role = 'admin'",
		} {
			if _, err := db.Exec(s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
		var want int
		if err := db.QueryRow("SELECT count(*) FROM users").Scan(&want); err != nil {
			t.Fatal(err)
		}
		rows, err := readAll(path)
		if err != nil || len(rows) != want || rows[0].Role != "admin" {
			t.Errorf("pages of %d: %d rows of %d, %v", size, len(rows), want, err)
		}
		if _, err := db.Exec(fmt.Sprintf(fill, 3)); err != nil {
			t.Fatal(err)
		}
		torn := filepath.Join(t.TempDir(), "torn.db")
		for _, suffix := range []string{"", "-wal"} {
			text, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if suffix != "" {
				text = text[:len(text)-100]
			}
			if err := os.WriteFile(torn+suffix, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if rows, err := readAll(torn); err != nil || len(rows) != want {
			t.Errorf("pages of %d, the last transaction torn: %d rows of %d, %v", size, len(rows), want, err)
		}
	}
}
