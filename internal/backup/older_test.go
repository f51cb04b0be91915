package backup

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/migrations"
)

// olderSchema is what an older program wrote.
const olderSchema = 33

// adds finds what a migration adds to the schema.
var adds = regexp.MustCompile(`(?m)^(?:CREATE (?:UNIQUE )?(TABLE|INDEX|TRIGGER) (\w+)|ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+))`)

// older takes away what later migrations added to a database.
func older(t *testing.T, path string) {
	t.Helper()
	files, err := fs.Glob(migrations.SQLite(), "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no migrations: %v", err)
	}
	var all strings.Builder
	for _, name := range files {
		if number, err := strconv.Atoi(name[:4]); err != nil || number <= olderSchema {
			continue
		}
		text, err := fs.ReadFile(migrations.SQLite(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range adds.FindAllStringSubmatch(string(text), -1) {
			if m[1] != "" {
				fmt.Fprintf(&all, "DROP %s IF EXISTS %s;\n", m[1], m[2])
			} else {
				fmt.Fprintf(&all, "ALTER TABLE %s DROP COLUMN %s;\n", m[3], m[4])
			}
		}
	}
	change(t, path, "PRAGMA foreign_keys = OFF; "+all.String()+fmt.Sprintf("DELETE FROM goose_db_version WHERE version_id > %d", olderSchema))
}

// An archive of an older version is looked through, and what is restored from it is of this one.
func TestRestore_AnOlderSchema(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	err := i.DB.Tx(t.Context(), func(tx *store.Tx) error {
		return tx.AddUser(store.NewUser{ID: "u", Username: "ursula", Role: user.RoleUser, CreatedAt: now(), ChangedAt: now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	today, copied := i.backup(t).Schema, filepath.Join(t.TempDir(), "copy")
	if err := i.DB.Copy(t.Context(), copied, nil); err != nil {
		t.Fatal(err)
	}
	older(t, copied)
	path := filepath.Join(t.TempDir(), "older.tar")
	from, err := os.Open(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeArchive(to, Manifest{Made: now(), Version: "0.1", Schema: olderSchema, Users: 1}, i.Ring, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	whole := read(t, path)
	v, err := Verify(t.Context(), path, nil, by())
	if err != nil || v.Copied.Schema != olderSchema || v.Copied.Users != 1 || v.HeadSeq != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	folder := filepath.Join(t.TempDir(), "to")
	r, err := Restore(t.Context(), Target{Folder: folder}, path, nil, by())
	if err != nil || r.Copied != v.Copied {
		t.Fatalf("%+v, %v", r, err)
	}
	db := opened(t, folder)
	if schema, err := db.Schema(); err != nil || schema != today {
		t.Errorf("schema %d, %v, want %d", schema, err, today)
	}
	if u, err := db.UserByName("ursula"); err != nil || u.ID != "u" {
		t.Errorf("%+v, %v", u, err)
	}
	for seq, want := range map[int64]audit.Event{2: audit.DatabaseMigrated, 3: audit.RestoreDone} {
		if e, _, _, err := db.AuditEntry(seq); err != nil || e.Event != want || e.ActorName != by().ActorName {
			t.Errorf("row %d: %+v, %v, want %s", seq, e, err, want)
		}
	}
	if string(read(t, path)) != string(whole) {
		t.Error("the archive was changed")
	}
}
