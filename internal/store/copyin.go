package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/secret"
)

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
	indexes, err := dropIndexes(ctx, tx)
	if err != nil {
		return err
	}
	later := slices.Concat(indexes, references)
	for i, t := range tables {
		if err := t.copyIn(ctx, file, tx); err != nil {
			return fmt.Errorf("copying the table %s: %w", t.name, err)
		}
		if show != nil {
			show(i+1, len(tables)+len(later)+1)
		}
	}
	for i, text := range append(later, `SELECT setval(pg_get_serial_sequence('users', 'num'), (SELECT coalesce(max(num), 0) + 1 FROM users), false)`, `ANALYZE`) {
		if _, err := tx.Exec(ctx, text); err != nil {
			return fmt.Errorf("finishing the copy: %w", err)
		}
		if show != nil {
			show(len(tables)+min(i+1, len(later)), len(tables)+len(later)+1)
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

// dropIndexes drops the indexes that belong to no constraint, and returns what makes them again,
// which is faster once all rows are there.
func dropIndexes(ctx context.Context, tx pgx.Tx) (texts []string, err error) {
	found, err := tx.Query(ctx, `SELECT CAST(CAST(i.indexrelid AS regclass) AS TEXT), pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
		WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid) ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	type index struct{ name, text string }
	all, err := collect(closing{found}, func(row scanner) (x index, err error) { return x, row.Scan(&x.name, &x.text) })
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		if _, err := tx.Exec(ctx, `DROP INDEX `+x.name); err != nil {
			return nil, err
		}
		texts = append(texts, x.text)
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
