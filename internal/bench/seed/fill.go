package seed

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// fillPragmas are for a database that is worth nothing until it is full: no way back,
// no waiting for the disk, pages of 256 MB at hand, and two threads to sort with
// files, not memory, for what does not fit. Without their index, references would be
// looked for among all rows.
const fillPragmas = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -256000;
PRAGMA temp_store = FILE;
PRAGMA threads = 2;
PRAGMA foreign_keys = OFF;
`

// filler adds very many rows to a new database. It belongs to the function given
// to fill.
type filler struct {
	conn           *sql.Conn
	ring           *secret.Ring
	users, factors *inserter
	audit          *inserter

	groups, members *inserter
}

// fill lets fn add rows to the database at path, which nobody else may have open. It
// is for made-up data alone: after an error the database is worth nothing.
//
// The indexes are dropped first and made again at the end from their own text, sorted:
// with them, a million users would take half an hour in place of a minute.
func fill(ctx context.Context, path string, ring *secret.Ring, fn func(*filler) error) error {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=rw"}
	db, err := sql.Open("sqlite3", name.String())
	if err != nil {
		return fmt.Errorf("opening the database to fill it: %w", err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("opening the database to fill it: %w", err)
	}
	defer conn.Close()
	f := &filler{conn: conn, ring: ring}
	if err := f.exec(ctx, fillPragmas); err != nil {
		return err
	}
	restore, err := f.dropIndexes(ctx)
	if err != nil {
		return err
	}
	if err := f.prepare(ctx); err != nil {
		return err
	}
	err = fn(f)
	for _, i := range []*inserter{f.users, f.factors, f.audit, f.groups, f.members} { // an open statement would keep the file locked
		i.many.Close()
	}
	if err != nil {
		return err
	}
	for _, text := range append([]string{"COMMIT"}, restore...) {
		if err := f.exec(ctx, text); err != nil {
			return err
		}
	}
	if err := f.indexTexts(ctx); err != nil {
		return err
	}
	return f.exec(ctx, "PRAGMA journal_mode = WAL")
}

func (f *filler) exec(ctx context.Context, text string) error {
	if _, err := f.conn.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("filling the database: %w", err)
	}
	return nil
}

// dropIndexes drops the indexes of the tables that get many rows, and the triggers
// that keep the search index and count the members of groups; restore are the statements that make them again. The
// other triggers stay and do their work.
func (f *filler) dropIndexes(ctx context.Context) (restore []string, err error) {
	rows, err := f.conn.QueryContext(ctx, `SELECT 'DROP ' || type || ' ' || name, sql FROM sqlite_schema
		WHERE sql IS NOT NULL AND (type = 'index' AND tbl_name IN ('users', 'authenticators', 'audit_log', 'group_members')
			OR type = 'trigger' AND (name LIKE 'users_search_%' OR name LIKE 'group_members_%')) ORDER BY rowid`)
	if err != nil {
		return nil, fmt.Errorf("reading the indexes: %w", err)
	}
	type index struct{ drop, make string }
	all, err := collect(rows, func(i *index) []any { return []any{&i.drop, &i.make} })
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if err := f.exec(ctx, i.drop); err != nil {
			return nil, err
		}
		restore = append(restore, i.make)
	}
	return restore, nil
}

// prepare begins the transaction and prepares what it repeats.
func (f *filler) prepare(ctx context.Context) (err error) {
	if err := f.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	f.users, err = f.inserter(ctx, "users", `id, username, name, sort_key, search_text, email, email_key, email_confirmed, role, disabled,
		password_hash, hash_profile, password_changed_at, authenticators, created_at, last_sign_in_at, deleted_at`)
	if err != nil {
		return err
	}
	f.factors, err = f.inserter(ctx, "authenticators", "id, user_id, label, sealed, last_step, created_at")
	if err != nil {
		return err
	}
	if f.groups, err = f.inserter(ctx, "user_groups", "name, label, sort_key, search_text, members, created_at, changed_at"); err != nil {
		return err
	}
	if f.members, err = f.inserter(ctx, "group_members", "group_name, user_num, added_at, added_by"); err != nil {
		return err
	}
	f.audit, err = f.inserter(ctx, "audit_log", auditColumns)
	return err
}

// filledUser is a user to be added by a filler.
type filledUser struct {
	store.NewUser
	// profile is password.Profile of the hash, worked out once for all who share it.
	profile         string
	signIn, deleted time.Time
	// authenticator is the user's only one; none if its ID is empty.
	authenticator store.Authenticator
}

// user adds a user. Names and addresses have to be unique; the database says so only at
// the end.
func (f *filler) user(u filledUser) error {
	err := f.users.add(u.ID, u.Username, u.Name, user.SortKey(u.Name, u.Username), user.SearchText(u.Username, u.Name, u.Email), u.Email,
		null(u.EmailKey), u.EmailConfirmed, u.Role, u.Disabled, null(u.Hash), u.profile, ms(u.ChangedAt), u.authenticator.ID != "", ms(u.CreatedAt), ms(u.signIn), ms(u.deleted))
	if err != nil || u.authenticator.ID == "" {
		return err
	}
	a := u.authenticator
	return f.factors.add(a.ID, u.ID, a.Label, a.Sealed, a.LastStep, ms(a.Created))
}

// flush writes what is waiting to be written; call it after the last user.
func (f *filler) flush() error {
	if err := f.users.flush(); err != nil {
		return err
	}
	return f.factors.flush()
}

// log adds entries behind those that are there, numbered and chained. The MACs are
// made on one core while the database writes on another.
func (f *filler) log(ctx context.Context, entries iter.Seq[audit.Entry]) error {
	var seq int64
	var mac string
	err := f.conn.QueryRowContext(ctx, `SELECT seq, mac FROM audit_log ORDER BY seq DESC LIMIT 1`).Scan(&seq, &mac)
	if err != nil && err != sql.ErrNoRows {
		return fmt.Errorf("reading the head of the audit log: %w", err)
	}
	stop := make(chan struct{})
	defer close(stop)
	for batch := range chained(entries, f.ring, seq, mac, stop) {
		for _, e := range batch {
			err := f.audit.add(e.Seq, ms(e.At), e.Event, e.Result, e.ActorID, e.ActorName, e.SubjectID, e.SubjectName,
				e.IP, e.UserAgent, e.RequestID, audit.EncodeDetails(e.Details), e.MAC)
			if err != nil {
				return err
			}
		}
	}
	if err := f.audit.flush(); err != nil {
		return err
	}
	return f.sealHead(ctx)
}

// sealHead seals the head of what was added.
func (f *filler) sealHead(ctx context.Context) error {
	var seq int64
	var mac string
	err := f.conn.QueryRowContext(ctx, `SELECT seq, mac FROM audit_log ORDER BY seq DESC LIMIT 1`).Scan(&seq, &mac)
	if err == sql.ErrNoRows {
		return nil // the head of an empty log is sealed already
	}
	if err != nil {
		return fmt.Errorf("reading the head of the audit log: %w", err)
	}
	seal := f.ring.MAC(secret.PurposeAuditHead, strconv.FormatInt(seq, 10), mac)
	_, err = f.conn.ExecContext(ctx, `UPDATE audit_head SET seq = $1, mac = $2, seal = $3 WHERE seq < $1`, seq, mac, seal)
	return err
}

// chained numbers and chains entries, in batches, until there are no more or stop is closed.
func chained(entries iter.Seq[audit.Entry], ring *secret.Ring, seq int64, mac string, stop <-chan struct{}) <-chan []audit.Entry {
	const size = 1000
	batches := make(chan []audit.Entry, 8)
	go func() {
		defer close(batches)
		batch := make([]audit.Entry, 0, size)
		for e := range entries {
			seq++
			e = e.Bounded()
			e.Seq = seq
			e.MAC = e.Chain(ring, mac)
			mac = e.MAC
			if batch = append(batch, e); len(batch) < size {
				continue
			}
			select {
			case batches <- batch:
				batch = make([]audit.Entry, 0, size)
			case <-stop:
				return
			}
		}
		select {
		case batches <- batch:
		case <-stop:
		}
	}()
	return batches
}
