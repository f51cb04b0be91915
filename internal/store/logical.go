package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/secret"
)

// A logical copy has the rows of every table in the file of the other engine. It is how a database
// in PostgreSQL is backed up, and how one moves from SQLite to PostgreSQL and back: an archive
// always holds a file.

// copyRowsOut is Copy for PostgreSQL: it writes the rows as they are at one moment into the tables
// of a new file.
func (db *DB) copyRowsOut(ctx context.Context, to string, show func(done, of int)) (err error) {
	file := sql.OpenDB(newConnector(to, "rw&_journal_mode=OFF&_synchronous=OFF"))
	file.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, file.Close()) }()
	triggers, err := bareTables(ctx, file)
	if err != nil {
		return err
	}
	from, err := db.server.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return unavailable(err)
	}
	defer from.Rollback(context.WithoutCancel(ctx))
	tables, err := columnsOf(ctx, file)
	if err != nil {
		return err
	}
	for i, t := range tables {
		if err := t.copyOut(ctx, from, file); err != nil {
			return fmt.Errorf("copying the table %s: %w", t.name, err)
		}
		if show != nil {
			show(i+1, len(tables)+1)
		}
	}
	if err := indexTexts(ctx, file); err != nil {
		return err
	}
	for _, text := range triggers {
		if _, err := file.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("making the triggers of the copy: %w", err)
		}
	}
	return wholeReferences(ctx, file)
}

// bareTables makes the tables of this version in a file, without what their migrations put into
// them and without their triggers, whose definitions it returns: rows that are copied have
// already had their consequences.
func bareTables(ctx context.Context, file *sql.DB) (triggers []string, err error) {
	p, err := migrator(file)
	if err != nil {
		return nil, err
	}
	if _, err := p.Up(ctx); err != nil {
		return nil, err
	}
	found, err := file.QueryContext(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		return nil, err
	}
	type trigger struct{ name, text string }
	all, err := collect(found, func(row scanner) (t trigger, err error) { return t, row.Scan(&t.name, &t.text) })
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if _, err := file.ExecContext(ctx, `DROP TRIGGER `+t.name); err != nil {
			return nil, err
		}
		triggers = append(triggers, t.text)
	}
	tables, err := columnsOf(ctx, file)
	for _, t := range tables {
		if err == nil {
			_, err = file.ExecContext(ctx, `DELETE FROM `+t.name)
		}
	}
	if err == nil {
		_, err = file.ExecContext(ctx, `PRAGMA foreign_keys = OFF`)
	}
	return triggers, err
}

// wholeReferences is an error if a row refers to one that is not there.
func wholeReferences(ctx context.Context, file *sql.DB) error {
	found, err := file.QueryContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`)
	if err != nil {
		return err
	}
	broken, err := collect(found, single[string])
	if err == nil && len(broken) > 0 {
		err = fmt.Errorf("a row of the table %s refers to one that is not there", broken[0])
	}
	return err
}

// copiedTable is a table of rows that are copied, and its columns.
type copiedTable struct {
	name    string
	columns []string
}

// columnsOf returns the tables of a file whose rows are copied: all but those that its engine
// keeps for itself, and the indexes of text, which are made anew.
func columnsOf(ctx context.Context, file *sql.DB) (all []copiedTable, err error) {
	found, err := file.QueryContext(ctx, `SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.sql LIKE '%STRICT%' ORDER BY t.name, c.cid`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var table, column string
		if err := found.Scan(&table, &column); err != nil {
			return nil, err
		}
		if len(all) == 0 || all[len(all)-1].name != table {
			all = append(all, copiedTable{name: table})
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, column)
	}
	return all, found.Err()
}

// quoted are the columns as both engines read them.
func (t copiedTable) quoted() string { return `"` + strings.Join(t.columns, `", "`) + `"` }

// copyOut copies the rows of a table into the file, in one transaction.
func (t copiedTable) copyOut(ctx context.Context, from pgx.Tx, file *sql.DB) error {
	tx, err := file.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	places := make([]string, len(t.columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO `+t.name+` (`+t.quoted()+`) VALUES (`+strings.Join(places, ", ")+`)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	found, err := from.Query(ctx, `SELECT `+t.quoted()+` FROM `+t.name)
	if err != nil {
		return unavailable(err)
	}
	defer found.Close()
	for found.Next() {
		row, err := found.Values()
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	if err := found.Err(); err != nil {
		return unavailable(err)
	}
	return tx.Commit()
}

// CopyIntoPostgres puts the rows of a file, which has the schema of this version and nobody else
// has open, into an empty PostgreSQL. All of them are there when it returns without an error, and
// otherwise the database has no rows: then it can be done again. show is told how many of how many
// tables are done.
func CopyIntoPostgres(ctx context.Context, path, address string, show func(done, of int)) (err error) {
	config, err := postgresConfig(address)
	if err != nil {
		return err
	}
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "0" // the file may be slow
	schema := stdlib.OpenDB(*config.ConnConfig)
	defer func() { err = errors.Join(err, schema.Close()) }()
	if err := emptyPostgres(ctx, schema); err != nil {
		return fmt.Errorf("%s: %w", PostgresName(address), err)
	}
	to, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close(context.WithoutCancel(ctx))) }()
	file := sql.OpenDB(newConnector(path, "ro"))
	defer func() { err = errors.Join(err, file.Close()) }()
	return copyRowsIn(ctx, file, to, show)
}

// emptyPostgres makes the tables in a database that has none, or none with a key.
func emptyPostgres(ctx context.Context, db *sql.DB) error {
	if err := checkPostgres(ctx, db); err != nil {
		return err
	}
	_, tables, err := schemaOf(ctx, postgres, db)
	if err != nil && (slices.Contains(tables, "users") || asDamage(err) == nil) {
		return err
	}
	if err == nil {
		var check string
		if err := db.QueryRowContext(ctx, keyCheckValue).Scan(&check); err != nil {
			return err
		}
		if check != "" {
			return errors.New("the database is not empty; restore into an empty one")
		}
	}
	p, err := postgresMigrator(db)
	if err == nil {
		_, err = p.Up(ctx)
	}
	return err
}

// copyRowsIn copies every table in one transaction, in which nothing watches the rows: their
// consequences are among them. What refers to what is checked at its end.
func copyRowsIn(ctx context.Context, file *sql.DB, to *pgx.Conn, show func(done, of int)) error {
	tables, err := columnsOf(ctx, file)
	if err != nil {
		return err
	}
	tx, err := to.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	references, err := dropReferences(ctx, tx)
	if err != nil {
		return err
	}
	for i, t := range tables {
		if err := t.copyIn(ctx, file, tx); err != nil {
			return fmt.Errorf("copying the table %s: %w", t.name, err)
		}
		if show != nil {
			show(i+1, len(tables)+1)
		}
	}
	for _, text := range append(references, `SELECT setval(pg_get_serial_sequence('users', 'num'), (SELECT coalesce(max(num), 0) + 1 FROM users), false)`, `ANALYZE`) {
		if _, err := tx.Exec(ctx, text); err != nil {
			return fmt.Errorf("finishing the copy: %w", err)
		}
	}
	return tx.Commit(ctx)
}

// dropReferences drops the constraints that name other tables, and returns what makes them again.
func dropReferences(ctx context.Context, tx pgx.Tx) (texts []string, err error) {
	found, err := tx.Query(ctx, `SELECT CAST(CAST(conrelid AS regclass) AS TEXT), quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
		WHERE contype = 'f' AND connamespace = CAST(current_schema() AS regnamespace)`)
	if err != nil {
		return nil, err
	}
	type reference struct{ table, name, text string }
	all, err := collect(closing{found}, func(row scanner) (r reference, err error) { return r, row.Scan(&r.table, &r.name, &r.text) })
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if _, err := tx.Exec(ctx, `ALTER TABLE `+r.table+` DROP CONSTRAINT `+r.name); err != nil {
			return nil, err
		}
		texts = append(texts, `ALTER TABLE `+r.table+` ADD CONSTRAINT `+r.name+` `+r.text)
	}
	return texts, nil
}

// copyIn copies the rows of a table out of the file.
func (t copiedTable) copyIn(ctx context.Context, file *sql.DB, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `ALTER TABLE `+t.name+` DISABLE TRIGGER USER; DELETE FROM `+t.name, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	flags, err := t.flags(ctx, tx)
	if err != nil {
		return err
	}
	found, err := file.QueryContext(ctx, `SELECT `+t.quoted()+` FROM `+t.name)
	if err != nil {
		return err
	}
	defer found.Close()
	_, err = tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
		if !found.Next() {
			return nil, found.Err()
		}
		return t.row(found, flags)
	}))
	if err == nil {
		_, err = tx.Exec(ctx, `ALTER TABLE `+t.name+` ENABLE TRIGGER USER`)
	}
	return err
}

// flags says which columns PostgreSQL has as BOOLEAN, where SQLite has 0 and 1.
func (t copiedTable) flags(ctx context.Context, tx pgx.Tx) (map[string]bool, error) {
	found, err := tx.Query(ctx, `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND data_type = 'boolean'`, t.name)
	if err != nil {
		return nil, err
	}
	names, err := collect(closing{found}, single[string])
	flags := map[string]bool{}
	for _, name := range names {
		flags[name] = true
	}
	return flags, err
}

func (t copiedTable) row(found *sql.Rows, flags map[string]bool) ([]any, error) {
	row, dest := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range row {
		dest[i] = &row[i]
	}
	if err := found.Scan(dest...); err != nil {
		return nil, err
	}
	for i, column := range t.columns {
		if n, ok := row[i].(int64); ok && flags[column] {
			row[i] = n != 0
		}
	}
	return row, nil
}

// LookAtPostgres looks at what was copied into a PostgreSQL: that it belongs to this key ring and
// that its audit log holds. It returns how many users it has.
func LookAtPostgres(ctx context.Context, address string, ring *secret.Ring) (users int, err error) {
	db, err := Open(ctx, address, ring, false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, _, err := db.VerifyAudit(ctx, ring, ""); err != nil {
		return 0, err
	}
	return db.countCopied()
}
