package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ready asks /readyz until it answers so, and returns the text.
func ready(t *testing.T, s *server, status int) string {
	t.Helper()
	var got int
	var text []byte
	if !within(20*time.Second, 50*time.Millisecond, func() bool {
		answer, err := http.Get(s.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		got = answer.StatusCode
		text, err = io.ReadAll(answer.Body)
		return err == nil && got == status
	}) {
		t.Fatalf("/readyz: %d %s, want %d", got, text, status)
	}
	return string(text)
}

// The key file is looked at while the ring is still in memory.
func TestAV05_KeyFileSwappedWhileRunning(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := start(t, folder)
	ready(t, s, http.StatusOK)
	key := filepath.Join(folder, "data", "latchkey.key")
	for name, swap := range map[string]func() error{
		"deleted": func() error { return os.Rename(key, key+"-away") },
		"another": func() error {
			text, err := os.ReadFile(key)
			if err == nil {
				err = os.Rename(key, key+"-away")
			}
			last := len(text) - 10
			text[last] = map[bool]byte{true: 'B', false: 'A'}[text[last] == 'A']
			return errors.Join(err, os.WriteFile(key, text, 0o600))
		},
		"readable": func() error {
			copyFile(t, key, key+"-away")
			return os.Chmod(key, 0o644)
		},
	} {
		if err := swap(); err != nil {
			t.Fatal(err)
		}
		if text := ready(t, s, http.StatusServiceUnavailable); !strings.Contains(text, "key file") {
			t.Errorf("%s: %s", name, text)
		}
		s.waitLog(t, "before the server stops, because nothing can open the database")
		logged(t, s)
		if err := os.Rename(key+"-away", key); err != nil {
			t.Fatal(err)
		}
		ready(t, s, http.StatusOK)
	}
}

// A database that is written over in its place keeps its name and number: that its log
// lost rows tells. Nothing more is acknowledged, and the next start makes it harmless.
func TestAV05_DatabaseWrittenOverWhileRunning(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	s := start(t, folder)
	withUser(t, folder, "grace", "admin")
	s.stop(t)
	copyFile(t, filepath.Join(data, "latchkey.db"), filepath.Join(folder, "backup.db"))
	s = start(t, folder)
	if _, status := signIn(t, s, time.Now()); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	s.stop(t)
	s = start(t, folder)
	db := database(t, folder)
	if _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	// As sqlite3's .restore does it: by transactions of SQLite, in the same file.
	if _, err := db.Exec(`ATTACH ? AS old; DROP TRIGGER audit_no_delete; DELETE FROM audit_log WHERE seq > (SELECT max(seq) FROM old.audit_log); DETACH old`,
		filepath.Join(folder, "backup.db")); err != nil {
		t.Fatal(err)
	}
	if text := ready(t, s, http.StatusServiceUnavailable); !strings.Contains(text, "deleted or replaced") {
		t.Error(text)
	}
	if _, status := signIn(t, s, time.Now().Add(30*time.Second)); status == http.StatusSeeOther {
		t.Error("somebody signed in")
	}
	s.waitLog(t, "was replaced by an older copy while it was in use")
	s.signal(syscall.SIGTERM)
	s.wait() // with an error: the last row could not be written
	s = start(t, folder)
	s.waitLog(t, "the database is older than the last run")
}
