package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v; want “%s”", what, err, want)
	}
}

// TestReadPrivate_SaysWhatIsWrong: no failure of the file system is taken for an empty file.
func TestReadPrivate_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("text of the file"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := ReadPrivate("secret", plain, 4)
	if string(text) != "text" || err != nil {
		t.Errorf("the first four bytes are %q, %v", text, err)
	}
	if open := opened(t, plain); open > 0 {
		t.Errorf("the file is still open, %d times", open)
	}
	_, err = ReadPrivate("secret", filepath.Join(dir, "none"), 4)
	wantError(t, "no file", err, "secret "+filepath.Join(dir, "none")+" is missing")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file is %v, which is not fs.ErrNotExist", err)
	}
	_, err = ReadPrivate("secret", filepath.Join(plain, "below"), 4)
	wantError(t, "a file in the place of a folder", err, "looking at secret")
	_, err = ReadPrivate("secret", "/proc/self/mem", 4) // a regular file that cannot be read
	if _, there := os.Stat("/proc/self/mem"); there == nil {
		wantError(t, "a file that cannot be read", err, "reading secret /proc/self/mem")
	}
}

// opened is how often this process has a file open.
func opened(t *testing.T, path string) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range all {
		if is, err := os.Readlink(fd); err == nil && is == path {
			n++
		}
	}
	return n
}

// TestReadPrivate_OpensWhatItLookedAt: a file that is put in the place of another one, or is
// made readable, between the look and the opening is not read.
func TestReadPrivate_OpensWhatItLookedAt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	if err := errors.Join(os.WriteFile(one, nil, 0o600), os.WriteFile(two, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	looks := 0
	p := private{what: "secret", path: one, shut: 0o077, look: func(string) (fs.FileInfo, error) { looks++; return os.Lstat(two) }}
	_, err := readPrivate(p, 4)
	wantError(t, "another file", err, "changed while it was opened")
	if looks != 5 {
		t.Errorf("a file that is another each time was looked at %d times", looks)
	}
	looks = 0
	p.look = func(path string) (fs.FileInfo, error) {
		if looks++; looks == 1 {
			return os.Lstat(two)
		}
		return os.Lstat(path)
	}
	if _, err = readPrivate(p, 4); err != nil || looks != 2 {
		t.Errorf("a file that was replaced once: %v after %d looks", err, looks)
	}
	looks = 0
	p.look = func(path string) (fs.FileInfo, error) {
		looks++
		info, err := os.Lstat(path)
		return info, errors.Join(err, os.Chmod(path, 0o644))
	}
	_, err = readPrivate(p, 4)
	wantError(t, "another mode", err, "has mode 0644")
	if looks != 2 {
		t.Errorf("a file that was made readable was looked at %d times", looks)
	}
	p.look = func(path string) (fs.FileInfo, error) {
		info, err := os.Lstat(two)
		return info, errors.Join(err, os.Remove(path))
	}
	_, err = readPrivate(p, 4)
	wantError(t, "deleted meanwhile", err, "opening secret "+one)
}

// TestReadMounted_FollowsALinkAndReadsWhatAGroupMay: a secret that is mounted is a link to a
// file that the group may read. Neither is so for our own files, and a plain file has no such
// group.
func TestReadMounted_FollowsALinkAndReadsWhatAGroupMay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(file, []byte("x"), 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mode          fs.FileMode
		plain, linked bool // is it read?
	}{
		{0o600, true, true}, {0o400, true, true}, {0o440, false, true}, {0o640, false, true},
		{0o620, false, false}, {0o610, false, false}, {0o604, false, false}, {0o602, false, false}, {0o601, false, false},
	} {
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadMounted("secret", file, 4); (err == nil) != c.plain {
			t.Errorf("%o: %v", c.mode, err)
		}
		if _, err := ReadMounted("secret", link, 4); (err == nil) != c.linked {
			t.Errorf("%o behind a link: %v", c.mode, err)
		}
		if _, err := ReadPrivate("secret", link, 4); err == nil {
			t.Errorf("%o: ReadPrivate follows a link", c.mode)
		}
	}
	_, err := ReadMounted("secret", filepath.Join(dir, "none"), 4)
	wantError(t, "no file", err, "is missing")
}

// TestWriteAll_TellsWhatTheDiskDidNotTake: a full disk, and a file that is closed.
func TestWriteAll_TellsWhatTheDiskDidNotTake(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	wantError(t, "a full disk", writeAll(full, "x"), "no space")
	if err := full.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after a failure the file is open: %v", err)
	}
	wantError(t, "a closed file", writeAll(full, ""), "closed")
	reader, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	wantError(t, "what cannot be brought to a disk", writeAll(pipe, "x"), "invalid argument")
	wantError(t, "no folder", syncDir(filepath.Join(t.TempDir(), "none", "x")), "no such file")
	wantError(t, "no file", syncFile(filepath.Join(t.TempDir(), "x")), "no such file")
}

// TestLoadRing_OfTheLargestSize: 64 KB are read whole, and one byte more is refused.
func TestLoadRing_OfTheLargestSize(t *testing.T) {
	t.Parallel()
	const bytes = 64 << 10
	var text strings.Builder
	text.WriteString(fileHeader + "\n")
	for text.Len() < bytes-300 {
		text.WriteString(ID() + " " + encode(random(keySize)) + "\n")
	}
	pad := func(n int) string {
		return strings.Repeat("a", bytes-text.Len()-n) + " " + encode(random(keySize)) + "\n"
	}
	last := pad(len(encode(random(keySize))) + 2)
	if _, err := parseRing([]byte(text.String() + last)); err != nil {
		t.Errorf("%d bytes: %v", text.Len()+len(last), err)
	}
	_, err := parseRing([]byte(text.String() + "a" + last))
	wantError(t, "a byte more", err, "too long")
	path := filepath.Join(t.TempDir(), "latchkey.key")
	for want, file := range map[string]string{"": text.String() + last, "too long": text.String() + "a" + last} {
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadRing(path); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("a file of %d bytes: %v", len(file), err)
		}
	}
}

func TestRing_IDsHaveEightCharacters(t *testing.T) {
	t.Parallel()
	r := NewRing().Add()
	for _, id := range r.IDs() {
		if len(id) != 8 {
			t.Errorf("an ID is %q", id)
		}
	}
	if ids := r.IDs(); len(ids) != 2 || r.Newest() != ids[1] {
		t.Errorf("of %q the newest is %q", ids, r.Newest())
	}
}
