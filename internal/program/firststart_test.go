package program

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// started is a whole data folder, by the names of its files.
func startedFolder(t *testing.T) map[string][]byte {
	t.Helper()
	folder := t.TempDir()
	if _, _, err := OpenFolder(t.Context(), folder, true); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range []string{"latchkey.key", "latchkey.db"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Fatalf("a first start leaves %v, %v", entries, err)
	}
	return files
}

// TestAV05_AFirstStartThatWasCutOffIsMadeAnew puts the files of every moment at which a
// first start can be cut off into a folder, and starts again.
func TestAV05_AFirstStartThatWasCutOffIsMadeAnew(t *testing.T) {
	t.Parallel()
	whole := startedFolder(t)
	key, database := whole["latchkey.key"], whole["latchkey.db"]
	for name, files := range map[string]map[string][]byte{
		"nothing":                 {},
		"an empty key":            {"latchkey.key.new": nil},
		"half a key":              {"latchkey.key.new": key[:30]},
		"a key":                   {"latchkey.key.new": key},
		"an empty database":       {"latchkey.key.new": key, "latchkey.db.new": nil},
		"its first page":          {"latchkey.key.new": key, "latchkey.db.new": database[:4096], "latchkey.db.new-wal": nil, "latchkey.db.new-shm": nil},
		"a log":                   {"latchkey.key.new": key, "latchkey.db.new": database[:4096], "latchkey.db.new-wal": database, "latchkey.db.new-shm": key},
		"a journal":               {"latchkey.key.new": key, "latchkey.db.new": database[:4096], "latchkey.db.new-journal": database},
		"both":                    {"latchkey.key.new": key, "latchkey.db.new": database},
		"the key under its name":  {"latchkey.key": key, "latchkey.db.new": database},
		"cut off while cleaning":  {"latchkey.db.new": database, "latchkey.db.new-shm": nil},
		"on the top of a volume":  {"latchkey.key.new": key, "lost+found": nil},
		"a folder that is begun":  {"latchkey.key": key, "latchkey.key.new": nil, "latchkey.db.new": nil},
		"the log of a dead start": {"latchkey.db.new-wal": database},
	} {
		folder := fill(t, files)
		if _, _, err := OpenFolder(t.Context(), folder, false); err == nil || !strings.Contains(err.Error(), "there is no database in") {
			t.Errorf("%s: a command says %v", name, err)
		}
		ring, _, err := OpenFolder(t.Context(), folder, true)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		opens(t, name, folder, ring)
	}
}

// TestAV05_WhatWasUsedIsNeverMadeAnew: a key without its database, a database without its
// key, an emptied one, and what is none of ours.
func TestAV05_WhatWasUsedIsNeverMadeAnew(t *testing.T) {
	t.Parallel()
	whole := startedFolder(t)
	key, database := whole["latchkey.key"], whole["latchkey.db"]
	for words, files := range map[string]map[string][]byte{
		"has a key but no database":             {"latchkey.key": key},
		"has a key but no database; ":           {"latchkey.key": key, "latchkey.key.new": key},
		"has a database but no key":             {"latchkey.db": database},
		"has a database but no key; put":        {"latchkey.db": database, "latchkey.key.new": key, "latchkey.db.new": database},
		"is damaged: it is empty":               {"latchkey.key": key, "latchkey.db": nil},
		"is damaged: it is empty; ":             {"latchkey.key": key, "latchkey.db": nil, "latchkey.db.new": nil},
		"is not empty and has no database":      {"latchkey.key.new": key, "latchkey.db-wal": nil},
		"is not empty and has no database; cho": {"letter.txt": nil},
	} {
		folder := fill(t, files)
		if _, _, err := OpenFolder(t.Context(), folder, true); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", words, err)
		}
		for name, want := range files {
			if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(got) != string(want) {
				t.Errorf("%q: %s was changed, %v", words, name, err)
			}
		}
	}
}

func fill(t *testing.T, files map[string][]byte) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// opens makes sure that a folder has a key and its database, and nothing else.
func opens(t *testing.T, name, folder string, ring *secret.Ring) {
	t.Helper()
	db, err := store.Open(t.Context(), DatabasePath(folder), ring, false)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if err := db.Close(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, path := range madeFirst(folder) {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %s is left", name, filepath.Base(path))
		}
	}
}
