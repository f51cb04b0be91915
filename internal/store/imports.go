package store

import (
	"context"
	"time"
)

// ImportState says how far an import is.
type ImportState string

// The states, in their order. Done and stopped are both ends.
const (
	ImportReading ImportState = "reading"
	ImportReady   ImportState = "ready"
	ImportRunning ImportState = "running"
	ImportDone    ImportState = "done"
	ImportStopped ImportState = "stopped"
)

// ImportJob is a file of users that was read and checked.
type ImportJob struct {
	ID    string
	Owner string // the user who may see and run it; "" for a command
	State ImportState
	// Format, FileName and Mapping tell about the file; the last is JSON.
	Format, FileName, Mapping string
	// Good and Bad are the rows as they were found; Admins are those among the good
	// ones who become administrators.
	Good, Bad, Admins int
	// Added and Late are what became of the good ones so far; late ones clash with a
	// user who was added meanwhile.
	Added, Late int
	// Warning is something about the whole file that its reader should know.
	Warning string
	// Invite lets rows without a password in; Invited are those among the good ones.
	Invite  bool
	Invited int
	// ActorName, IP, UserAgent and RequestID are those of the person who started it.
	ActorName, IP, UserAgent, RequestID string
	// Created is when reading began, Changed when anything happened last, Ends when
	// it is forgotten unless it is running.
	Created, Changed, Ends time.Time
}

const importColumns = `id, owner_id, state, format, file_name, mapping, good, bad, admins, added, late, warning, invite, invited,
	actor_name, ip, user_agent, request_id, created_at, changed_at, ends_at`

func scanImport(row scanner) (b ImportJob, err error) {
	var created, changed, ends int64
	err = row.Scan(&b.ID, &b.Owner, &b.State, &b.Format, &b.FileName, &b.Mapping, &b.Good, &b.Bad, &b.Admins, &b.Added, &b.Late,
		&b.Warning, &b.Invite, &b.Invited,
		&b.ActorName, &b.IP, &b.UserAgent, &b.RequestID, &created, &changed, &ends)
	b.Created, b.Changed, b.Ends = at(created), at(changed), at(ends)
	return b, err
}

// Import returns the import of this owner, or a problem.NotFound.
func (r Reader) Import(id, owner string) (ImportJob, error) {
	b, err := scanImport(r.q.queryRow(`SELECT `+importColumns+` FROM import_batches WHERE id = $1 AND owner_id = $2`, id, owner))
	return b, notFound(err, "import")
}

// ImportsOf returns the imports of an owner that have been read, newest first.
func (r Reader) ImportsOf(owner string) ([]ImportJob, error) {
	return r.imports(`WHERE owner_id = $1 AND state <> 'reading' ORDER BY created_at DESC LIMIT 20`, owner)
}

// RunningImports returns the imports that are under way, oldest first.
func (r Reader) RunningImports() ([]ImportJob, error) {
	return r.imports(`WHERE state = 'running' ORDER BY created_at`)
}

func (r Reader) imports(where string, args ...any) ([]ImportJob, error) {
	return list(context.Background(), r.q, scanImport, "reading imports", `SELECT `+importColumns+` FROM import_batches `+where, args...)
}

// AddImport begins an import in the state reading.
func (tx *Tx) AddImport(b ImportJob) error {
	return tx.exec(`INSERT INTO import_batches (id, owner_id, state, format, file_name, invite, created_at, changed_at, ends_at)
		VALUES ($1, $2, 'reading', $3, $4, $5, $6, $6, $7)`, b.ID, b.Owner, b.Format, b.FileName, b.Invite, ms(b.Created), ms(b.Ends))
}

// ImportRead ends the reading. Earlier imports of the same owner that nobody
// started go away, so that what is staged stays bounded.
func (tx *Tx) ImportRead(b ImportJob) (done bool, err error) {
	done, err = tx.once(`UPDATE import_batches SET state = 'ready', mapping = $1, good = $2, bad = $3, admins = $4, invited = $5, warning = $6,
		changed_at = $7, ends_at = $8 WHERE id = $9 AND state = 'reading'`, b.Mapping, b.Good, b.Bad, b.Admins, b.Invited, b.Warning, ms(b.Changed), ms(b.Ends), b.ID)
	if err != nil || !done {
		return false, err
	}
	return true, tx.exec(`DELETE FROM import_batches WHERE owner_id = $1 AND owner_id <> '' AND state = 'ready' AND id <> $2`, b.Owner, b.ID)
}

// StartImport lets the rows in; started is true for exactly one caller.
func (tx *Tx) StartImport(b ImportJob, now time.Time) (started bool, err error) {
	return tx.once(`UPDATE import_batches SET state = 'running', actor_name = $1, ip = $2, user_agent = $3, request_id = $4, changed_at = $5
		WHERE id = $6 AND owner_id = $7 AND state = 'ready'`, b.ActorName, b.IP, b.UserAgent, b.RequestID, ms(now), b.ID, b.Owner)
}

// CountImport adds to what became of the rows of a running import; counted is false
// if it does not run any more.
func (tx *Tx) CountImport(id string, added, late int, now time.Time) (counted bool, err error) {
	return tx.once(`UPDATE import_batches SET added = added + $1, late = late + $2, changed_at = $3
		WHERE id = $4 AND state = 'running'`, added, late, ms(now), id)
}

// EndImport ends a running import as done or stopped; ended is true for exactly one
// caller. The rows that were not looked at are refused for this reason and lose what
// was sealed in them.
func (tx *Tx) EndImport(id string, state ImportState, reason string, now, ends time.Time) (ended bool, err error) {
	ended, err = tx.once(`UPDATE import_batches SET state = $1, changed_at = $2, ends_at = $3 WHERE id = $4 AND state = 'running'`,
		state, ms(now), ms(ends), id)
	if err != nil || !ended {
		return false, err
	}
	return true, tx.exec(`UPDATE import_rows SET result = 'refused', reasons = $1, sealed = ''
		WHERE batch_id = $2 AND result = 'good'`, reason, id)
}

// dropSlice is how many rows of an import are removed in one transaction, so that
// little has to be kept to undo it and nobody waits long.
const dropSlice = 1000

// EmptyImport removes the rows of an import of this owner that does not run, in
// transactions of its own: DropImport then has little to do.
func (db *DB) EmptyImport(ctx context.Context, id, owner string) error {
	for more := true; more; {
		err := db.Tx(ctx, func(tx *Tx) error {
			n, err := tx.change(`DELETE FROM import_rows WHERE batch_id = $1 AND position IN (
				SELECT r.position FROM import_rows r JOIN import_batches b ON b.id = r.batch_id
				WHERE r.batch_id = $1 AND b.owner_id = $2 AND b.state <> 'running' LIMIT $3)`, id, owner, dropSlice)
			more = n == dropSlice
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DropImport forgets an import of this owner that does not run.
func (tx *Tx) DropImport(id, owner string) (done bool, err error) {
	return tx.once(`DELETE FROM import_batches WHERE id = $1 AND owner_id = $2 AND state <> 'running'`, id, owner)
}

// CutOffImports ends the time of imports whose reading ended with the server; those of
// commands may still be at work.
func (tx *Tx) CutOffImports() error {
	return tx.exec(`UPDATE import_batches SET ends_at = 0 WHERE state = 'reading' AND owner_id <> ''`)
}

// EmptyOldImports removes the rows of every import that DropOldImports would forget,
// some at a time.
func (db *DB) EmptyOldImports(ctx context.Context, now time.Time) error {
	old, err := db.imports(`WHERE ends_at < $1 AND state <> 'running'`, ms(now))
	for _, b := range old {
		if err := db.EmptyImport(ctx, b.ID, b.Owner); err != nil {
			return err
		}
	}
	return err
}

// DropOldImports forgets every import whose time is over and that does not run.
func (tx *Tx) DropOldImports(now time.Time) error {
	return tx.exec(`DELETE FROM import_batches WHERE ends_at < $1 AND state <> 'running'`, ms(now))
}

// RunningImport returns a running import as it is inside this transaction; ok is
// false if it ended.
func (tx *Tx) RunningImport(id string) (b ImportJob, ok bool, err error) {
	return one(tx.q.queryRow(`SELECT `+importColumns+` FROM import_batches WHERE id = $1 AND state = 'running'`, id), scanImport, "reading an import")
}
