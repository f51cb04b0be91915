package backup

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"latchkey/internal/audit"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// original is a data folder with an open database.
type original struct {
	Source
	Ring *secret.Ring
	Path string // of the folder
}

func now() time.Time { return time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC) }

// odd is an empty folder whose name patterns, addresses and SQL would read as something else.
func odd(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "[data] 'n\"%41?x=#*")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return folder
}

func newInstance(t *testing.T) *original {
	t.Helper()
	folder := odd(t)
	ring, _, err := program.OpenFolder(t.Context(), folder, true)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), program.DatabasePath(folder), ring, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	i := &original{Source{DB: db, Folder: folder, Version: "test", Cores: 2}, ring, folder}
	i.write(t, "first")
	return i
}

// write appends a row to the audit log.
func (i *original) write(t *testing.T, name string) {
	t.Helper()
	err := i.DB.Tx(context.Background(), func(tx *store.Tx) error {
		return tx.Audit(audit.Entry{At: now(), Event: audit.ServerStarted, Result: audit.ResultOK, ActorName: name})
	})
	if err != nil {
		t.Error(err)
	}
}

// backup makes one in a folder of its own.
func (i *original) backup(t *testing.T, recipients ...age.Recipient) Made {
	t.Helper()
	m, err := Make(t.Context(), i.Source, filepath.Join(t.TempDir(), "backup"), recipients, now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// by is whoever checks or restores.
func by() audit.Entry {
	return audit.Entry{At: now().Add(time.Hour), Result: audit.ResultOK, ActorName: "cli:test"}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// names are what stands in a folder.
func names(t *testing.T, folder string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// identity is somebody for whom archives are encrypted. Keys of archives are made up in tests only.
func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}
