package faults

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
)

// operation is something that is asked of the server, and what must hold after it was killed
// on the way.
type operation struct {
	name string
	// prepare does what comes before it, once.
	prepare func(t *testing.T, p people, s *server) prepared
}

type prepared struct {
	send func(s *server) bool // asks for it, and reports whether it was answered that it is done
	// judge looks at the server that was started again. It must have happened if it was
	// answered, and otherwise as a whole or not at all.
	judge func(s *server, db *sql.DB, f fate) error
}

var operations = []operation{
	{"signing in", prepareSignIn},
	{"enrolment", prepareEnrolment},
	{"password change", preparePassword},
	{"role change", prepareRole},
}

// TestAV03_KilledAtEverySync kills the server each time that it has written something to the
// disk on the way through an operation: after the first time, after the second, and so on,
// until it is answered before that many.
func TestAV03_KilledAtEverySync(t *testing.T) {
	t.Parallel()
	needStrace(t)
	for _, o := range operations {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			o.killAtEvery(t, syncs)
			if *long {
				o.killAtEvery(t, writes)
			}
		})
	}
}

func (o operation) killAtEvery(t *testing.T, calls string) {
	t.Helper()
	p := instance(t)
	s := start(t, p.data, how{})
	ready := o.prepare(t, p, s)
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	killed, happened := 0, 0
	for nth := 1; ; nth = next(nth, calls) {
		again := p.copied(t, filepath.Join(t.TempDir(), "data"))
		s := start(t, again.data, how{})
		x := attach(t, s, nth, calls)
		f := unknown
		if ready.send(s) {
			f = answered
		}
		enough := s.alive() && f == answered
		x.leave()
		s.kill()
		s = start(t, again.data, how{})
		s.ready(t, http.StatusOK)
		db := database(t, again.data)
		if err := ready.judge(s, db, f); err != nil {
			t.Errorf("%s, killed at %d of %s (%s): %v\nstrace: %s", o.name, nth, calls, f, err, x.text())
		}
		if got := integrity(t, again.data); got != "ok" {
			t.Errorf("%s, killed at %d of %s: integrity_check: %s", o.name, nth, calls, got)
		}
		must(t, again.data, "audit", "verify")
		s.kill()
		db.Close()
		if enough {
			break
		}
		killed++
		if f == answered {
			happened++
		}
	}
	if killed == 0 {
		t.Errorf("%s was killed nowhere", o.name)
	}
	if *long {
		t.Logf("%s: killed at %d places (%s)", o.name, killed, calls)
	}
}

// together wants values of the database that change together: all as before, or all as after.
func together(db *sql.DB, f fate, query string, args ...any) (after bool, err error) {
	got, err := one(db, query, args...)
	if err != nil {
		return false, err
	}
	return got == "after", want(f, got, "before", "after")
}

func prepareSignIn(t *testing.T, p people, s *server) prepared {
	anna := &p.users[0]
	b := newBrowser(s)
	if a := anna.begin(b); !a.leads("/login/code") {
		t.Fatal(a)
	}
	var code string
	return prepared{
		send: func(s *server) bool {
			code = anna.code(0)
			return b.copied().at(s).post("/login/code", "code", code).leads("/profile")
		},
		judge: func(s *server, db *sql.DB, f fate) error {
			after, err := together(db, f, `SELECT CASE sessions || ' ' || waiting || ' ' || used || ' ' || rows
				WHEN '0 1 0 0' THEN 'before' WHEN '1 0 1 1' THEN 'after' ELSE sessions || ' ' || waiting || ' ' || used || ' ' || rows END FROM (SELECT
				(SELECT count(*) FROM sessions WHERE user_id = u.id) AS sessions,
				(SELECT count(*) FROM pending_sign_ins WHERE user_id = u.id) AS waiting,
				(SELECT count(*) FROM authenticators WHERE user_id = u.id AND last_step > 0) AS used,
				(SELECT count(*) FROM audit_log WHERE subject_id = u.id AND event = 'login.code' AND result = 'ok') AS rows
				FROM users u WHERE username = $1)`, anna.name)
			if err != nil {
				return err
			}
			if after {
				f = answered
			}
			return once(f, func() bool {
				other := newBrowser(s)
				anna.begin(other)
				return other.post("/login/code", "code", code).leads("/profile")
			})
		},
	}
}

func prepareEnrolment(t *testing.T, p people, s *server) prepared {
	desk := p.administrators[0].must(t, s, 0)
	a := desk.post("/admin/users/new", "username", "nell", "name", "", "email", "", "role", "user", "first_sign_in", "link")
	token := between(desk.get(a.to).body, "/invite/", "<")
	b, nell := newBrowser(s), &person{name: "nell", passwords: []string{firstPassword}}
	b.get("/invite/" + token)
	if a := b.post("/invite", "new_password", firstPassword); !a.leads("/security/authenticators/new") {
		t.Fatal(a)
	}
	form, err := enrolmentForm(b)
	if err != nil {
		t.Fatal(err)
	}
	nell.key = form.key
	var code string
	confirm := func(s *server) bool {
		return b.copied().at(s).post("/security/authenticators/new", "enrollment", form.id, "label", "Phone", "code", code).leads("/security/recovery-codes")
	}
	return prepared{
		send: func(s *server) bool { code = nell.code(0); return confirm(s) },
		judge: func(s *server, db *sql.DB, f fate) error {
			after, err := together(db, f, `SELECT CASE enrolled || ' ' || waiting || ' ' || sessions || ' ' || rows
				WHEN '0 1 0 0' THEN 'before' WHEN '1 0 1 1' THEN 'after' ELSE enrolled || ' ' || waiting || ' ' || sessions || ' ' || rows END FROM (SELECT
				(SELECT count(*) FROM authenticators WHERE user_id = u.id) AS enrolled,
				(SELECT count(*) FROM pending_authenticators WHERE user_id = u.id) AS waiting,
				(SELECT count(*) FROM sessions WHERE user_id = u.id) AS sessions,
				(SELECT count(*) FROM audit_log WHERE subject_id = u.id AND event = 'authenticator.added') AS rows
				FROM users u WHERE username = 'nell')`)
			if err != nil {
				return err
			}
			if !after && !confirm(s) {
				return fmt.Errorf("it did not happen, and cannot be done now")
			}
			return once(answered, func() bool {
				other := newBrowser(s)
				nell.begin(other)
				return other.post("/login/code", "code", code).leads("/profile")
			})
		},
	}
}

func preparePassword(t *testing.T, p people, s *server) prepared {
	anna := &p.users[0]
	here, elsewhere := anna.must(t, s, 0), anna.must(t, s, 1)
	const after = "nine small lamps at sea"
	return prepared{
		send: func(s *server) bool {
			return here.copied().at(s).post("/security/password", "current_password", firstPassword, "new_password", after).leads("/security")
		},
		judge: func(s *server, _ *sql.DB, f fate) error {
			accepts := func(typed string) bool {
				q := person{name: anna.name, passwords: []string{typed}}
				return q.begin(newBrowser(s)).leads("/login/code")
			}
			old, new, others := accepts(firstPassword), accepts(after), elsewhere.at(s).signedIn()
			if old == new || old != others || f == answered && old {
				return fmt.Errorf("the old password is accepted: %v, the new one: %v, the other session: %v", old, new, others)
			}
			return nil
		},
	}
}

func prepareRole(t *testing.T, p people, s *server) prepared {
	desk, anna := p.administrators[0].must(t, s, 0), &p.users[0]
	hers := anna.must(t, s, 0)
	id := value(t, database(t, p.data), `SELECT id FROM users WHERE username = $1`, anna.name)
	path := "/admin/users/" + id + "/edit"
	version := between(desk.get(path).body, `name="version" value="`, `"`)
	return prepared{
		send: func(s *server) bool {
			return desk.copied().at(s).post(path, "username", anna.name, "name", "", "email", "", "role", "admin", "version", version).leads("/admin/users/")
		},
		judge: func(s *server, db *sql.DB, f fate) error {
			after, err := together(db, f, `SELECT CASE role || ' ' || (SELECT count(*) FROM audit_log WHERE subject_id = u.id AND event = 'user.changed')
				WHEN 'user 0' THEN 'before' WHEN 'admin 1' THEN 'after' ELSE role END FROM users u WHERE username = $1`, anna.name)
			if err != nil {
				return err
			}
			if in := hers.at(s).signedIn(); in == after {
				return fmt.Errorf("it happened: %v, and the session from before works: %v", after, in)
			}
			return nil
		},
	}
}
