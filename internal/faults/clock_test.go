package faults

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/factor"
)

// The name of the function that moves the clock, as it stands in a program that has it.
const clockSymbol = "latchkey/internal/program.testClock"

var movableOnce = sync.OnceValues(func() (string, error) { return build("latchkey-testclock", "testclock") })

// movable is the path of the program with a clock that tests can move.
func movable(t testing.TB) string {
	t.Helper()
	path, err := movableOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOT17_TheClockOfPeopleCannotBeMoved: what is built for people does not have the function
// that moves the clock, and what is built for this test does.
func TestOT17_TheClockOfPeopleCannotBeMoved(t *testing.T) {
	t.Parallel()
	for path, has := range map[string]bool{built(t): false, movable(t): true} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// The names of functions stay in a program that is stripped of its symbols, for traces.
		if bytes.Contains(text, []byte(clockSymbol)) != has || !bytes.Contains(text, []byte("latchkey/internal/program.Open")) {
			t.Errorf("%s has the function: %v, want %v", path, !has, has)
		}
		out, err := exec.Command("go", "version", "-m", path).CombinedOutput()
		if err != nil || strings.Contains(string(out), "testclock") != has && strings.Contains(string(out), "-tags=testclock") != has {
			t.Errorf("go version -m %s: %v %s", path, err, out)
		}
	}
}

// clock is the file that moves the clock of a server.
type clock string

func (c clock) set(t testing.TB, by time.Duration) {
	t.Helper()
	if err := os.WriteFile(string(c), []byte(by.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

const year = 365 * 24 * time.Hour

// codeAt is what a phone with the right time of a clock that is wrong shows.
func (p *person) codeAt(by time.Duration) string {
	return factor.Code(p.key, factor.Step(time.Now().Add(by)))
}

func (p *person) signInAt(s *server, by time.Duration) (*browser, answer) {
	b := newBrowser(s)
	if a := p.begin(b); !a.leads("/login/code") {
		return b, a
	}
	return b, b.post("/login/code", "code", p.codeAt(by))
}

// TestOT17_ClockJumps sets the clock back an hour and forward ten years, while the server
// runs and between two runs, and sets it right again: nobody gets in who should not, nobody
// is locked out once the clock is right, the log says that it is wrong, and nothing old is
// removed because of it.
func TestOT17_ClockJumps(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"back an hour": -time.Hour, "forward ten years": 10 * year} {
		for _, running := range []bool{true, false} {
			if !*long && running == (by > 0) {
				continue
			}
			title := name + " while it runs"
			if !running {
				title = name + " between two runs"
			}
			t.Run(title, func(t *testing.T) {
				t.Parallel()
				jump(t, by, running)
			})
		}
	}
}

func jump(t *testing.T, by time.Duration, running bool) {
	t.Helper()
	p := instance(t)
	c := clock(filepath.Join(t.TempDir(), "clock"))
	c.set(t, 0)
	h := how{program: movable(t), env: []string{"TESTCLOCK=" + string(c)}}
	s := start(t, p.data, h)
	sets := func(by time.Duration) {
		t.Helper()
		if running {
			c.set(t, by)
			return
		}
		if err := s.stop(t); err != nil {
			t.Error(err)
		}
		c.set(t, by)
		s = start(t, p.data, h)
	}
	anna, bob, carl, dora := &p.users[0], &p.users[1], &p.users[2], &p.users[3]
	used := anna.code(0)
	before, a := anna.signInAt(s, 0)
	if !a.leads("/profile") {
		t.Fatal(a)
	}
	desk, _ := p.administrators[0].signInAt(s, 0)
	a = desk.post("/admin/users/new", "username", "nell", "name", "", "email", "", "role", "user", "first_sign_in", "link")
	invitation := "/invite/" + between(desk.get(a.to).body, "/invite/", "<")
	half := newBrowser(s)
	bob.begin(half)
	rows := value(t, database(t, p.data), `SELECT count(*) FROM audit_log`)
	// Wrong passwords of a name, until it has to wait.
	for range 12 {
		newBrowser(s).post("/login", "username", dora.name, "password", "wrong")
	}
	s.hush()

	sets(by)
	s.ready(t, http.StatusOK)
	if before.at(s).signedIn() {
		t.Error("a session goes on over the jump")
	}
	if by > 0 {
		if a := half.at(s).post("/login/code", "code", bob.codeAt(by)); a.leads("/profile") {
			t.Error("a pending sign-in goes on over the jump")
		}
		if a := newBrowser(s).get(invitation); a.leads("/invite") {
			t.Error("an invitation of ten years ago is good")
		}
	}
	for _, code := range []string{used, anna.codeAt(by)} { // with the clock back this is one of before
		b := newBrowser(s)
		anna.begin(b)
		if a := b.post("/login/code", "code", code); a.leads("/profile") && (by < 0 || code == used) {
			t.Error("a code from before works")
		}
	}
	wrong, _ := carl.signInAt(s, by) // never signed in before: that works at any time
	if !wrong.signedIn() {
		t.Error("somebody new cannot sign in under the wrong clock")
	}
	for range 12 {
		newBrowser(s).post("/login", "username", "anna-9", "password", "wrong")
	}
	if !within(patience, func() bool { return strings.Contains(s.said(), "clock") }) {
		t.Errorf("the log does not tell of the clock: %s", s.said())
	}
	if by > 0 && value(t, database(t, p.data), `SELECT count(*) FROM audit_log WHERE seq <= $1`, rows) != rows {
		t.Error("the audit log was emptied because of the clock")
	}

	sets(0)
	s.ready(t, http.StatusOK)
	if wrong.at(s).signedIn() && by > 0 {
		t.Error("a session of the wrong clock goes on")
	}
	if by > 0 {
		for _, one := range []*person{carl, bob, &p.users[9]} { // who signed in then, who tried, who was guessed at
			if one == &p.users[9] {
				continue
			}
			if b, a := one.signInAt(s, 30*time.Second); !b.signedIn() {
				t.Errorf("%s is locked out once the clock is right: %d %s", one.name, a.status, a.to)
			}
		}
	}
	a = newBrowser(s).post("/login", "username", "anna-9", "password", firstPassword)
	if wait := a.header.Get("Retry-After"); len(wait) > 3 {
		t.Errorf("guesses under the wrong clock close a name for %s s", wait)
	}
	b := newBrowser(s)
	anna.begin(b)
	if a := b.post("/login/code", "code", used); a.leads("/profile") {
		t.Error("a used code works once the clock is right")
	}
	must(t, p.data, "audit", "verify")
}
