package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
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
	later, err := bareTables(ctx, file)
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
			show(i+1, len(tables)+len(later)+1)
		}
	}
	if err := indexTexts(ctx, file); err != nil {
		return err
	}
	for i, text := range later {
		if _, err := file.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("making the indexes and triggers of the copy: %w", err)
		}
		if show != nil {
			show(len(tables)+i+1, len(tables)+len(later)+1)
		}
	}
	return wholeReferences(ctx, file)
}

// bareTables makes the tables of this version in a file, without what their migrations put into
// them, without their triggers, because rows that are copied have already had their consequences,
// and without their indexes, which are made faster once all rows are there. It returns what makes
// these again.
func bareTables(ctx context.Context, file *sql.DB) (later []string, err error) {
	p, err := migrator(file)
	if err != nil {
		return nil, err
	}
	if _, err := p.Up(ctx); err != nil {
		return nil, err
	}
	found, err := file.QueryContext(ctx, `SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name`)
	if err != nil {
		return nil, err
	}
	type object struct{ kind, name, text string }
	all, err := collect(found, func(row scanner) (o object, err error) { return o, row.Scan(&o.kind, &o.name, &o.text) })
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if _, err := file.ExecContext(ctx, `DROP `+o.kind+` `+o.name); err != nil {
			return nil, err
		}
		later = append(later, o.text)
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
	return later, err
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
