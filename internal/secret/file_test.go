package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCR02_RingSurvivesItsFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "latchkey.key")
	made, err := CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("mode %v, %v; want a plain file of 0600", info.Mode(), err)
	}
	read, err := LoadRing(path)
	if err != nil || !read.Matches(made.CheckValue()) {
		t.Fatalf("LoadRing: %v; matches %v", err, read != nil && read.Matches(made.CheckValue()))
	}
	if _, err := CreateRing(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateRing over a file = %v, want ErrExist", err)
	}
	if again, err := LoadRing(path); err != nil || !again.Matches(made.CheckValue()) {
		t.Errorf("the refused CreateRing changed the file: %v", err)
	}
}

func TestCR02_CreateRingFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "latchkey.key")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if _, err := CreateRing(link); err == nil {
		t.Error("CreateRing wrote through a dangling link")
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the target of the link: %v, want none", err)
	}
}

func TestCR04_TheFileIsReplacedWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "latchkey.key")
	first, err := CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	second := first.Add()
	if err := ReplacePrivate(path, textOf(second.keys())); err != nil {
		t.Fatal(err)
	}
	read, err := LoadRing(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(second.MACs(PurposeCheck, "x"), read.MACs(PurposeCheck, "x")); diff != "" {
		t.Errorf("keys and their order (-saved +read):\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files left in the directory, %v; want 1", len(entries), err)
	}
}

func TestReplacePrivateThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "latchkey.head")
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := ReplacePrivate(path, "x"); err == nil {
		t.Error("a directory was replaced")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d entries left, %v; want the directory only", len(entries), err)
	}
	if err := ReplacePrivate(filepath.Join(dir, "missing", "latchkey.head"), "x"); err == nil {
		t.Error("a file was made in a missing directory")
	}
}

func TestCR02_LoadRingRefusesWhatOthersCanReach(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if _, err := CreateRing(good); err != nil {
		t.Fatal(err)
	}
	for bit := os.FileMode(0o001); bit <= 0o040; bit <<= 1 {
		if err := os.Chmod(good, 0o600|bit); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, good, "chmod 600")
	}
	if err := os.Chmod(good, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadRing(good); err != nil {
		t.Errorf("mode 0400: %v", err)
	}
	link, pipe := filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.Symlink(good, link), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, link, "not a regular file")
	wantRefusal(t, pipe, "not a regular file")
	wantRefusal(t, dir, "not a regular file")
	wantRefusal(t, filepath.Join(dir, "none"), "backup")
}

func TestCR02_LoadRingRefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	one, two := encode(random(32)), encode(random(32))
	const head = fileHeader + "\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", "does not begin"},
		{"binary", string(random(32)), "does not begin"},
		{"another version", "latchkey-keys 2\nk1 " + one + "\n", "does not begin"},
		{"no key", head, "cut short"},
		{"cut in a key", head + "k1 " + one[:20], "cut short"},
		{"cut in the second key", head + "k1 " + one + "\nk2 " + two[:20], "cut short"},
		{"short key", head + "k1 " + encode(random(16)) + "\n", "16 bytes"},
		{"long key", head + "k1 " + encode(random(33)) + "\n", "33 bytes"},
		{"zero key", head + "k1 " + encode(make([]byte, 32)) + "\n", "repeated"},
		{"filled key", head + "k1 " + encode([]byte(strings.Repeat("x", 32))) + "\n", "repeated"},
		{"zero key after a good one", head + "k1 " + one + "\nk2 " + encode(make([]byte, 32)) + "\n", "line 3"},
		{"doubled key", head + "k1 " + one + "\nk2 " + one + "\n", "line 3: the key or its ID is there twice"},
		{"doubled id", head + "k1 " + one + "\nk1 " + two + "\n", "twice"},
		{"no id", head + " " + one + "\n", "not a key"},
		{"dotted id", head + "k.1 " + one + "\n", "not a key"},
		{"not base64", head + "k1 " + strings.Repeat("!", 43) + "\n", "base64url"},
		{"empty line", head + "\nk1 " + one + "\n", "not a key"},
		{"endless", head + strings.Repeat("k1 "+one+"\n", 2000), "too long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "latchkey.key")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, path, test.want)
		})
	}
}

// wantRefusal checks that the file is refused in one line that holds want and no
// base64 of key length.
func wantRefusal(t *testing.T, path, want string) {
	t.Helper()
	ring, err := LoadRing(path)
	if err == nil || ring != nil {
		t.Errorf("LoadRing(%s) took it; want a refusal with %q", filepath.Base(path), want)
		return
	}
	if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, "\n") {
		t.Errorf("LoadRing(%s) = %q; want one line with %q", filepath.Base(path), text, want)
	}
	if info, statErr := os.Lstat(path); statErr != nil || !info.Mode().IsRegular() {
		return // reading a pipe would wait for ever
	}
	if content, readErr := os.ReadFile(path); readErr == nil {
		for _, word := range strings.Fields(string(content)) {
			if len(word) > 20 && strings.Contains(err.Error(), word) {
				t.Errorf("the error shows the content: %q", err)
			}
		}
	}
}
