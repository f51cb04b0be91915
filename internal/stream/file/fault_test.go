package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"latchkey/internal/stream/delivery"
)

// TestST01_WhatTheDiskDidNotTakeIsWrittenAgain has the disk fail once. The kernel reports that once, and
// takes the lines for written from then on.
func TestST01_WhatTheDiskDidNotTakeIsWrittenAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	d := New(path)
	defer d.Close()
	send(t, d, 1)
	d.sync = func(f *os.File) error { d.sync = (*os.File).Sync; return syscall.EIO }
	if taken, err := d.Send(t.Context(), 0, messages(2)); taken != 0 || !errors.Is(err, syscall.EIO) {
		t.Errorf("taken %d, %v", taken, err)
	}
	holds(t, path, content(1))
	send(t, d, 2)
	holds(t, path, content(1, 2))
}

// TestST04_WhatIsNoFileIsNotRead has a pipe that nobody writes to, a link and a folder in the file's place,
// and a line without end.
func TestST04_WhatIsNoFileIsNotRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	elsewhere := filepath.Join(folder, "elsewhere")
	if err := os.WriteFile(elsewhere, []byte(content(1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, lay := range map[string]func(path string) error{
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"link":   func(path string) error { return os.Symlink(elsewhere, path) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"zeroes": func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 2<<30)) },
	} {
		path := filepath.Join(folder, name)
		if err := lay(path); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := NewSource(path).Read(t.Context(), delivery.Query{From: delivery.Position{Origin: delivery.Earliest}}, func(delivery.Began) error { return nil }, func(delivery.Received) error { n++; return nil })
		if n != 0 || err == nil || strings.Contains(err.Error(), folder) {
			t.Errorf("%s: %d lines, %v", name, n, err)
		}
	}
}
