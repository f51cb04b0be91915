package faults

import (
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
)

// load sends what people do while the server is killed. Everybody whom it makes up or takes
// from the queue belongs to one goroutine at a time.
type load struct {
	*journal
	people   chan *person
	invented atomic.Int64
	// codes counts how many different codes somebody has sent, by name.
	codes func(name string)
}

var recoveryCodes = regexp.MustCompile(`[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}`)

// one reads one value in a transaction of its own. A condition is 0 or 1, as SQLite has it.
func one(db *sql.DB, query string, args ...any) (text string, err error) {
	var found sql.NullString
	if err = db.QueryRow(query, args...).Scan(&found); err == sql.ErrNoRows {
		err = nil
	}
	switch found.String {
	case "false":
		return "0", err
	case "true":
		return "1", err
	}
	return found.String, err
}

// holds is a stored check of one value, which is 1 where it happened.
func (l *load) holds(kind, query string, args ...any) func(*sql.DB, fate) error {
	return func(db *sql.DB, f fate) error {
		got, err := one(db, query, args...)
		if err != nil {
			return err
		}
		if got == "1" {
			l.found(kind, f)
		}
		return want(f, got, "0", "1")
	}
}

// user is what one user does until the server is gone: signs in, makes recovery codes, uses
// one, changes the password, signs out.
func (l *load) user(s *server, p *person) {
	here, ok := l.signIn(s, p)
	if !ok {
		return
	}
	codes, ok := l.newCodes(here, p)
	if !ok || !l.useRecovery(s, p, codes[0]) || !l.changePassword(here, p) {
		return
	}
	l.signOut(here, p)
}

func (l *load) signIn(s *server, p *person) (*browser, bool) {
	b := newBrowser(s)
	if a := p.begin(b); !a.leads("/login/code") {
		return nil, false
	}
	code := p.code(0)
	l.codes(p.name)
	e := &entry{kind: "code used, signed in", to: "/profile"}
	e.stored = l.holds(e.kind, `SELECT count(*) > 0 FROM audit_log WHERE event = 'login.code' AND result = 'ok' AND subject_name = $1`, p.name)
	e.again = func(s *server, f fate) error {
		if f == answered && p.mayBeIn(b) && !b.at(s).signedIn() {
			return fmt.Errorf("the session of %s is gone", p.name)
		}
		return once(f, func() bool {
			other := newBrowser(s)
			if a := p.begin(other); !a.leads("/login/code") {
				return false
			}
			return other.post("/login/code", "code", code).leads("/profile")
		})
	}
	_, ok := l.sends(e, func() answer { return b.post("/login/code", "code", code) })
	return b, ok
}

// mayBeIn reports whether nothing has been sent that ends the session of this browser.
func (p *person) mayBeIn(b *browser) bool { return p.left != b }

func (l *load) newCodes(b *browser, p *person) ([]string, bool) {
	if a := b.post("/security/recovery-codes/new"); !a.leads("/security/recovery-codes") {
		return nil, false
	}
	codes := recoveryCodes.FindAllString(b.get("/security/recovery-codes").body, -1)
	if len(codes) != 10 {
		return nil, false
	}
	e := &entry{kind: "recovery codes saved", to: "/profile"}
	e.stored = l.holds(e.kind, `SELECT count(*) = 10 FROM recovery_codes r JOIN users u ON u.id = r.user_id WHERE u.username = $1`, p.name)
	p.left = b // the session gets another token
	_, ok := l.sends(e, func() answer { return b.post("/security/recovery-codes", "saved", "on") })
	if ok {
		p.left = nil
	}
	return codes, ok
}

func (l *load) useRecovery(s *server, p *person, code string) bool {
	b := newBrowser(s)
	if a := p.begin(b); !a.leads("/login/code") {
		return false
	}
	e := &entry{kind: "recovery code used", to: "/profile"}
	e.stored = l.holds(e.kind, `SELECT count(*) = 1 FROM recovery_codes r JOIN users u ON u.id = r.user_id WHERE u.username = $1 AND used_at IS NOT NULL`, p.name)
	e.again = func(s *server, f fate) error {
		return once(f, func() bool {
			other := newBrowser(s)
			if a := p.begin(other); !a.leads("/login/code") {
				return false
			}
			return other.post("/login/recovery", "recovery_code", code).leads("/profile")
		})
	}
	_, ok := l.sends(e, func() answer { return b.post("/login/recovery", "recovery_code", code) })
	return ok
}

func (l *load) changePassword(b *browser, p *person) bool {
	before, after := p.passwords[0], "nine small lamps at sea "+strconv.FormatInt(l.invented.Add(1), 10)
	e := &entry{kind: "password changed", to: "/security"}
	e.stored = l.holds(e.kind, `SELECT count(*) > 0 FROM audit_log WHERE event = 'password.changed' AND result = 'ok' AND subject_name = $1`, p.name)
	e.again = func(s *server, f fate) error {
		accepts := func(typed string) bool {
			q := person{name: p.name, passwords: []string{typed}}
			return q.begin(newBrowser(s)).leads("/login/code")
		}
		old, new := accepts(before), accepts(after)
		if old == new || f == answered && old {
			return fmt.Errorf("the old password is accepted: %v, the new one: %v", old, new)
		}
		return nil
	}
	p.passwords, p.left = []string{before, after}, b // until it is answered either may be the one
	a, ok := l.sends(e, func() answer { return b.post("/security/password", "current_password", before, "new_password", after) })
	if ok {
		p.passwords, p.left = []string{after}, nil
	} else if a.status != 0 {
		p.left = nil
	}
	return ok
}

func (l *load) signOut(b *browser, p *person) {
	e, copied := &entry{kind: "signed out", to: "/login"}, b.copied()
	e.stored = func(*sql.DB, fate) error { return nil }
	e.again = func(s *server, f fate) error {
		if f == answered && copied.at(s).signedIn() {
			return fmt.Errorf("the session works again")
		}
		return nil
	}
	p.left = b
	l.sends(e, func() answer { return b.post("/logout") })
}
