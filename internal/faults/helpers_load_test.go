package faults

import (
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"

	"latchkey/internal/factor"
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

// one reads one value in a transaction of its own.
func one(db *sql.DB, query string, args ...any) (text string, err error) {
	var found sql.NullString
	if err = db.QueryRow(query, args...).Scan(&found); err == sql.ErrNoRows {
		err = nil
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
			return fmt.Errorf("the session is gone")
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
	_, ok := l.sends(e, func() answer { return b.post("/security/recovery-codes", "saved", "on") })
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

// administrator is what one administrator does: adds a user, who follows the link, sets a
// password and enrols; then gives that user another role, and disables them.
func (l *load) administrator(s *server, b *browser) {
	p := &person{name: "new-" + strconv.FormatInt(l.invented.Add(1), 10), passwords: []string{firstPassword}}
	e := &entry{kind: "user added", to: "/admin/users/"}
	e.stored = l.holds(e.kind, `SELECT count(*) = 1 AND (SELECT count(*) = 1 FROM audit_log WHERE event = 'user.created' AND subject_name = $1) FROM users WHERE username = $1`, p.name)
	a, ok := l.sends(e, func() answer {
		return b.post("/admin/users/new", "username", p.name, "name", "", "email", "", "role", "user", "first_sign_in", "link")
	})
	if !ok {
		return
	}
	token := between(b.get(a.to).body, "/invite/", "<")
	if token == "" || !l.followLink(s, p, token) {
		return
	}
	id := between(a.to, "/admin/users/", "/")
	if l.edit(b, p, id, "admin") && l.edit(b, p, id, "user") {
		l.disable(b, p, id)
	}
}

// followLink uses an invitation, and enrols.
func (l *load) followLink(s *server, p *person, token string) bool {
	b := newBrowser(s)
	if a := b.get("/invite/" + token); !a.leads("/invite") {
		return false
	}
	e := &entry{kind: "link used, password set", to: "/security/authenticators/new"}
	e.stored = l.holds(e.kind, `SELECT password_hash IS NOT NULL AND password_hash <> '' AND NOT EXISTS (SELECT 1 FROM links k WHERE k.user_id = u.id) FROM users u WHERE username = $1`, p.name)
	e.again = func(s *server, f fate) error {
		return once(f, func() bool {
			other := newBrowser(s)
			other.get("/invite/" + token)
			return other.post("/invite", "new_password", firstPassword).leads("/security/authenticators/new")
		})
	}
	if _, ok := l.sends(e, func() answer { return b.post("/invite", "new_password", firstPassword) }); !ok {
		return false
	}
	return l.enrol(b, p)
}

func (l *load) enrol(b *browser, p *person) bool {
	page := b.get("/security/authenticators/new").body
	key, err := factor.ParseSecret(between(page, `id="key">`, "<"))
	id := between(page, `name="enrollment" value="`, `"`)
	if err != nil || id == "" {
		return false
	}
	p.key = key
	code := p.code(0)
	l.codes(p.name)
	e := &entry{kind: "enrolled", to: "/security/recovery-codes"}
	e.stored = l.holds(e.kind, `SELECT (SELECT count(*) FROM authenticators a WHERE a.user_id = u.id) - (SELECT count(*) FROM pending_authenticators a WHERE a.user_id = u.id) > 0 FROM users u WHERE username = $1`, p.name)
	e.again = func(s *server, f fate) error {
		if f == unknown { // what did not happen is begun anew, with another key
			return nil
		}
		return once(f, func() bool {
			other := newBrowser(s)
			p.begin(other)
			return other.post("/login/code", "code", code).leads("/profile")
		})
	}
	_, ok := l.sends(e, func() answer {
		return b.post("/security/authenticators/new", "enrollment", id, "label", "Phone", "code", code)
	})
	return ok
}

// edit gives a user another role.
func (l *load) edit(b *browser, p *person, id, role string) bool {
	path := "/admin/users/" + id + "/edit"
	version := between(b.get(path).body, `name="version" value="`, `"`)
	if version == "" {
		return false
	}
	other := map[string]string{"admin": "user", "user": "admin"}[role]
	e := &entry{kind: "role changed", to: "/admin/users/"}
	n := map[string]string{"admin": "1", "user": "2"}[role]
	e.stored = func(db *sql.DB, f fate) error {
		rows, err := one(db, `SELECT count(*) FROM audit_log WHERE event = 'user.changed' AND subject_name = $1`, p.name)
		if err != nil {
			return err
		}
		if f == answered && rows < n {
			return fmt.Errorf("%s rows of the audit log, want %s", rows, n)
		}
		got, err := one(db, `SELECT role FROM users WHERE username = $1`, p.name)
		if err != nil || rows > n { // the next change came after it
			return err
		}
		if f == unknown && got == role {
			l.found(e.kind, f)
		}
		return want(f, got, other, role)
	}
	_, ok := l.sends(e, func() answer {
		return b.post(path, "username", p.name, "name", "", "email", "", "role", role, "version", version)
	})
	return ok
}

func (l *load) disable(b *browser, p *person, id string) {
	e := &entry{kind: "user disabled", to: "/admin/users/"}
	e.stored = l.holds(e.kind, `SELECT disabled FROM users WHERE username = $1`, p.name)
	l.sends(e, func() answer { return b.post("/admin/users/"+id+"/disable", "reason", "left") })
}
