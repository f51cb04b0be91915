package store

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/internal/user"
)

// Gate is what one request to an application has to know of it.
type Gate struct {
	Slug, Name   string
	Everyone     bool
	Disabled     bool
	ProofMinutes int
	HostIsOurs   bool     // the host that was asked for belongs to the application
	Public       []string // beginnings of paths that are open to anybody
}

// gateColumns are read by dest, followed by whether the host belongs to the application.
const gateColumns = `p.slug, p.name, p.everyone, p.disabled, p.proof_minutes, ` + publicPaths

type gateRow struct {
	Gate
	public string
}

func (g *gateRow) dest() []any {
	return []any{&g.Slug, &g.Name, (*flag)(&g.Everyone), (*flag)(&g.Disabled), (*count)(&g.ProofMinutes), &g.public, (*flag)(&g.HostIsOurs)}
}

func (g *gateRow) gate() Gate {
	g.Public = strings.Fields(g.public)
	return g.Gate
}

// Gate returns what is to know of an application for a request to this host, or a
// problem.NotFound.
func (r Reader) Gate(slug, host string) (Gate, error) {
	var g gateRow
	err := r.q.queryRow(`SELECT `+gateColumns+`, EXISTS (SELECT 1 FROM application_hosts h WHERE h.host = CAST($1 AS TEXT) AND h.slug = p.slug)
		FROM applications p WHERE p.slug = CAST($2 AS TEXT)`, host, slug).Scan(g.dest()...)
	return g.gate(), notFound(err, "application")
}

// Opened is somebody who has an application open, as far as the door has to know it.
type Opened struct {
	Gate
	Host string // where it was opened
	// Session has no message for the next page and not which kind the second factor was; User has what package
	// auth decides by, and the names that an application is told.
	// Its Version is there.
	Session Session
	User    user.User
	// Groups are names: those that the application lists, or all of the user's if it is for everyone.
	Groups []string
}

// MayOpen reports whether the user has access to the application.
func (o Opened) MayOpen() bool { return !o.Disabled && (o.Everyone || len(o.Groups) > 0) }

// openedByHash is the one SELECT of a request to an application. Every column costs something at each of them, so
// there are none here that nobody looks at; what is listed is put in order by the reader, because an aggregate that
// does it builds a table for that.
var openedByHash = &pointRead{`SELECT u.id, u.username, u.name, u.email, u.role, u.disabled, u.enrol_by_link, u.must_enrol, u.authenticators, u.cred_version, u.created_at, u.deleted_at,
	s.id_hash, s.id, s.remembered, s.cred_version, s.password_at, s.second_at, s.created_at, s.last_seen_at, s.idle_until, s.ends_at,
	p.name, p.everyone, p.disabled, p.proof_minutes, (SELECT coalesce(string_agg(f.prefix, ' '), '') FROM application_paths f WHERE f.slug = p.slug),
	EXISTS (SELECT 1 FROM application_hosts h WHERE h.host = a.host AND h.slug = p.slug),
	CASE WHEN p.everyone = TRUE THEN (SELECT coalesce(string_agg(m.group_name, ' '), '') FROM group_members m WHERE m.user_num = u.num)
		ELSE (SELECT coalesce(string_agg(ag.group_name, ' '), '') FROM application_groups ag ` + inTurn + ` group_members m ON m.group_name = ag.group_name AND m.user_num = u.num WHERE ag.slug = p.slug) END, ` + versionNow + `
	FROM application_sessions a JOIN sessions s ON s.id = a.session_id JOIN users u ON u.id = s.user_id JOIN applications p ON p.slug = a.slug
	WHERE a.id_hash = CAST($1 AS TEXT) AND a.slug = CAST($2 AS TEXT) AND a.host = CAST($3 AS TEXT)`}

// OpenedByHash returns who has this application open on this host by a token with this hash. ok
// is false if there is nobody, or the session ended to which it belongs; whether the user may
// still use that is for package auth to say, and whether they may open the application for
// MayOpen.
func (r Reader) OpenedByHash(hash, slug, host string, now time.Time) (o Opened, ok bool, err error) {
	var public, groups string
	s, u, g := &o.Session, &o.User, &o.Gate
	err = r.q.point(openedByHash, []string{hash, slug, host},
		&u.ID, &u.Username, &u.Name, &u.Email, (*string)(&u.Role), (*flag)(&u.Disabled), (*flag)(&u.EnrolByLink), (*flag)(&u.MustEnrol), (*count)(&u.Authenticators),
		(*number)(&u.CredVersion), (*stamp)(&u.Created), (*stamp)(&u.DeletedAt),
		&s.IDHash, &s.ID, (*flag)(&s.Proofs.Remembered), (*number)(&s.CredVersion), (*stamp)(&s.Proofs.Password), (*stamp)(&s.Proofs.Second), (*stamp)(&s.Created),
		(*stamp)(&s.LastSeen), (*stamp)(&s.IdleUntil), (*stamp)(&s.Ends),
		&g.Name, (*flag)(&g.Everyone), (*flag)(&g.Disabled), (*count)(&g.ProofMinutes), &public, (*flag)(&g.HostIsOurs), &groups, &s.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return Opened{}, false, nil
	}
	if err != nil {
		return Opened{}, false, unavailable(fmt.Errorf("reading who has an application open: %w", err))
	}
	g.Slug, g.Public, o.Host, o.Groups = slug, strings.Fields(public), host, strings.Fields(groups)
	slices.Sort(o.Groups)
	s.UserID = u.ID
	return o, alive(o.Session, o.User, now), nil
}

// RightTo returns what decides whether a user may open an application: the application as Gate
// has it and the user's groups as Opened has them. It is asked in the transaction in which
// somebody is let in.
func (r Reader) RightTo(slug, host, userID string) (o Opened, err error) {
	var g gateRow
	var groups string
	err = r.q.queryRow(`SELECT `+gateColumns+`, EXISTS (SELECT 1 FROM application_hosts h WHERE h.host = CAST($1 AS TEXT) AND h.slug = p.slug),
		(SELECT coalesce(string_agg(m.group_name, ' ' ORDER BY m.group_name), '') FROM group_members m JOIN users u ON u.num = m.user_num WHERE u.id = CAST($2 AS TEXT)
			AND (p.everyone = TRUE OR EXISTS (SELECT 1 FROM application_groups ag WHERE ag.slug = p.slug AND ag.group_name = m.group_name)))
		FROM applications p WHERE p.slug = CAST($3 AS TEXT)`, host, userID, slug).Scan(append(g.dest(), &groups)...)
	o.Gate, o.Groups = g.gate(), strings.Fields(groups)
	return o, notFound(err, "application")
}

// Handover is a one-time code that brings a session to the host of an application.
type Handover struct {
	CodeHash, SessionID, Slug, Host string
	UserID                          string // whose session it is, once the code is used
	StateHash                       string // of what the browser keeps on that host meanwhile
	Ends                            time.Time
}

// maxHandovers bounds the codes under way of one session, 20: that many tabs, opened at
// once, reach their applications.
//
//limit:people Hand-overs to applications under way in one session
const maxHandovers = 20

// AddHandover stores a code. Of those of one session the ones that end first give way.
func (tx *Tx) AddHandover(h Handover) error {
	err := tx.exec(`INSERT INTO handover_codes (code_hash, session_id, slug, host, state_hash, ends_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		h.CodeHash, h.SessionID, h.Slug, h.Host, h.StateHash, ms(h.Ends))
	if err != nil {
		return err
	}
	return tx.exec(`DELETE FROM handover_codes WHERE session_id = $1 AND code_hash NOT IN (
		SELECT code_hash FROM handover_codes WHERE session_id = $1 ORDER BY ends_at DESC, code_hash LIMIT $2)`, h.SessionID, maxHandovers)
}

// Handover returns what a code is for; found is false if there is none, or it ended. To use it is for
// UseHandover alone: looking first keeps guesses from costing a write.
func (r Reader) Handover(codeHash string, now time.Time) (h Handover, found bool, err error) {
	h.CodeHash = codeHash
	h, found, err = one(r.q.queryRow(`SELECT session_id, slug, host, state_hash, ends_at FROM handover_codes WHERE code_hash = CAST($1 AS TEXT)`, codeHash),
		func(row scanner) (Handover, error) {
			err := row.Scan(&h.SessionID, &h.Slug, &h.Host, &h.StateHash, (*stamp)(&h.Ends))
			return h, err
		}, "looking for a hand-over")
	return h, found && now.Before(h.Ends), err
}

// UseHandover takes a code away and returns what it was for. found is false if there is none, or
// it ended. One that was shown on another host, or by another browser, is used up as well: what
// it is for is for the caller to compare.
func (tx *Tx) UseHandover(codeHash string, now time.Time) (h Handover, found bool, err error) {
	h.CodeHash = codeHash
	h, found, err = one(tx.q.queryRow(`DELETE FROM handover_codes WHERE code_hash = $1 RETURNING coalesce((SELECT s.user_id FROM sessions s WHERE s.id = session_id), ''), session_id, slug, host, state_hash, ends_at`, codeHash),
		func(row scanner) (Handover, error) {
			err := row.Scan(&h.UserID, &h.SessionID, &h.Slug, &h.Host, &h.StateHash, (*stamp)(&h.Ends))
			return h, err
		}, "using a hand-over up")
	return h, found && now.Before(h.Ends), err
}

const (
	// maxOpenedHere bounds how often one session has one application open on one host, 5: more
	// than once only because of tabs that were opened at once.
	maxOpenedHere = 5
	// maxOpened bounds what one session has open, 500: far more than anybody opens in a day, and
	// the oldest gives way.
	//
	//limit:people Applications open in one session
	maxOpened = 500
)

// AddOpened notes that a session of a user opens an application on a host. The oldest give way.
func (tx *Tx) AddOpened(userID, hash, id, sessionID, slug, host string, now time.Time) error {
	err := tx.of(userID).exec(`INSERT INTO application_sessions (id_hash, id, session_id, slug, host, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		hash, id, sessionID, slug, host, ms(now))
	if err != nil {
		return err
	}
	err = tx.of(userID).exec(`DELETE FROM application_sessions WHERE session_id = $1 AND slug = $2 AND host = $3 AND id <> $4 AND id NOT IN (
		SELECT id FROM application_sessions WHERE session_id = $1 AND slug = $2 AND host = $3 AND id <> $4 ORDER BY created_at DESC, id LIMIT $5)`,
		sessionID, slug, host, id, maxOpenedHere-1)
	if err != nil {
		return err
	}
	return tx.of(userID).exec(`DELETE FROM application_sessions WHERE session_id = $1 AND id <> $2 AND id NOT IN (
		SELECT id FROM application_sessions WHERE session_id = $1 AND id <> $2 ORDER BY created_at DESC, id LIMIT $3)`, sessionID, id, maxOpened-1)
}

// EndOpenedByHash ends what a token with this hash has open of an application; done is false if
// there is nothing.
func (tx *Tx) EndOpenedByHash(hash string) (done bool, err error) {
	return tx.once(`DELETE FROM application_sessions WHERE id_hash = $1`, hash)
}

// EndOpened ends what a session has open of an application, on every host, and returns how much that was.
func (tx *Tx) EndOpened(sessionID, slug string) (int64, error) {
	return tx.change(`DELETE FROM application_sessions WHERE session_id = $1 AND slug = $2`, sessionID, slug)
}

// EndOpenedOf ends what a user has open of an application, in every session, and returns how much that was.
func (tx *Tx) EndOpenedOf(userID, slug string) (int64, error) {
	return tx.change(`DELETE FROM application_sessions WHERE slug = $1 AND session_id IN (SELECT s.id FROM sessions s WHERE s.user_id = $2)`, slug, userID)
}

// NoteAsked notes that the proxy before an application asked.
func (tx *Tx) NoteAsked(slug, from string, now time.Time) error {
	return tx.exec(`INSERT INTO application_asks (slug, asked_at, asked_from) SELECT p.slug, $1, $2 FROM applications p WHERE p.slug = $3
		ON CONFLICT (slug) DO UPDATE SET asked_at = excluded.asked_at, asked_from = excluded.asked_from`, ms(now), from, slug)
}

// Asked is when the proxy before an application last asked, and from which address; the zero
// time if it never did.
func (r Reader) Asked(slug string) (at time.Time, from string, err error) {
	type asked struct {
		at   time.Time
		from string
	}
	a, _, err := one(r.q.queryRow(`SELECT asked_at, asked_from FROM application_asks WHERE slug = $1`, slug), func(row scanner) (a asked, err error) {
		err = row.Scan((*stamp)(&a.at), &a.from)
		return a, err
	}, "reading when a proxy asked")
	return a.at, a.from, err
}
