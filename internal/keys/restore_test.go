package keys_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/backup"
	"latchkey/internal/keys"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// backedUp makes a backup of a program that runs.
func backedUp(t *testing.T, a *apptest.App) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.tar")
	_, err := backup.Make(context.Background(), backup.Source{DB: a.DB, Folder: a.Folder, Version: "test", Cores: 1}, path, nil, a.Clock.Now(), nil)
	must(t, err)
	return path
}

// restored restores a backup and opens it as the next start does. Every authenticator in it opens.
func restored(t *testing.T, a *apptest.App, path string, users ...*apptest.User) *program.Program {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	_, err := backup.Restore(context.Background(), backup.Target{Folder: folder}, path, nil, entry(a))
	must(t, err)
	p, err := program.Open(context.Background(), folder, program.Options{Create: true, Cost: apptest.Cost, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { p.Close() })
	must(t, errors.Join(p.CompareHead(time.Now()), p.NoteKeys(context.Background(), time.Now())))
	for _, u := range users {
		rows, err := p.DB.Authenticators(u.ID)
		must(t, err)
		text, err := p.Instance.OpenTOTP(rows[0].Sealed, u.ID, rows[0].ID)
		if err != nil || string(text) != string(u.Secret) {
			t.Errorf("the authenticator of %s: %v", u.Username, err)
		}
	}
	all, err := keys.List(context.Background(), p.Instance)
	must(t, err)
	for kind, n := range all.Lost {
		if n > 0 {
			t.Errorf("%d %s are under no key", n, kind)
		}
	}
	if _, _, err := p.DB.VerifyAudit(context.Background(), p.Instance.Ring, ""); err != nil {
		t.Error(err)
	}
	return p
}

// TestCR04_RestoredAndRotated: a backup has the ring of its time, whether the keys were rotated before
// it or after it, and what was restored can be rotated and rekeyed as well.
func TestCR04_RestoredAndRotated(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	other := process(t, a)
	_, err := keys.Note(context.Background(), other, entry(a), a.Clock.Now())
	must(t, err)
	before := backedUp(t, a)
	rotation, err := keys.Rotate(context.Background(), other, entry(a))
	must(t, err)
	between := backedUp(t, a)
	_, err = keys.Rekey(context.Background(), other, entry(a), nil)
	must(t, err)
	after := backedUp(t, a)
	for path, want := range map[string]int{before: 1, between: 2, after: 2} {
		p := restored(t, a, path, alice, a.Admin)
		if got := p.Instance.Ring.IDs(); len(got) != want || want == 2 && got[1] != rotation.New {
			t.Errorf("the ring is %v, want %d keys", got, want)
		}
		e := entry(a)
		e.At = time.Now()
		again, err := keys.Rotate(context.Background(), p.Instance, e)
		if err != nil || again.Finished || again.New == rotation.New {
			t.Errorf("Rotate: %+v, %v", again, err)
		}
		done, err := keys.Rekey(context.Background(), p.Instance, e, nil)
		if err != nil || done.Sealed[store.KeptAuthenticators] != 2 || done.Unopened > 0 {
			t.Errorf("Rekey: %+v, %v", done, err)
		}
	}
	// The key file of an older backup beside the database of now is refused.
	old := restored(t, a, before)
	text, err := os.ReadFile(program.KeyPath(filepath.Dir(old.DB.Path())))
	must(t, err)
	path := filepath.Join(t.TempDir(), "latchkey.key")
	must(t, os.WriteFile(path, text, 0o600))
	ring, err := secret.LoadRing(path)
	must(t, err)
	value, err := a.DB.Meta("key_check")
	must(t, err)
	if len(ring.IDs()) != 1 || ring.Matches(value) {
		t.Error("the key file from before the rotation is taken")
	}
}

// TestCR04_BackedUpWhileRotated: whenever a backup is made, every value in it has its key beside it.
func TestCR04_BackedUpWhileRotated(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	other := process(t, a)
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() {
		for ctx.Err() == nil {
			_, err := keys.Rotate(context.Background(), other, entry(a))
			if err == nil {
				_, err = keys.Rekey(context.Background(), other, entry(a), nil)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	var paths []string
	for range 3 {
		paths = append(paths, backedUp(t, a))
	}
	stop()
	working.Wait()
	for _, path := range paths {
		restored(t, a, path, alice, a.Admin)
	}
}
