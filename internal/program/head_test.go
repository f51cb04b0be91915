package program

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/secret"
)

// Only what this instance wrote is believed, whatever its mode.
func TestBA03_TheHeadFileIsSigned(t *testing.T) {
	t.Parallel()
	ring := secret.NewRing()
	f := newHeadFile(t.TempDir(), ring)
	if err := f.read(); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	want := head{1042, "k.mac"}
	if err := f.write(want); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.path, 0o644); err != nil {
		t.Fatal(err)
	}
	again := newHeadFile(filepath.Dir(f.path), ring.Add()) // a key that was added since changes nothing
	if err := again.read(); err != nil || again.noted != want {
		t.Fatalf("%v, %v", again.noted, err)
	}
	for what, bad := range map[string]string{
		"empty": "", "cut": string(text[:len(text)-3]), "another number": strings.Replace(string(text), "1042", "1041", 1), "another MAC": strings.Replace(string(text), "k.mac", "k.max", 1),
		"no header": strings.Replace(string(text), "latchkey-head 1", "latchkey-head 2", 1), "more": string(text) + "x", "no number": strings.Replace(string(text), "1042", "", 1),
	} {
		if err := os.WriteFile(f.path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		reading := newHeadFile(filepath.Dir(f.path), ring)
		if err := reading.read(); err == nil || reading.known || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.WriteFile(f.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := newHeadFile(filepath.Dir(f.path), secret.NewRing()).read(); err == nil {
		t.Error("another instance's file is believed")
	}
}

// A kill in the middle of a write leaves nothing that stays.
func TestHeadFileDropsLeftovers(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "[data]")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	f := newHeadFile(folder, secret.NewRing())
	left := filepath.Join(filepath.Dir(f.path), ".latchkey.head-123")
	if err := errors.Join(os.WriteFile(left, nil, 0o600), f.write(head{1, "x"}), f.dropLeftovers()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(f.path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
