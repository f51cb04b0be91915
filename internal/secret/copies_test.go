package secret

import (
	"crypto/hmac"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCR04_AKeyFileTravels: what an archive holds of the keys is a ring again, and what is no
// key file is not taken for one.
func TestCR04_AKeyFileTravels(t *testing.T) {
	t.Parallel()
	first := NewRing()
	both := first.Add()
	read, err := ReadKeyFile(both.KeyFile())
	if err != nil || read.Newest() != both.Newest() || !read.Matches(first.CheckValue()) || !read.Matches(both.CheckValue()) {
		t.Errorf("%v, %v", read, err)
	}
	if again, err := ReadKeyFile(both.KeyFile()[1:]); err == nil || again != nil {
		t.Errorf("a part of it is %v, %v", again, err)
	}
	path := filepath.Join(t.TempDir(), "latchkey.key")
	if err := both.Create(path); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != string(both.KeyFile()) {
		t.Errorf("the file is not what the ring says: %v", err)
	}
	wantError(t, "over a file", first.Create(path), "create the key file")
	wantError(t, "without a folder", first.Create(filepath.Join(path, "x")), "create the key file")
	if got, want := both.FirstMAC(PurposeLimit, "a"), first.MAC(PurposeLimit, "a"); got != want || !hmac.Equal([]byte(got), []byte(want)) {
		t.Errorf("under the oldest key it is %s, want %s", got, want)
	}
}

// TestCR04_TheOwnerStays: root may write the file anew, and the server still reads it.
func TestCR04_TheOwnerStays(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("not root")
	}
	const uid, gid = 12345, 12346
	path := filepath.Join(t.TempDir(), "latchkey.key")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, uid, gid); err != nil {
		t.Fatal(err)
	}
	if err := ReplacePrivate(path, "x"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != uid || owner.Gid != gid || info.Mode() != 0o600 {
		t.Errorf("it belongs to %d:%d, mode %v", owner.Uid, owner.Gid, info.Mode())
	}
	closed, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	wantError(t, "a file that cannot be given away", sameOwner(closed, path), "run this as the user the server runs as")
	if err := sameOwner(closed, closed.Name()); err != nil {
		t.Errorf("to its own owner: %v", err)
	}
	wantError(t, "no path", sameOwner(closed, filepath.Join(path, "x")), "not a directory")
	if err := sameOwner(closed, filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("where nothing was: %v", err)
	}
}

// TestReplacePrivate_OnlyWithinAFolder: what cannot be written leaves no file.
func TestReplacePrivate_OnlyWithinAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, strings.Repeat("x", 300)) // longer than a name can be
	if err := ReplacePrivate(name, "x"); err == nil {
		t.Error("a name of 300 characters")
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) > 0 {
		t.Errorf("%d files are left: %v", len(all), err)
	}
}
