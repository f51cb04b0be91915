package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// lookUp is one prepared statement that finds at most one row by one text, asked of the
// driver directly. What database/sql does around such a statement counts where every
// request has one: 3.9 µs in place of 4.8. It is safe for concurrent use.
type lookUp struct {
	connector *connector
	text      string
	places    chan *lookUpConn // as many as connections; nil for one that is not open
}

// lookUpConn is one connection with the statement. It belongs to the caller who took it.
type lookUpConn struct {
	conn driver.Conn
	stmt driver.Stmt
	arg  [1]driver.NamedValue
	row  driverRow
}

// newLookUp returns a look-up that opens up to most connections, each at its first use.
func newLookUp(c *connector, text string, most int) *lookUp {
	l := &lookUp{connector: c, text: text, places: make(chan *lookUpConn, most)}
	for range most {
		l.places <- nil
	}
	return l
}

// row calls scan with the row that arg finds; found is false without a call if there is
// none. A connection that failed is not used again.
func (l *lookUp) row(arg string, scan func(scanner) error) (found bool, err error) {
	c, open := <-l.places
	if !open {
		return false, errors.New("the database is closed")
	}
	defer func() { l.places <- c }()
	if c == nil {
		if c, err = l.open(); err != nil {
			return false, err
		}
	}
	found, err = c.find(arg)
	if err != nil {
		err = errors.Join(err, c.close())
		c = nil
	}
	if err != nil || !found {
		return false, err
	}
	return true, scan(c.row)
}

func (l *lookUp) open() (*lookUpConn, error) {
	conn, err := l.connector.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	stmt, err := conn.Prepare(sqlite.text(l.text))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &lookUpConn{conn: conn, stmt: stmt}, nil
}

// find leaves the row in c.row. The statement is reset before it returns: what it read
// is a copy, and a transaction that stayed open would keep the log from shrinking.
func (c *lookUpConn) find(arg string) (found bool, err error) {
	c.arg[0] = driver.NamedValue{Ordinal: 1, Value: arg}
	rows, err := c.stmt.(driver.StmtQueryContext).QueryContext(context.Background(), c.arg[:])
	if err != nil {
		return false, err
	}
	if c.row == nil {
		c.row = make(driverRow, len(rows.Columns()))
	}
	err = rows.Next(c.row)
	if closed := rows.Close(); closed != nil {
		return false, errors.Join(err, closed)
	}
	if err == io.EOF {
		return false, nil
	}
	return err == nil, err
}

func (c *lookUpConn) close() error { return errors.Join(c.stmt.Close(), c.conn.Close()) }

// close waits for the look-ups that run and closes the connections. Later ones fail.
func (l *lookUp) close() error {
	var errs []error
	for range cap(l.places) {
		c, open := <-l.places
		if !open {
			return nil // closed before
		}
		if c != nil {
			errs = append(errs, c.close())
		}
	}
	close(l.places)
	return errors.Join(errs...)
}

// driverRow is a row as the driver returns it.
type driverRow []driver.Value

// Scan copies the columns into texts and into what has a Scan of its own.
func (r driverRow) Scan(dest ...any) error {
	if len(dest) != len(r) {
		return fmt.Errorf("%d columns for %d places", len(r), len(dest))
	}
	for i, d := range dest {
		switch d := d.(type) {
		case *string:
			text, ok := r[i].(string)
			if !ok {
				return fmt.Errorf("column %d holds %T, not a text", i+1, r[i])
			}
			*d = text
		case sql.Scanner:
			if err := d.Scan(r[i]); err != nil {
				return fmt.Errorf("column %d: %w", i+1, err)
			}
		default:
			return fmt.Errorf("column %d: cannot scan into %T", i+1, d)
		}
	}
	return nil
}
