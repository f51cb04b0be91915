package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// A point read is one row by a key, which some requests wait for thousands of times a second. Package
// database/sql makes an object of it, of its statement, of its columns and of each of its arguments, which takes as
// long as SQLite does; so here the driver's own statement is asked, on a connection of the same readers.

// asked is a statement on one connection, which one reader has at a time, with room for its arguments and its row.
type asked struct {
	driver.Stmt
	driver.StmtQueryContext
	args []driver.NamedValue
	row  []driver.Value
}

// point reads a row, which the database is asked for unless it is known. The statement is prepared once on each
// connection.
func (p *readPool) point(read *pointRead, args []string, dest ...any) error {
	if p.cache == nil {
		return p.ask(read, args, dest, func([]driver.Value) {})
	}
	q := asking(read, args)
	row, at := p.cache.find(q)
	if row != nil {
		return scan(row, dest)
	}
	err := p.ask(read, args, dest, func(row []driver.Value) { p.cache.keep(q, row, at) })
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		p.cache.forget()
	}
	return err
}

func (p *readPool) ask(read *pointRead, args []string, dest []any, keep func(row []driver.Value)) error {
	conn, err := p.db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		a, err := p.askedOn(c, read)
		if err != nil {
			return err
		}
		if err := a.read(args, dest); err != nil {
			return err
		}
		keep(a.row)
		return nil
	})
}

// pointKey is a statement on one connection of the driver.
type pointKey struct {
	conn any
	read *pointRead
}

// askedOn is the statement on a connection. Raw lets one reader at a time have that.
func (p *readPool) askedOn(conn any, read *pointRead) (*asked, error) {
	key := pointKey{conn, read}
	if a, ok := p.points.Load(key); ok {
		return a.(*asked), nil
	}
	stmt, err := conn.(driver.Conn).Prepare(sqlite.text(read.text))
	if err != nil {
		return nil, err
	}
	a := &asked{Stmt: stmt}
	var ok bool
	if a.StmtQueryContext, ok = stmt.(driver.StmtQueryContext); !ok {
		return nil, errors.Join(fmt.Errorf("the driver's statement %T takes no context", stmt), stmt.Close())
	}
	p.points.Store(key, a)
	return a, nil
}

func (a *asked) read(args []string, dest []any) (err error) {
	a.args = a.args[:0]
	for i, arg := range args {
		a.args = append(a.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	rows, err := a.QueryContext(context.Background(), a.args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if a.row == nil {
		a.row = make([]driver.Value, len(dest))
	}
	if err := rows.Next(a.row); err == io.EOF {
		return sql.ErrNoRows
	} else if err != nil {
		return err
	}
	return scan(a.row, dest)
}

// scan puts the values of a row where they go.
func scan(row []driver.Value, dest []any) error {
	for i, value := range row {
		switch to := dest[i].(type) {
		case *string:
			text, ok := value.(string)
			if !ok {
				return fmt.Errorf("column %d holds %T, not a text", i, value)
			}
			*to = text
		case sql.Scanner:
			if err := to.Scan(value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("column %d cannot go to %T", i, to)
		}
	}
	return nil
}

// closePoints lets go of the statements, before their connections are closed.
func (p *readPool) closePoints() (err error) {
	p.points.Range(func(key, a any) bool {
		p.points.Delete(key)
		err = errors.Join(err, a.(*asked).Close())
		return true
	})
	return err
}
