package faults

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// denies wants a server that can save nothing to say so, to let nobody in and to go on
// showing pages to who is in.
func denies(t *testing.T, what string, s *server, in *browser, stranger *person) {
	t.Helper()
	half := newBrowser(s)
	for path, a := range map[string]answer{
		"/login":             half.post("/login", "username", stranger.name, "password", firstPassword),
		"/login (wrong)":     newBrowser(s).post("/login", "username", stranger.name, "password", "wrong"),
		"/security/password": in.copied().post("/security/password", "current_password", firstPassword, "new_password", "nine small lamps at sea"),
		"/profile/edit":      in.copied().post("/profile/edit", "name", "Changed", "email", ""),
		"/logout":            in.copied().post("/logout"),
	} {
		if a.status != http.StatusServiceUnavailable || len(a.header.Values("Set-Cookie")) > 0 || !strings.Contains(a.body, "<title>") {
			t.Errorf("%s: %s is answered %d %s, cookies %q: %.200s", what, path, a.status, a.to, a.header.Values("Set-Cookie"), a.body)
		}
	}
	if a := in.copied().get("/profile"); a.status != http.StatusOK {
		t.Errorf("%s: /profile is answered %d", what, a.status)
	}
	if a := newBrowser(s).get("/login"); a.status != http.StatusOK {
		t.Errorf("%s: /login is answered %d", what, a.status)
	}
	if a := newBrowser(s).get("/healthz"); a.status != http.StatusOK {
		t.Errorf("%s: /healthz is answered %d", what, a.status)
	}
	s.ready(t, http.StatusServiceUnavailable)
	if panics := strings.Count(s.said(), "panic"); panics > 0 {
		t.Errorf("%s: %d panics: %s", what, panics, s.said())
	}
}

// recovers wants everything to work again, and what was tried meanwhile to have used up nothing.
func recovers(t *testing.T, what string, s *server, in *browser, p *person) {
	t.Helper()
	s.ready(t, http.StatusOK)
	if !in.signedIn() {
		t.Errorf("%s: the session from before is gone", what)
	}
	if b, a := p.signIn(s, 0); !b.signedIn() {
		t.Errorf("%s: %s is answered %d %s afterwards", what, p.name, a.status, a.to)
	}
}

// TestAV04_FullDisk fills a small disk under the server, and takes the filling away again.
func TestAV04_FullDisk(t *testing.T) {
	t.Parallel()
	disk := tmpfs(t, "12m")
	p := instance(t).copied(t, filepath.Join(disk, "data"))
	s := start(t, p.data, how{})
	in := p.users[0].must(t, s, 0)
	half := newBrowser(s)
	p.users[2].begin(half)
	s.hush()
	free := fill(t, disk)
	code := p.users[2].code(0)
	for range 40 { // what is left of a page in the log of the database
		if a := half.copied().post("/login/code", "code", code); a.status == http.StatusServiceUnavailable {
			break
		}
		half = newBrowser(s)
		p.users[2].begin(half)
	}
	denies(t, "a full disk", s, in, &p.users[1])
	s.waitLog(t, "free space on the disk of the data folder")
	if *long {
		t.Log(s.said())
	}
	if said := s.said(); strings.Count(said, "full") > 40 {
		t.Errorf("the log says it %d times: %.3000s", strings.Count(said, "full"), said)
	}
	free()
	recovers(t, "a full disk", s, in, &p.users[1])
	if got := integrity(t, p.data); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
	must(t, p.data, "audit", "verify")
	// A start that cannot write says so, and a later one finds everything.
	s.kill()
	free = fill(t, disk)
	if again, err := serve(t, p.data, how{}); err == nil {
		again.ready(t, http.StatusServiceUnavailable)
		again.kill()
	} else if text := refusal(t, "starting on a full disk", err); !strings.Contains(text, "full") || !strings.Contains(text, "free space") {
		t.Errorf("starting on a full disk: %s", text)
	}
	free()
	s = start(t, p.data, how{})
	recovers(t, "a start on a full disk", s, in.at(s), &p.users[3])
}

// refusal is the line in which a server says why it does not start. Before it there may be
// others of its log.
func refusal(t *testing.T, what string, err error) string {
	t.Helper()
	text := strings.TrimSpace(err.Error())
	last := text[strings.LastIndexByte(text, '\n')+1:]
	if !strings.HasPrefix(last, "latchkey: ") || strings.Contains(text, "panic") || strings.Contains(text, "goroutine") {
		t.Errorf("%s: it does not say why it does not start: %s", what, text)
	}
	return last
}

// TestAV05_CannotBeWritten has the kernel answer each write with an error while the server
// runs, as it does where a disk breaks, or is made read-only because of that.
func TestAV05_CannotBeWritten(t *testing.T) {
	t.Parallel()
	needStrace(t)
	for _, errno := range []string{"EROFS", "EIO"} {
		t.Run(errno, func(t *testing.T) {
			t.Parallel()
			p := instance(t)
			s := start(t, p.data, how{})
			in := p.users[0].must(t, s, 0)
			s.hush()
			mend := failing(t, s, errno, "pwrite64,fsync,fdatasync,ftruncate")
			denies(t, errno, s, in, &p.users[1])
			s.waitLog(t, "look whether the disk of the data folder works")
			mend()
			recovers(t, errno, s, in, &p.users[1])
			if got := integrity(t, p.data); got != "ok" {
				t.Errorf("integrity_check: %s", got)
			}
			must(t, p.data, "audit", "verify")
		})
	}
}

// TestAV05_ReadOnlyFolder starts where nothing can be written, and again where it can.
func TestAV05_ReadOnlyFolder(t *testing.T) {
	t.Parallel()
	disk := tmpfs(t, "12m")
	p := instance(t).copied(t, filepath.Join(disk, "data"))
	remount(t, disk, "ro")
	if _, err := serve(t, p.data, how{}); err == nil {
		t.Error("it starts on a folder that cannot be written")
	} else if text := refusal(t, "a read-only folder", err); !strings.Contains(text, "read-only") && !strings.Contains(text, "written") {
		t.Errorf("a read-only folder: %s", text)
	}
	remount(t, disk, "rw")
	s := start(t, p.data, how{})
	p.users[0].must(t, s, 0)
}

// TestAV05_LockedByAnother has another process hold the database, while the server runs and
// when it starts.
func TestAV05_LockedByAnother(t *testing.T) {
	t.Parallel()
	p := instance(t)
	s := start(t, p.data, how{})
	in := p.users[0].must(t, s, 0)
	db := database(t, p.data)
	db.SetMaxOpenConns(1)
	run := func(text string) {
		t.Helper()
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	run(`BEGIN IMMEDIATE`)
	a := newBrowser(s).post("/login", "username", p.users[1].name, "password", firstPassword)
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("a locked database: %d", a.status)
	}
	if !in.signedIn() {
		t.Error("reading stopped")
	}
	s.ready(t, http.StatusServiceUnavailable)
	s.waitLog(t, "end the other program that holds the database")
	run(`ROLLBACK`)
	recovers(t, "a locked database", s, in, &p.users[1])
	if err := s.stop(t); err != nil {
		t.Error(err)
	}
	run(`PRAGMA locking_mode = EXCLUSIVE`)
	run(`BEGIN EXCLUSIVE`)
	if _, err := serve(t, p.data, how{}); err == nil {
		t.Error("it starts on a locked database")
	} else if text := refusal(t, "starting on a locked database", err); !strings.Contains(text, "lock") {
		t.Errorf("starting on a locked database: %s", text)
	}
	run(`ROLLBACK`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, p.data, how{})
	if !in.at(s).signedIn() {
		t.Error("the session from before is gone")
	}
}

// moved takes a file away and returns what puts it back.
func moved(t *testing.T, path string) (back func()) {
	t.Helper()
	if err := os.Rename(path, path+"-away"); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.Rename(path+"-away", path); err != nil {
			t.Fatal(err)
		}
	}
}
