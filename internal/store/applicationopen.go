package store

import (
	"context"
	"time"

	"latchkey/internal/user"
)

// OpenNow is an application that somebody has open in one browser.
type OpenNow struct {
	ID        string // names it on pages
	SessionID string // the browser's
	Slug      string
	Name      string // of the application
	Host      string // where it was opened last
	Opened    time.Time
	UserAgent string
	User      user.User
}

// What is read first: the application, or the browsers of a user.
const (
	openedIn = `application_sessions a ` + inTurn + ` sessions s ON s.id = a.session_id`
	openedBy = `sessions s ` + inTurn + ` application_sessions a ON a.session_id = s.id`
)

// openNow has each browser once: what was opened in it last. One that lost its access has nothing open.
func openNow(columns, from string, now time.Time) clause {
	return sqlText(`SELECT `+columns+` FROM `+from+` `+inTurn+` users u ON u.id = s.user_id `+inTurn+` applications p ON p.slug = a.slug
	WHERE s.cred_version = u.cred_version AND s.idle_until > ? AND s.ends_at > ? AND u.disabled = FALSE AND u.deleted_at = 0 AND p.disabled = FALSE
	AND NOT EXISTS (SELECT 1 FROM application_sessions o WHERE o.session_id = a.session_id AND o.slug = a.slug AND (o.created_at, o.id) > (a.created_at, a.id))
	AND (p.everyone = TRUE OR EXISTS (SELECT 1 FROM group_members gm `+inTurn+` application_groups ag ON ag.slug = p.slug AND ag.group_name = gm.group_name WHERE gm.user_num = u.num))`, ms(now), ms(now))
}

const openNowColumns = `a.id, a.session_id, a.slug, p.name, a.host, a.created_at, s.user_agent`

func scanOpenNow(row scanner) (o OpenNow, err error) {
	o.User, err = scanUser(row, &o.ID, &o.SessionID, &o.Slug, &o.Name, &o.Host, (*stamp)(&o.Opened), &o.UserAgent)
	return o, err
}

// OpenOf returns who has an application open now, in which browser, the newest first, behind a
// place in that order: the id of one of them, or "".
func (r Reader) OpenOf(ctx context.Context, slug, after string, limit int, now time.Time) ([]OpenNow, error) {
	var from *time.Time
	if after != "" {
		// One that has been ended since begins at the first page.
		at, found, err := one(r.q.queryRow(`SELECT o.created_at FROM application_sessions o WHERE o.id = $1`, after), func(row scanner) (at time.Time, err error) {
			return at, row.Scan((*stamp)(&at))
		}, "reading where a page begins")
		if err != nil {
			return nil, err
		}
		if found {
			from = &at
		}
	}
	text, args := openPage(slug, from, after, limit, now).statement()
	return list(ctx, r.q, scanOpenNow, "reading who has an application open", text, args...)
}

// openPage is a page of OpenOf, behind what was opened at from.
func openPage(slug string, from *time.Time, after string, limit int, now time.Time) clause {
	c := openNow(userColumns+`, `+openNowColumns, openedIn, now).add(` AND a.slug = ?`, slug)
	if from != nil {
		c = c.add(` AND (a.created_at, a.id) < (?, ?)`, ms(*from), after)
	}
	return c.add(` ORDER BY a.created_at DESC, a.id DESC LIMIT ?`, limit)
}

// CountOpenNow counts the people who have an application open now.
func (r Reader) CountOpenNow(ctx context.Context, slug string, now time.Time) (People, error) {
	n, err := r.number(ctx, sqlText(`SELECT count(*) FROM (`).then(openNow(`DISTINCT u.num`, openedIn, now)).add(` AND a.slug = ? LIMIT ?) c`, slug, CountMax+1))
	return People{min(n, CountMax), n > CountMax}, err
}

// openShown bounds the applications that a user has open, of those that pages and files tell, 1,000.
const openShown = 1000

// OpenBy returns what a user has open now, in every browser, the newest first.
func (r Reader) OpenBy(ctx context.Context, userID string, now time.Time) ([]OpenNow, error) {
	text, args := openNow(userColumns+`, `+openNowColumns, openedBy, now).add(` AND s.user_id = ? ORDER BY a.created_at DESC, a.id DESC LIMIT ?`, userID, openShown).statement()
	return list(ctx, r.q, scanOpenNow, "reading what a user has open", text, args...)
}

// EndOpen ends what stands behind one that OpenOf names, on every host of the application in that browser.
// found is false if there is nothing.
func (tx *Tx) EndOpen(slug, id string) (o OpenNow, found bool, err error) {
	scan := func(row scanner) (OpenNow, error) {
		u, err := scanUser(row, &o.SessionID, &o.UserAgent)
		o.User = u
		return o, err
	}
	o, found, err = one(tx.q.queryRow(`SELECT `+userColumns+`, a.session_id, s.user_agent FROM application_sessions a JOIN sessions s ON s.id = a.session_id JOIN users u ON u.id = s.user_id
		WHERE a.id = $1 AND a.slug = $2`, id, slug), scan, "reading who has an application open")
	if err != nil || !found {
		return o, false, err
	}
	n, err := tx.EndOpened(o.SessionID, slug)
	return o, n > 0, err
}
