package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stop ends a server in good order.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.signal(syscall.SIGTERM)
	if err := s.wait(); err != nil {
		t.Fatal(err)
	}
}

// copyFile copies a file, over the other if there is one.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tryCommand runs a command on ./data of a folder that may fail, and returns all that it prints.
func tryCommand(folder string, args ...string) (string, error) {
	command := exec.Command("latchkey", append(args, "--data", "data")...)
	command.Dir, command.Env = folder, []string{"PATH=" + os.Getenv("PATH")}
	out, err := command.CombinedOutput()
	return string(out), err
}

// page returns the text of a page.
func (p *person) page(path string) string {
	p.t.Helper()
	answer, err := p.client.Get(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// logged returns what a server wrote since the file was last emptied, and empties it.
func logged(t *testing.T, s *server) string {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err == nil {
		err = os.Truncate(s.log, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// waitLog waits until the server has written this.
func (s *server) waitLog(t *testing.T, want string) {
	t.Helper()
	var text []byte
	var err error
	if !within(20*time.Second, 50*time.Millisecond, func() bool {
		text, err = os.ReadFile(s.log)
		return err == nil && strings.Contains(string(text), want)
	}) {
		t.Fatalf("the log does not say %q: %s, %v", want, text, err)
	}
}

// signIn signs grace in with the code of a time and returns the status of the code.
func signIn(t *testing.T, s *server, at time.Time) (p *person, status int) {
	t.Helper()
	p = newPerson(t, s.url)
	p.post("/login", "username", "grace", "password", testPassword)
	status, _ = p.post("/login/code", "code", code(t, testKey, at))
	return p, status
}

// An older database that was put back is noticed at the next start, whatever way; nothing
// from before works there, and what was used since cannot be used again.
func TestBA03_FilesPutBackByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		putBack func(t *testing.T, data string)
		said    string
	}{
		"older database": {func(*testing.T, string) {}, "the database is older than the last run"},
		"used elsewhere": {func(t *testing.T, data string) {
			elsewhere := filepath.Join(filepath.Dir(data), "elsewhere")
			if err := os.Mkdir(elsewhere, 0o700); err != nil {
				t.Fatal(err)
			}
			copyFile(t, filepath.Join(data, "latchkey.db"), filepath.Join(elsewhere, "latchkey.db"))
			copyFile(t, filepath.Join(data, "latchkey.key"), filepath.Join(elsewhere, "latchkey.key"))
			for range 8 {
				command := exec.Command("latchkey", "user", "unlock", "grace", "--data", elsewhere)
				command.Env = []string{"PATH=" + os.Getenv("PATH")}
				if out, err := command.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			copyFile(t, filepath.Join(elsewhere, "latchkey.db"), filepath.Join(data, "latchkey.db"))
		}, "the database is not the one of the last run"},
		"without the head": {func(t *testing.T, data string) {
			if err := os.Remove(filepath.Join(data, "latchkey.head")); err != nil {
				t.Fatal(err)
			}
		}, "latchkey.head is missing or unreadable"},
		"with a forged head": {func(t *testing.T, data string) {
			text := "latchkey-head 1\n1:a.b c.d\n"
			if err := os.WriteFile(filepath.Join(data, "latchkey.head"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "latchkey.head is missing or unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			data := filepath.Join(folder, "data")
			s := start(t, folder)
			withUser(t, folder, "grace", "admin")
			now := time.Now()
			before, status := signIn(t, s, now.Add(-30*time.Second))
			if status != http.StatusSeeOther {
				t.Fatalf("the code is answered %d", status)
			}
			s.stop(t)
			copyFile(t, filepath.Join(data, "latchkey.db"), filepath.Join(folder, "backup.db"))

			s = start(t, folder)
			if before.at(s).status("/profile") != http.StatusOK {
				t.Fatal("the session ended with the restart")
			}
			if _, status := signIn(t, s, now); status != http.StatusSeeOther {
				t.Fatalf("the second code is answered %d", status)
			}
			s.stop(t)
			if text := logged(t, s); strings.Contains(text, "put back") {
				t.Fatalf("nothing was put back yet: %s", text)
			}
			copyFile(t, filepath.Join(folder, "backup.db"), filepath.Join(data, "latchkey.db"))
			c.putBack(t, data)

			s = start(t, folder)
			if before.at(s).status("/profile") == http.StatusOK {
				t.Error("the session from before the backup works again")
			}
			if _, status := signIn(t, s, now); status != http.StatusUnprocessableEntity {
				t.Errorf("a code that was used since the backup is answered %d", status)
			}
			p, status := signIn(t, s, time.Now().Add(30*time.Second))
			if status != http.StatusSeeOther {
				t.Errorf("the next code is answered %d", status)
			}
			if page := p.page("/admin"); !strings.Contains(page, "Everyone was signed out") {
				t.Error("the overview does not tell of it")
			}
			if page := p.page("/admin/audit?event=restore.done"); !strings.Contains(page, "database") || !strings.Contains(page, "signed everyone out") {
				t.Error("the audit log does not tell of it")
			}
			if out := latchkey(t, folder, "audit", "verify"); !strings.Contains(out, "unbroken") {
				t.Error(out)
			}
			s.stop(t)
			if text := logged(t, s); !strings.Contains(text, c.said) || !strings.Contains(text, "if you did not put it back, find out who did") {
				t.Errorf("the log: %s", text)
			}
			s = start(t, folder)
			if p.at(s).status("/profile") != http.StatusOK {
				t.Error("the next start ended sessions again")
			}
			if text := logged(t, s); strings.Contains(text, "put back") {
				t.Errorf("the next start says it again: %s", text)
			}
		})
	}
}

// What is behind the head file is normal: a kill between a commit and the file, at any
// time, and commands while the server is stopped.
func TestBA03_NoFalseAlarm(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := start(t, folder)
	withUser(t, folder, "grace", "admin")
	p, status := signIn(t, s, time.Now())
	if status != http.StatusSeeOther {
		t.Fatal(status)
	}
	for range 3 {
		latchkey(t, folder, "user", "unlock", "grace")
		p.at(s).post("/profile/edit", "name", "Grace "+time.Now().String(), "email", "")
		s.kill()
		latchkey(t, folder, "user", "unlock", "grace")
		s = start(t, folder)
		if status := p.at(s).status("/profile"); status != http.StatusOK {
			t.Errorf("/profile answers %d", status)
		}
	}
	if text := logged(t, s); strings.Contains(text, "put back") {
		t.Error(text)
	}
	info, err := os.Stat(filepath.Join(folder, "data", "latchkey.head"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the head file: %v, %v", info, err)
	}
}

// audit verify compares with the head file as well: the sealed head of an older copy is
// genuine.
func TestLO03_AnOlderCopyDoesNotVerify(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	s := start(t, folder)
	s.stop(t)
	copyFile(t, filepath.Join(data, "latchkey.db"), filepath.Join(folder, "backup.db"))
	latchkey(t, folder, "user", "add", "ada")
	latchkey(t, folder, "audit", "verify")
	copyFile(t, filepath.Join(folder, "backup.db"), filepath.Join(data, "latchkey.db"))
	if out, err := tryCommand(folder, "audit", "verify"); err == nil || !strings.Contains(out, "latchkey.head tells of, is missing") {
		t.Errorf("%v: %s", err, out)
	}
	latchkey(t, folder, "user", "add", "bob") // a command leaves it to the server
	if out, err := tryCommand(folder, "audit", "verify"); err == nil {
		t.Error(out)
	}
}
