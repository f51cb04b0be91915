package store

import (
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// columns are columns of tables, "users.name", and tables of which rows are made or removed, "users".
type columns map[string]bool

// meet reports whether a statement that changes these columns can change what is read of the others.
func (c columns) meet(reads columns) bool {
	for name := range c {
		if reads[name] {
			return true
		}
	}
	return false
}

// accesses are the columns that statements read and change, as SQLite says while it prepares them. What foreign keys and
// triggers do is among it.
type accesses struct{ reads, changes columns }

func (a *accesses) forget() { a.reads, a.changes = columns{}, columns{} }

// of lets the driver's connection say so of each statement that it prepares.
func (a *accesses) of(conn any) error {
	a.forget()
	c, ok := conn.(*sqlite3.SQLiteConn)
	if !ok {
		return fmt.Errorf("the driver's connection is a %T", conn)
	}
	c.RegisterAuthorizer(func(action int, table, column, database string) int {
		switch {
		case database != "main":
		case action == sqlite3.SQLITE_READ:
			a.reads[table], a.reads[table+"."+column] = true, true
		case action == sqlite3.SQLITE_UPDATE:
			a.changes[table+"."+column] = true
		case action == sqlite3.SQLITE_INSERT, action == sqlite3.SQLITE_DELETE:
			a.changes[table] = true
		}
		return sqlite3.SQLITE_OK
	})
	return nil
}
