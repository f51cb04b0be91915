package faults

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tmpfs mounts a small disk of that size until the test ends. It skips the test where nobody
// may mount; `.ci/run` fails there.
func tmpfs(t testing.TB, size string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "latchkey-faults", at).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", at).CombinedOutput(); err != nil {
			t.Errorf("unmounting: %v %s", err, out)
		}
	})
	return at
}

// fill writes a file until the disk is full, and returns what removes it.
func fill(t testing.TB, disk string) (free func()) {
	t.Helper()
	path := filepath.Join(disk, "filler")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; { // page by page at the end
		if _, err = io.WriteString(file, strings.Repeat("x", size)); err != nil {
			size /= 16
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return func() {
		t.Helper()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// failing has every write of a process to its files fail with an error, such as EROFS, until
// the returned function is called.
func failing(t testing.TB, s *server, errno string, calls string) (mend func()) {
	t.Helper()
	x := attachWith(t, s, "-e", "trace="+calls, "-e", "inject="+calls+":error="+errno)
	return x.leave
}

// remount makes a disk read-only, with "ro", or not, with "rw".
func remount(t testing.TB, disk, as string) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "remount,"+as, disk).CombinedOutput(); err != nil {
		t.Fatalf("mounting it %s: %v %s", as, err, out)
	}
}
