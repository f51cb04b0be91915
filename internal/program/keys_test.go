package program

import (
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/keys"
	"latchkey/internal/password"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// TestCR04_TheRunningServerTakesUpAKey that somebody added who was cut off before the database was told: it
// uses the key at its first look, and writes that down at the second, once.
func TestCR04_TheRunningServerTakesUpAKey(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	log := slog.New(slog.NewTextHandler(&said, nil))
	folder := t.TempDir()
	p, err := Open(t.Context(), folder, Options{Create: true, Cost: password.DefaultCost(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := errors.Join(p.CompareHead(time.Now()), p.NoteKeys(t.Context(), time.Now())); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(KeyPath(folder))
	if err != nil {
		t.Fatal(err)
	}
	other, err := secret.LoadRing(KeyPath(folder))
	if err != nil {
		t.Fatal(err)
	}
	id, err := rotate(other)
	if err != nil {
		t.Fatal(err)
	}
	w := watch{program: p, log: log}
	for _, want := range []string{id, "", ""} { // what the database does not know of
		w.look()
		if err := w.noteKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Unnoted(p.Instance); err != nil || got != want || p.Instance.Ring.Newest() != id {
			t.Errorf("unnoted: %q, %v; want %q. The newest key is %s", got, err, want, p.Instance.Ring.Newest())
		}
	}
	rows, err := p.DB.AuditEntries(t.Context(), store.AuditFilter{Event: audit.KeysRotated, Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].ActorName != "server" || rows[0].Detail("key") != id {
		t.Errorf("rows: %+v, %v", rows, err)
	}
	if strings.Contains(said.String(), "level=ERROR") || strings.Count(said.String(), "there is a new key") != 1 {
		t.Errorf("the log says %q", &said)
	}
	// The file from before is no rotation.
	said.Reset()
	if err := secret.ReplacePrivate(KeyPath(folder), string(before)); err != nil {
		t.Fatal(err)
	}
	w.look()
	w.look()
	if strings.Count(said.String(), "level=ERROR") != 1 || p.Instance.Ring.Newest() != id {
		t.Errorf("the log says %q", &said)
	}
}

// rotate adds a key to the key file, as somebody does who comes no further.
func rotate(r *secret.Ring) (string, error) {
	lock, err := r.Lock()
	if err != nil {
		return "", err
	}
	id, err := lock.Rotate()
	return id, errors.Join(err, lock.Unlock())
}
