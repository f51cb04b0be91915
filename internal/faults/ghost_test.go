package faults

import (
	"database/sql"
	"fmt"
	"net/http"
	"testing"
)

// ghosts are forms whose commit is told to have failed, and is in the log of the database all
// the same: it becomes true at the next start after a crash.
var ghosts = []struct {
	name string
	// prepare returns what sends it, and what tells whether it happened.
	prepare func(t *testing.T, p people, s *server) (send func(s *server) answer, done string, judge func(s *server, db *sql.DB) error)
}{
	{"a code", func(t *testing.T, p people, s *server) (func(*server) answer, string, func(*server, *sql.DB) error) {
		anna, b := &p.users[0], newBrowser(s)
		anna.begin(b)
		code := anna.code(0)
		return func(s *server) answer { return b.copied().at(s).post("/login/code", "code", code) }, "/profile",
			func(s *server, db *sql.DB) error {
				used, err := one(db, `SELECT count(*) FROM sessions k JOIN users u ON u.id = k.user_id WHERE u.username = $1`, anna.name)
				if err != nil {
					return err
				}
				return once(map[string]fate{"0": unknown, "1": answered}[used], func() bool {
					other := newBrowser(s)
					anna.begin(other)
					return other.post("/login/code", "code", code).leads("/profile")
				})
			}
	}},
	{"a password", func(t *testing.T, p people, s *server) (func(*server) answer, string, func(*server, *sql.DB) error) {
		anna := &p.users[0]
		in := anna.must(t, s, 0)
		const after = "nine small lamps at sea"
		return func(s *server) answer {
				return in.copied().at(s).post("/security/password", "current_password", firstPassword, "new_password", after)
			}, "/security",
			func(s *server, db *sql.DB) error {
				accepts := func(typed string) bool {
					q := person{name: anna.name, passwords: []string{typed}}
					return q.begin(newBrowser(s)).leads("/login/code")
				}
				if old, new := accepts(firstPassword), accepts(after); old == new {
					return fmt.Errorf("the old password is accepted: %v, the new one: %v", old, new)
				}
				return nil
			}
	}},
}

// TestAV10_ACommitThatFailedAndHappened has every fsync fail while a form is sent. Nobody is
// answered that it is done. Either the server goes on, and it never happens; or it is killed,
// and then it may have happened: as a whole, and nothing works twice.
func TestAV10_ACommitThatFailedAndHappened(t *testing.T) {
	t.Parallel()
	needStrace(t)
	for _, g := range ghosts {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, killed %v", g.name, killed), func(t *testing.T) {
				t.Parallel()
				p := instance(t)
				s := start(t, p.data, how{})
				send, done, judge := g.prepare(t, p, s)
				mend := failing(t, s, "EIO", "fsync,fdatasync")
				for range 2 {
					if a := send(s); a.status != http.StatusServiceUnavailable || len(a.header.Values("Set-Cookie")) > 0 {
						t.Errorf("a commit that failed is answered %d %s, cookies %q", a.status, a.to, a.header.Values("Set-Cookie"))
					}
				}
				s.ready(t, http.StatusServiceUnavailable)
				if killed {
					_ = s.command.Process.Kill() // strace goes with it
					mend()
					s.kill()
					s = start(t, p.data, how{})
				} else {
					mend()
				}
				s.ready(t, http.StatusOK)
				db := database(t, p.data)
				if !killed {
					if a := send(s); !a.leads(done) {
						t.Errorf("once the disk works it is answered %d %s", a.status, a.to)
					}
				}
				if err := judge(s, db); err != nil {
					t.Error(err)
				}
				if got := integrity(t, p.data); got != "ok" {
					t.Errorf("integrity_check: %s", got)
				}
				must(t, p.data, "audit", "verify")
			})
		}
	}
}
