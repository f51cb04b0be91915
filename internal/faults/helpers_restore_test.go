package faults

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archiveIn is an archive in the data folder, which is copied with it.
func archiveIn(data string) string { return filepath.Join(data, "archive.tar") }

// archiveBeside is one in a folder that has nothing else in it.
func archiveBeside(data string) string {
	folder := filepath.Join(filepath.Dir(data), "archives")
	_ = os.Mkdir(folder, 0o700) // if it is not there, the backup says so
	return filepath.Join(folder, "archive.tar")
}

// restoredBeside is the folder that an archive is restored into.
func restoredBeside(data string) string { return filepath.Join(filepath.Dir(data), "restored") }

// refusedInOneLine wants a command to fail with one line that has these words.
func refusedInOneLine(out string, err error, words string) error {
	if err == nil || strings.Count(out, "\n") != 0 || !strings.Contains(out, words) {
		return fmt.Errorf("%v, %q; want one line with %q", err, out, words)
	}
	return nil
}

// backedUpAgain makes the backup once more: it is made, or refused because it is there already.
func backedUpAgain(t *testing.T, data string) {
	t.Helper()
	path := archiveBeside(data)
	_, err := os.Lstat(path)
	there := err == nil
	out, err := command(t, data, "backup", path)
	if there {
		err = refusedInOneLine(out, err, "there is such a file already")
	}
	if err != nil {
		t.Errorf("the backup once more (there: %v): %v: %s", there, err, out)
	}
}

// archiveIsWhole wants one whole archive that nobody else may read, and nothing left over by the
// backup that was killed.
func archiveIsWhole(t *testing.T, p people) error {
	path := archiveBeside(p.data)
	if out, err := command(t, p.data, "backup", "--verify", path); err != nil {
		return fmt.Errorf("backup --verify: %w: %s", err, out)
	}
	if about, err := os.Stat(path); err != nil || about.Mode() != 0o600 {
		return fmt.Errorf("%v, %v", about, err)
	}
	must(t, p.data, "backup", filepath.Join(t.TempDir(), "next.tar")) // the next one clears up
	for _, pattern := range []string{filepath.Join(p.data, ".latchkey-backup-*"), filepath.Join(filepath.Dir(path), "*"), filepath.Join(filepath.Dir(path), ".*")} {
		left, err := filepath.Glob(pattern)
		if err != nil || len(left) > 0 && left[0] != path {
			return fmt.Errorf("left over: %q, %v", left, err)
		}
	}
	return nil
}

// restoredAgain looks at the folder as the restore that was killed left it. It is not there or
// empty, or the server refuses it in one line, and then the same restore is done once more; or it
// is whole.
func restoredAgain(t *testing.T, data string) {
	t.Helper()
	folder := restoredBeside(data)
	if found, _ := os.ReadDir(folder); len(found) > 0 {
		s, err := serve(t, folder, how{})
		if err == nil {
			s.kill()
			if s.setup != "" {
				t.Error("the server offers to set up a new instance in a folder that was being restored")
			}
			return
		}
		if !strings.Contains(err.Error(), "was cut off; run latchkey restore there once more") {
			t.Errorf("the server refuses the folder so: %v", err)
		}
	}
	if out, err := command(t, folder, "restore", archiveIn(data)); err != nil {
		t.Errorf("the restore once more: %v: %s", err, out)
	}
}

// restoredWhole wants a folder in which everything is and nothing is left over, and whose people
// can sign in.
func restoredWhole(t *testing.T, p people) error {
	if got := integrity(t, p.data); got != "ok" {
		return fmt.Errorf("integrity_check: %s", got)
	}
	if out, err := command(t, p.data, "audit", "verify"); err != nil {
		return fmt.Errorf("audit verify: %s", out)
	}
	if left, err := filepath.Glob(filepath.Join(p.data, "*restoring*")); err != nil || len(left) > 0 {
		return fmt.Errorf("left over: %q, %v", left, err)
	}
	s := start(t, p.data, how{})
	defer s.kill()
	s.ready(t, http.StatusOK)
	if b, a := p.users[0].signIn(s, 1); !b.signedIn() {
		return fmt.Errorf("%s is answered %d", p.users[0].name, a.status)
	}
	db := database(t, p.data)
	defer db.Close()
	if got, want := value(t, db, `SELECT count(*) FROM users`), fmt.Sprint(len(p.users)+len(p.administrators)); got != want {
		return fmt.Errorf("%s users, want %s", got, want)
	}
	if got := value(t, db, `SELECT count(*) FROM audit_log WHERE event = 'restore.done'`); got != "1" {
		return fmt.Errorf("%s rows tell of the restore", got)
	}
	return nil
}
