package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/user"
)

// Application is something that people sign in to by way of this instance. It knows nothing of
// how: its hosts and public paths are for those that stand behind a proxy.
type Application struct {
	Slug, Name string
	Hosts      []string // in the order in which they were written; with the port unless it is 443
	Everyone   bool     // may open it; else members of Groups
	Groups     []string // names of groups, in their order
	Public     []string // beginnings of paths that are open to anybody
	LaunchURL  string   // where to begin; "" for the first host
	// ProofMinutes is how old a proof may be to open it; 0 for any.
	ProofMinutes     int
	Disabled         bool
	Version          int64
	Created, Changed time.Time
}

// applicationColumns hold lists with a blank between: no host, group or path has one.
const applicationColumns = `p.slug, p.name, p.everyone, p.launch_url, p.proof_minutes, p.disabled, p.version, p.created_at, p.changed_at, ` +
	`(SELECT coalesce(string_agg(h.host, ' ' ORDER BY h.number), '') FROM application_hosts h WHERE h.slug = p.slug), ` +
	`(SELECT coalesce(string_agg(g.group_name, ' ' ORDER BY g.group_name), '') FROM application_groups g WHERE g.slug = p.slug), ` +
	publicPaths

const publicPaths = `(SELECT coalesce(string_agg(f.prefix, ' ' ORDER BY f.number), '') FROM application_paths f WHERE f.slug = p.slug)`

func scanApplication(row scanner) (a Application, err error) {
	var hosts, groups, public string
	err = row.Scan(&a.Slug, &a.Name, (*flag)(&a.Everyone), &a.LaunchURL, (*count)(&a.ProofMinutes), (*flag)(&a.Disabled), (*number)(&a.Version),
		(*stamp)(&a.Created), (*stamp)(&a.Changed), &hosts, &groups, &public)
	a.Hosts, a.Groups, a.Public = strings.Fields(hosts), strings.Fields(groups), strings.Fields(public)
	return a, err
}

// Application returns the application with this slug, or a problem.NotFound.
func (r Reader) Application(slug string) (Application, error) {
	a, err := scanApplication(r.q.queryRow(`SELECT `+applicationColumns+` FROM applications p WHERE p.slug = $1`, slug))
	return a, notFound(err, "application")
}

// ApplicationsAfter returns applications in the order of their slugs, those after this one, for work on
// all of them.
func (r Reader) ApplicationsAfter(ctx context.Context, slug string, limit int) ([]Application, error) {
	return list(ctx, r.q, scanApplication, "reading applications", `SELECT `+applicationColumns+` FROM applications p WHERE p.slug > $1 ORDER BY p.slug LIMIT $2`, slug, limit)
}

// HostOf returns the slug of the application that a host belongs to; ok is false if it belongs to
// none.
func (r Reader) HostOf(host string) (slug string, ok bool, err error) {
	return one(r.q.queryRow(`SELECT h.slug FROM application_hosts h WHERE h.host = $1`, host), single[string], "reading whose host this is")
}

// NameOf returns the slug of another application that has a host of this name, on whichever port; ok is
// false if there is none. name is a host without its port.
func (r Reader) NameOf(name, slug string) (other string, ok bool, err error) {
	return one(r.q.queryRow(`SELECT h.slug FROM application_hosts h WHERE (h.host = $1 OR h.host >= $2 AND h.host < $3) AND h.slug <> $4 ORDER BY h.host LIMIT 1`,
		name, name+":", name+";", slug), single[string], "reading whose name this is")
}

// maxApplications bounds the applications of an instance, 10,000: a search of the list looks at
// each of them.
//
//limit:people Applications
const maxApplications = 10_000

// AddApplication stores an application with its hosts, groups and paths; added is false if there
// is one with that slug, or there are as many as may be.
func (tx *Tx) AddApplication(a Application) (added bool, err error) {
	tx.recountRequests()
	added, err = tx.once(`INSERT INTO applications (slug, name, sort_key, search_text, everyone, disabled, launch_url, proof_minutes, created_at, changed_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $9 WHERE (SELECT count(*) FROM applications) < $10 ON CONFLICT DO NOTHING`,
		a.Slug, a.Name, user.SortKey(a.Name, a.Slug), user.SearchText(a.Slug, a.Name, ""), a.Everyone, a.Disabled, a.LaunchURL, a.ProofMinutes, ms(a.Created), maxApplications)
	if err != nil || !added {
		return false, err
	}
	return true, tx.addParts(a)
}

// addParts stores hosts, groups and paths. A host of another application, or a group that is not
// there, has to be found out before, in the same transaction.
func (tx *Tx) addParts(a Application) error {
	for i, host := range a.Hosts {
		if err := tx.exec(`INSERT INTO application_hosts (host, slug, number) VALUES ($1, $2, $3)`, host, a.Slug, i); err != nil {
			return err
		}
	}
	for _, group := range a.Groups {
		if err := tx.exec(`INSERT INTO application_groups (slug, group_name) VALUES ($1, $2)`, a.Slug, group); err != nil {
			return err
		}
	}
	for i, prefix := range a.Public {
		if err := tx.exec(`INSERT INTO application_paths (slug, number, prefix) VALUES ($1, $2, $3)`, a.Slug, i, prefix); err != nil {
			return err
		}
	}
	return nil
}

// EditApplication stores everything of an application but its slug and when it was added; done is
// false if it has another version by now. Who has it open on a host that it no longer has is out.
func (tx *Tx) EditApplication(a Application, now time.Time) (done bool, err error) {
	done, err = tx.once(`UPDATE applications SET name = $1, sort_key = $2, search_text = $3, everyone = $4, disabled = $5, launch_url = $6, proof_minutes = $7,
		changed_at = $8, version = version + 1 WHERE slug = $9 AND version = $10`,
		a.Name, user.SortKey(a.Name, a.Slug), user.SearchText(a.Slug, a.Name, ""), a.Everyone, a.Disabled, a.LaunchURL, a.ProofMinutes, ms(now), a.Slug, a.Version)
	if err != nil || !done {
		return false, err
	}
	for _, text := range []string{
		`DELETE FROM application_hosts WHERE slug = $1`, `DELETE FROM application_groups WHERE slug = $1`, `DELETE FROM application_paths WHERE slug = $1`,
	} {
		if err := tx.exec(text, a.Slug); err != nil {
			return false, err
		}
	}
	if err := tx.addParts(a); err != nil {
		return false, err
	}
	return true, tx.exec(`DELETE FROM application_sessions WHERE slug = $1 AND host NOT IN (SELECT h.host FROM application_hosts h WHERE h.slug = $1)`, a.Slug)
}

// SetApplicationDisabled disables or enables an application; done is false if it has another
// version by now. Disabling it ends what people have open of it.
func (tx *Tx) SetApplicationDisabled(slug string, disabled bool, version int64, now time.Time) (done bool, err error) {
	tx.recountRequests()
	done, err = tx.once(`UPDATE applications SET disabled = $1, changed_at = $2, version = version + 1 WHERE slug = $3 AND version = $4`,
		disabled, ms(now), slug, version)
	if err == nil && done && disabled {
		err = tx.exec(`DELETE FROM application_sessions WHERE slug = $1`, slug)
	}
	return done, err
}

// DropApplication removes an application with all that belongs to it; done is false if it has
// another version by now.
func (tx *Tx) DropApplication(slug string, version int64) (done bool, err error) {
	tx.recountRequests()
	return tx.once(`DELETE FROM applications WHERE slug = $1 AND version = $2`, slug, version)
}
