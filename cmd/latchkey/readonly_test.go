package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readOnly runs the program where nothing in the folder can be written: on a mount of it
// for root, whom no mode keeps out, else with the folder's mode.
func readOnly(t *testing.T, folder string, args ...string) (out string, err error) {
	t.Helper()
	program, err := exec.LookPath("latchkey")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, append(args, "--data", folder)...)
	if os.Getuid() == 0 {
		script := `mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"`
		if exec.Command("unshare", "-m", "sh", "-c", script, folder, "true").Run() != nil {
			t.Skip("this root cannot mount")
		}
		command = exec.Command("unshare", append([]string{"-m", "sh", "-c", script, folder, program}, command.Args[1:]...)...)
	} else {
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(folder, 0o700)
	}
	command.Dir, command.Env = filepath.Dir(folder), append(os.Environ(), "TMPDIR="+t.TempDir())
	text, err := command.CombinedOutput()
	return string(text), err
}

// listing are the files of a folder.
func listing(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".latchkey.head-") { // the server writes its head file now and then
			names = append(names, e.Name())
		}
	}
	return names
}

// What only reads works on a mounted backup, beside a server, and on what a killed server
// left, and leaves no trace there.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	if out, err := exec.Command("bench", "seed", "--users", "20", "--audit", "20", "--data", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	people := filepath.Join(filepath.Dir(folder), "people.csv")
	if err := os.WriteFile(people, []byte("username,password_hash\nzed,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(when string) {
		before := listing(t, folder)
		for command, want := range map[string]string{
			"user list": "bench-admin", "user show bench-admin": "bench-admin", "user explain bench-admin": "bench-admin",
			"audit verify": "unbroken", "export users": "cannot be written", "export audit": "cannot be written",
			"import people.csv --dry-run": "nothing was changed",
		} {
			if out, err := readOnly(t, folder, strings.Fields(command)...); err != nil || !strings.Contains(out, want) {
				t.Errorf("%s, %s: %v\n%.500s", command, when, err, out)
			}
		}
		if out, err := readOnly(t, folder, "user", "disable", "bench-admin"); err == nil || strings.Contains(out, "try again") || strings.Count(out, "\n") != 1 {
			t.Errorf("a command that writes, %s: %v\n%s", when, err, out)
		}
		if after := listing(t, folder); !slices.Equal(before, after) {
			t.Errorf("%s: files %q, then %q", when, before, after)
		}
	}
	read("closed in good order")
	s, err := startServer(filepath.Dir(folder), "--data", folder)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		read("beside a server")
	}
	s.kill()
	read("after a kill")
	if err := os.Remove(filepath.Join(folder, "latchkey.db-shm")); err != nil {
		t.Fatal(err)
	}
	read("with a log and without its index")
}
