package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/migrations"
)

// Migrated is what Migrate did: nothing, if From and To are the same.
type Migrated struct {
	From, To int64
	// Copy is the file that has the database as it was.
	Copy string
}

// Done reports whether there was something to do.
func (m Migrated) Done() bool { return m.From != m.To }

// Schema is the change in words.
func (m Migrated) Schema() string { return fmt.Sprintf("%d → %d", m.From, m.To) }

// Migrate brings the database at path, which must exist, to this program's schema. If
// there is something to do, a copy is made beside it first, and nobody else may have it
// open. All steps and the audit row, which is e with what was done, are one transaction:
// a step that fails, or the end of the process, leaves the database as it was.
func Migrate(ctx context.Context, path string, ring *secret.Ring, e audit.Entry) (Migrated, error) {
	if isPostgres(path) {
		return migratePostgres(ctx, path, ring, e)
	}
	if err := protect(path, false); err != nil {
		return Migrated{}, err
	}
	// Before the first connection: closing a file gives up every lock that the process
	// has on it, SQLite's too.
	user, err := openElsewhere(path)
	if err != nil {
		return Migrated{}, err
	}
	connector := newConnector(path, "rw")
	connector.inOne = true
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	m, err := migrate(ctx, db, path, user, ring, e)
	return m, opening(path, errors.Join(err, db.Close()))
}

func migrate(ctx context.Context, db *sql.DB, path, user string, ring *secret.Ring, e audit.Entry) (m Migrated, err error) {
	if m.From, _, err = schemaOf(ctx, sqlite, db); err != nil {
		return m, err
	}
	var check string
	if err := db.QueryRowContext(ctx, keyCheckValue).Scan(&check); err != nil {
		return m, fmt.Errorf("reading the check value of the key: %w", err)
	}
	m.To = newestOf(sqlite)
	if err := errors.Join(matchKey(ring, check), refuseNewer(m.From, m.To)); err != nil {
		return m, err
	}
	if !m.Done() {
		return m, checkSchema(ctx, sqlite, db)
	}
	if user != "" {
		return m, fmt.Errorf("%s has the database open, which has to be brought from schema %s; stop it first", user, m.Schema())
	}
	if m.Copy, err = copyBefore(ctx, db, path, m.From, e.At); err != nil {
		return m, err
	}
	e.Event, e.Result = audit.DatabaseMigrated, audit.ResultOK
	e.Details = []audit.Detail{
		{Name: "schema", Before: fmt.Sprint(m.From), After: fmt.Sprint(m.To)}, {Name: "copy", After: filepath.Base(m.Copy)},
	}
	if err := apply(ctx, db, ring, func(tx *Tx) error { return tx.Audit(e) }); err != nil {
		err = fmt.Errorf("bringing the database from schema %s failed and left it as it was: %w", m.Schema(), err)
		return m, errors.Join(err, os.Remove(m.Copy)) // a copy of what still stands
	}
	return m, nil
}

// makeTables gives a new database its tables, and does nothing to one that has them.
func makeTables(ctx context.Context, path string, ring *secret.Ring) error {
	connector := newConnector(path, "rw")
	connector.inOne = true
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	err := apply(ctx, db, ring, func(*Tx) error { return nil })
	if err != nil {
		err = fmt.Errorf("making the tables of the database: %w", err)
	}
	return errors.Join(err, db.Close())
}

// apply runs the steps that are missing, and then fn, in one transaction on the only
// connection of db, which makes savepoints of the transactions of the steps.
func apply(ctx context.Context, db *sql.DB, ring *secret.Ring, fn func(*Tx) error) (err error) {
	p, err := migrator(db)
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, sqlite.text(beginWriting)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// SQLite has done it already after some errors, a full disk among them.
			_, _ = db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	had, err := hasHead(ctx, db)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	if !had {
		if err := onConn(ctx, db, ring, (*Tx).firstHead); err != nil {
			return err
		}
	}
	if err := onConn(ctx, db, ring, fn); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "COMMIT")
	return err
}

// onConn runs fn on the only connection of db, inside the transaction that is open there.
func onConn(ctx context.Context, db *sql.DB, ring *secret.Ring, fn func(*Tx) error) error {
	conn, err := newSQLiteConnection(ctx, db, nil)
	if err != nil {
		return err
	}
	w := &writer{conn: conn, ring: ring}
	return errors.Join(fn(&Tx{Reader: Reader{q: w}, w: w}), conn.release())
}

func migrator(db *sql.DB) (*goose.Provider, error) {
	p, err := goose.NewProvider(goose.DialectSQLite3, db, nil,
		goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(append(steps(sqlite), searchMigration())...), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	return p, nil
}

// steps are the migrations of a database in SQL. Each is run as the one text that it is:
// to look for its statements takes longer than to run them.
func steps(d dialect) (all []*goose.Migration) {
	for _, f := range migrationFiles(d) {
		all = append(all, goose.NewGoMigration(f.version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, f.up)
			return err
		}}, nil))
	}
	return all
}

// newestOf returns the schema of this program.
func newestOf(d dialect) int64 {
	_, names := migrationNames(d)
	return versionOf(names[len(names)-1])
}

// tableChange finds what a line of a migration does to tables as such.
var tableChange = regexp.MustCompile(`(?i)^\s*(?:CREATE (?:VIRTUAL )?TABLE (\w+)|DROP TABLE (\w+)|ALTER TABLE (\w+) RENAME TO (\w+))`)

// tablesMade returns the tables that the migrations leave behind, so that one that is
// gone is missed before somebody needs it.
func tablesMade(d dialect) []string {
	var tables []string
	gone := func(name string) { tables = slices.DeleteFunc(tables, func(t string) bool { return t == name }) }
	for _, text := range migrationTexts(d) {
		for line := range strings.Lines(text) {
			m := tableChange.FindStringSubmatch(line)
			switch {
			case m == nil:
			case m[1] != "":
				tables = append(tables, m[1])
			case m[2] != "":
				gone(m[2])
			default:
				gone(m[3])
				tables = append(tables, m[4])
			}
		}
	}
	return tables
}

// migrationTexts returns what brings a schema up, in order; what the program adds to the
// files stands behind them.
func migrationTexts(d dialect) (texts []string) {
	for _, f := range migrationFiles(d) {
		texts = append(texts, f.up)
	}
	if d == postgres {
		return texts
	}
	return append(texts, migrations.SQLiteText("tables"))
}

// migrationFile is one step of the schema.
type migrationFile struct {
	version int64
	up      string
}

// migrationFiles are the steps of a database, in order.
func migrationFiles(d dialect) (all []migrationFile) {
	files, names := migrationNames(d)
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			panic(fmt.Sprintf("reading %s: %v", name, err)) // it is part of the program
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		all = append(all, migrationFile{versionOf(name), up})
	}
	return all
}

// migrationNames are the files of these steps, in order.
func migrationNames(d dialect) (fs.FS, []string) {
	files := migrations.SQLite()
	if d == postgres {
		files = migrations.Postgres()
	}
	names, _ := fs.Glob(files, "*.sql") // fails for a bad pattern only
	slices.Sort(names)
	return files, names
}

// versionOf is the number that the name of a migration begins with.
func versionOf(name string) int64 {
	version, err := goose.NumericComponent(name)
	if err != nil {
		panic(fmt.Sprintf("the migration %s: %v", name, err)) // it is part of the program
	}
	return version
}
