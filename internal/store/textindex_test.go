package store

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/secret"
)

// TestSearchMigration_IndexesWhoWasThere brings a database up to date in which people are
// already, one of them with an invitation that still works.
func TestSearchMigration_IndexesWhoWasThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if err := protect(path, true); err != nil {
		t.Fatal(err)
	}
	old := sql.OpenDB(newConnector(path, "rw"))
	p, err := migrator(old)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 12); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"Γιώργος Σεφέρης", "欧阳娜娜", "Zoë Straße"} {
		_, err := old.Exec(`INSERT INTO users (id, username, name, sort_key, email, role, created_at) VALUES ($1, $2, $3, '', '', 'user', 1)`, fmt.Sprint("id", i), fmt.Sprint("user", i), name)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := old.Exec(`INSERT INTO links (token_hash, purpose, user_id, cred_version, created_at, ends_at) VALUES ('h', 'invite', 'id1', 1, 1, 5000000000000)`); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path, secret.NewRing(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for typed, want := range map[string]string{"ΓΙΩΡΓΟΣ": "user0 ", "ωρ": "user0 ", "娜": "user1 ", "strasse zoe": "user2 ", "user": "user0 user1 user2 "} {
		got, err := db.Users(t.Context(), UserFilter{Text: typed, Sort: SortUsername, Limit: 9})
		if names(got) != want || err != nil {
			t.Errorf("%q: %s, %v; want %s", typed, names(got), err, want)
		}
	}
	got, err := db.Users(t.Context(), UserFilter{Status: StatusExpired, Sort: SortUsername, Limit: 9, Now: start()})
	if names(got) != "user0 user2 " || err != nil {
		t.Errorf("invitations over: %s, %v", names(got), err)
	}
}

// TestGrams_AreThoseOfTheView: what fills the index of a large database in the program is
// what its triggers write and take out again.
func TestGrams_AreThoseOfTheView(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	for i, text := range []string{"ada lovelace", "x", "", "a\nb", "欧阳娜娜 ß", strings.Repeat("é-'\" ", 40)} {
		id := db.add(t, fmt.Sprint("user", i))
		db.sql(t, `UPDATE users SET search_text = $1 WHERE id = $2`, text, id)
		got := texts(t, db.DB, sqliteOnly(`SELECT coalesce(grams, '') FROM users_gram_texts ORDER BY num DESC LIMIT 1`))[0]
		if want := grams(text); text != "" && got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestInvitedUntil_FollowsTheLinks: a link that no longer works is no invitation.
func TestInvitedUntil_FollowsTheLinks(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna", func(n *NewUser) { n.Hash = "" })
	link := Link{TokenHash: "one", Purpose: PurposeInvite, UserID: id, CredVersion: 1, Created: start(), Ends: start().Add(5)}
	until := func(want int64) {
		t.Helper()
		if got := db.number(t, `SELECT invited_until FROM users WHERE id = $1`, id); got != want {
			t.Errorf("invited until %d, want %d", got, want)
		}
	}
	link.Ends = start().AddDate(0, 0, 1)
	db.must(t, func(tx *Tx) error { return tx.AddLink(link) })
	until(ms(link.Ends))
	link.TokenHash, link.Ends = "two", start().AddDate(0, 0, 3)
	db.must(t, func(tx *Tx) error { return tx.AddLink(link) })
	until(ms(link.Ends))
	db.sql(t, `UPDATE users SET cred_version = cred_version + 1 WHERE id = $1`, id)
	until(0)
	link.TokenHash, link.CredVersion = "three", 2
	db.must(t, func(tx *Tx) error { return tx.AddLink(link) })
	until(ms(link.Ends))
	db.must(t, func(tx *Tx) error { return tx.DropLinksTo(id, PurposeInvite) })
	until(0)
}

func texts(t *testing.T, db *DB, text string) []string {
	t.Helper()
	rows, err := db.q.query(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, func(row scanner) (one string, err error) { return one, row.Scan(&one) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}
