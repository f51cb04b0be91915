package backup

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"latchkey/internal/audit"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// opened opens a folder as the next start would, and checks that its chain holds.
func opened(t *testing.T, folder string) *store.DB {
	t.Helper()
	ring, _, err := program.OpenFolder(t.Context(), folder, false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), program.DatabasePath(folder), ring, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, _, err := db.VerifyAudit(t.Context(), ring, ""); err != nil {
		t.Error(err)
	}
	return db
}

func TestRestore_IntoAFolderThatIsEmptyOrMissing(t *testing.T) {
	t.Parallel()
	i, id := newInstance(t), identity(t)
	m := i.backup(t, id.Recipient())
	empty := t.TempDir()
	os.Chmod(empty, 0o755)
	if err := os.Mkdir(filepath.Join(empty, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{filepath.Join(t.TempDir(), "new", "data"), empty} {
		r, err := Restore(t.Context(), Target{Folder: folder}, m.Path, []age.Identity{id}, by())
		if err != nil || r.Copied != m.Copied || len(r.Refill) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		for name, want := range map[string]os.FileMode{"": 0o700 | os.ModeDir, "latchkey.db": 0o600, "latchkey.key": 0o600, "latchkey.head": 0o600} {
			if about, err := os.Stat(filepath.Join(folder, name)); err != nil || about.Mode() != want {
				t.Errorf("%s: %v, %v", name, about, err)
			}
		}
		if got := names(t, folder); len(got) > 4 {
			t.Errorf("left over: %q", got)
		}
		db := opened(t, folder)
		e, _, _, err := db.AuditEntry(m.HeadSeq + 1)
		if err != nil || e.Event != audit.RestoreDone || e.ActorName != "cli:test" || e.Detail("backup") != "backup" {
			t.Errorf("%+v, %v", e, err)
		}
	}
}

func TestRestore_Refusals(t *testing.T) {
	t.Parallel()
	i, id, other := newInstance(t), identity(t), identity(t)
	plain, sealed := i.backup(t), i.backup(t, id.Recipient())
	full, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	for path := range map[string]bool{filepath.Join(full, "precious"): true, file: true} {
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	running, lost := t.TempDir(), t.TempDir()
	lock, err := program.LockFolder(running)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := os.WriteFile(program.KeyPath(lost), i.Ring.KeyFile(), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(t.TempDir(), "missing")
	for _, c := range []struct {
		folder, path, want string
		ids                []age.Identity
	}{
		{full, plain.Path, "is not empty: it has precious", nil},
		{lost, plain.Path, "is not empty: it has latchkey.key", nil},
		{i.Path, plain.Path, "is not empty", nil},
		{file, plain.Path, "is not a directory", nil},
		{running, plain.Path, "another latchkey server is using", nil},
		{missing, sealed.Path, "it is encrypted; name the file of its identity", nil},
		{missing, sealed.Path, "neither the identity nor the passphrase given opens it", []age.Identity{other}},
		{missing, missing, "no such file", nil},
		{missing, full, "is not a file", nil},
		{missing, file, "is damaged", nil},
		{missing, i.DB.Path(), "use another backup", nil},
	} {
		_, err := Restore(t.Context(), Target{Folder: c.folder}, c.path, c.ids, by())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a folder is left")
	}
	if got := names(t, full); len(got) != 1 || len(names(t, lost)) != 1 || len(names(t, running)) != 0 {
		t.Errorf("changed: %q", got)
	}
}

// A restore that was cut off leaves a folder in which nothing starts and which can be restored into
// again, wherever it was.
func TestRestore_CutOff(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	m := i.backup(t)
	for name, files := range map[string][]string{
		"the copy":     {"latchkey.db.restoring"},
		"its log":      {"latchkey.db.restoring", "latchkey.db.restoring-wal", "latchkey.db.restoring-shm", "latchkey.key.restoring"},
		"half a head":  {"latchkey.db.restoring", "latchkey.key.restoring", ".latchkey.head-1131268752"},
		"the head":     {"latchkey.db.restoring", "latchkey.key.restoring", "latchkey.head"},
		"between both": {"latchkey.db.restoring", "latchkey.key", "latchkey.head"},
	} {
		folder := odd(t)
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(folder, f), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, create := range []bool{true, false} {
			if _, _, err := program.OpenFolder(t.Context(), folder, create); err == nil || !strings.Contains(err.Error(), "run latchkey restore there once more") {
				t.Errorf("%s: a server starts: %v", name, err)
			}
		}
		if got := names(t, folder); len(got) != len(files) {
			t.Errorf("%s: changed to %q", name, got)
		}
		if _, err := Restore(t.Context(), Target{Folder: folder}, m.Path, nil, by()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := names(t, folder); !slices.Equal(got, []string{"latchkey.db", "latchkey.head", "latchkey.key"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A restore that is stopped leaves the folder as it was.
func TestRestore_Stopped(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	m, folder := i.backup(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Restore(ctx, Target{Folder: folder}, m.Path, nil, by()); err == nil || len(names(t, folder)) > 0 {
		t.Errorf("%v, %q", err, names(t, folder))
	}
	if _, err := Make(ctx, i.Source, filepath.Join(folder, "a"), nil, now(), nil); err == nil || len(names(t, folder)) > 0 {
		t.Errorf("%v, %q", err, names(t, folder))
	}
}

// With a stream from which the log can be refilled, the row of the restore waits: it would take the
// place of the first that comes back.
func TestRestore_LeavesRoomForARefill(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	err := i.DB.Tx(t.Context(), func(tx *store.Tx) error {
		_, err := tx.AddStream(store.Stream{ID: secret.ID(), Name: "archive", Kind: "file", Address: "x", State: store.StreamRunning, StateAt: now()})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m, folder := i.backup(t), filepath.Join(t.TempDir(), "to")
	r, err := Restore(t.Context(), Target{Folder: folder}, m.Path, nil, by())
	if err != nil || !slices.Equal(r.Refill, []string{"archive"}) {
		t.Fatalf("%+v, %v", r, err)
	}
	db := opened(t, folder)
	if seq, mac, err := db.AuditHead(); err != nil || seq != m.HeadSeq || mac != m.HeadMAC {
		t.Errorf("the log went on: %d %v", seq, err)
	}
	if who, name, err := db.PendingRestore(); who != "cli:test" || name != "backup" || err != nil {
		t.Errorf("%q %q %v", who, name, err)
	}
	if at, err := db.Restored(); err != nil || !at.Equal(by().At) {
		t.Errorf("restored %v, %v", at, err)
	}
}
