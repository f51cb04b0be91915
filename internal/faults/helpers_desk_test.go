package faults

import (
	"database/sql"
	"fmt"
	"strconv"

	"latchkey/internal/factor"
)

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
	form, err := enrolmentForm(b)
	if err != nil {
		return false
	}
	p.key = form.key
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
		return b.post("/security/authenticators/new", "enrollment", form.id, "label", "Phone", "code", code)
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

// enrolling is what the page of an enrolment shows.
type enrolling struct {
	key []byte
	id  string
}

func enrolmentForm(b *browser) (e enrolling, err error) {
	page := b.get("/security/authenticators/new").body
	if e.id = between(page, `name="enrollment" value="`, `"`); e.id == "" {
		return e, fmt.Errorf("no enrolment on the page")
	}
	e.key, err = factor.ParseSecret(between(page, `id="key">`, "<"))
	return e, err
}
