package faults

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/factor"
)

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
			if !*long && !running {
				continue
			}
			title := name + " while it runs"
			if !running {
				title = name + " between two runs"
			}
			t.Run(title, func(t *testing.T) {
				t.Parallel()
				j := jump{people: instance(t), clock: clock(filepath.Join(t.TempDir(), "clock")), by: by, running: running}
				j.clock.set(t, 0)
				j.start(t)
				j.before(t)
				j.sets(t, by)
				j.wrong(t)
				j.sets(t, 0)
				j.right(t)
			})
		}
	}
}

// jump is a clock that is set wrong and right again, and what people have from before.
type jump struct {
	people
	clock   clock
	by      time.Duration
	running bool // the server

	s               *server
	used            string // code of anna
	session         *browser
	half            *browser // of bob, who owes the code
	invitation      string
	invitationWrong string // made under the wrong clock
	events          int
	met             *browser // signed in under the wrong clock
}

func (j *jump) start(t *testing.T) {
	t.Helper()
	j.s = start(t, j.data, how{program: movable(t), env: []string{"TESTCLOCK=" + string(j.clock)}})
}

func (j *jump) restart(t *testing.T) {
	t.Helper()
	if err := j.s.stop(t); err != nil {
		t.Error(err)
	}
	j.start(t)
}

// sets sets the clock, and waits until the server has noticed.
func (j *jump) sets(t *testing.T, by time.Duration) {
	t.Helper()
	if j.running {
		j.s.hush()
		j.clock.set(t, by)
		j.s.waitLog(t, "the clock was set")
	} else {
		if err := j.s.stop(t); err != nil {
			t.Error(err)
		}
		j.clock.set(t, by)
		j.start(t)
	}
	j.s.ready(t, http.StatusOK)
}

// invites returns the path of the link of somebody new.
func (j *jump) invites(desk *browser, name string) string {
	a := desk.post("/admin/users/new", "username", name, "name", "", "email", "", "role", "user", "first_sign_in", "link")
	return "/invite/" + between(desk.get(a.to).body, "/invite/", "<")
}

func (j *jump) before(t *testing.T) {
	t.Helper()
	anna, bob, dora := &j.users[0], &j.users[1], &j.users[3]
	var a answer
	j.used = anna.code(0)
	if j.session, a = anna.signInAt(j.s, 0); !a.leads("/profile") {
		t.Fatal(a)
	}
	desk, _ := j.administrators[0].signInAt(j.s, 0)
	j.invitation = j.invites(desk, "nell")
	j.half = newBrowser(j.s)
	bob.begin(j.half)
	must(t, j.data, "user", "delete", "anna-8", "--yes")
	j.events, _ = strconv.Atoi(value(t, database(t, j.data), `SELECT count(*) FROM audit_log`))
	// Wrong passwords of a name, until it has to wait.
	for range 12 {
		newBrowser(j.s).post("/login", "username", dora.name, "password", "wrong")
	}
}

// wrong looks at everything under the wrong clock.
func (j *jump) wrong(t *testing.T) {
	t.Helper()
	anna, bob, carl := &j.users[0], &j.users[1], &j.users[2]
	if j.session.at(j.s).signedIn() {
		t.Error("a session goes on over the jump")
	}
	if j.by > 0 {
		if a := j.half.at(j.s).post("/login/code", "code", bob.codeAt(j.by)); a.leads("/profile") {
			t.Error("a pending sign-in goes on over the jump")
		}
		if a := newBrowser(j.s).get(j.invitation); a.leads("/invite") {
			t.Error("an invitation of ten years ago is good")
		}
	}
	for _, code := range []string{j.used, anna.codeAt(j.by)} { // with the clock back this is one of before
		b := newBrowser(j.s)
		anna.begin(b)
		if a := b.post("/login/code", "code", code); a.leads("/profile") && (j.by < 0 || code == j.used) {
			t.Error("a code from before works")
		}
	}
	if j.met, _ = carl.signInAt(j.s, j.by); !j.met.signedIn() { // never signed in before: that works at any time
		t.Error("somebody new cannot sign in under the wrong clock")
	}
	desk, _ := j.administrators[1].signInAt(j.s, j.by)
	j.invitationWrong = j.invites(desk, "nora")
	for range 12 {
		newBrowser(j.s).post("/login", "username", "anna-9", "password", "wrong")
	}
	if !within(patience, func() bool { return strings.Contains(j.s.said(), "clock") }) {
		t.Errorf("the log does not tell of the clock: %s", j.s.said())
	}
	if j.by > 0 {
		j.restart(t) // what is old is looked for at each start, and the newest events are of the wrong clock
		j.keeps(t)
	}
}

// keeps looks whether everything old is there.
func (j *jump) keeps(t *testing.T) {
	t.Helper()
	db := database(t, j.data)
	for what, want := range map[string]int{
		fmt.Sprintf(`audit_log WHERE seq <= %d`, j.events): j.events, `users WHERE deleted_at > 0`: 1, `links`: 1,
	} {
		if got, _ := strconv.Atoi(value(t, db, `SELECT count(*) FROM `+what)); got < want {
			t.Errorf("%s: %d are left of %d because of the clock", what, got, want)
		}
	}
}

// right looks at everything once the clock is right.
func (j *jump) right(t *testing.T) {
	t.Helper()
	anna, bob, carl := &j.users[0], &j.users[1], &j.users[2]
	j.keeps(t)
	if j.by > 0 {
		if j.met.at(j.s).signedIn() {
			t.Error("a session of the wrong clock goes on")
		}
		if a := newBrowser(j.s).get(j.invitationWrong); a.leads("/invite") {
			t.Error("an invitation works for ten years")
		}
		if j.session.at(j.s).signedIn() {
			t.Error("a session that was over is alive again")
		}
		if a := j.half.at(j.s).post("/login/code", "code", bob.codeAt(0)); a.leads("/profile") {
			t.Error("a pending sign-in that was over is alive again")
		}
		for _, one := range []*person{carl, bob} { // who signed in then, and who tried
			if b, a := one.signInAt(j.s, 30*time.Second); !b.signedIn() {
				t.Errorf("%s is locked out once the clock is right: %d %s", one.name, a.status, a.to)
			}
		}
	}
	if a := newBrowser(j.s).get(j.invitation); !a.leads("/invite") {
		t.Errorf("an invitation is lost because of the clock: %d %s", a.status, a.to)
	}
	a := newBrowser(j.s).post("/login", "username", "anna-9", "password", firstPassword)
	if wait := a.header.Get("Retry-After"); len(wait) > 3 {
		t.Errorf("guesses under the wrong clock close a name for %s s", wait)
	}
	b := newBrowser(j.s)
	anna.begin(b)
	if a := b.post("/login/code", "code", j.used); a.leads("/profile") {
		t.Error("a used code works once the clock is right")
	}
	must(t, j.data, "audit", "verify")
}
