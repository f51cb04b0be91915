package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// What differs between databases stands in this file and in the folders of package
// migrations, nowhere else.

// pragmas run on every new connection. A PRAGMA sent through a pool would reach
// one connection only; a wrong one left out here would be silent, so a test asks
// each connection what it has.
const pragmas = `
PRAGMA busy_timeout = 5000;
PRAGMA foreign_keys = ON;
PRAGMA recursive_triggers = ON;
PRAGMA trusted_schema = OFF;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -1000;
`

// writePragmas are for the one connection that writes. FULL makes an answered
// commit survive a power cut; the driver's compiled default is NORMAL.
const writePragmas = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
`

// connector opens connections to one SQLite file.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
	// inOne makes every transaction a savepoint of one that is begun by hand.
	inOne bool
	// guard refuses a connection to another file than the one that was opened first.
	guard *guard
}

func newConnector(path, mode string) *connector {
	setup := pragmas
	if mode == "rw" {
		setup += writePragmas
	}
	// Each connection has one user at a time, so SQLite need not lock it each time.
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=" + mode + "&_mutex=no"}
	return &connector{dsn: name.String(), driver: &sqlite3.SQLiteDriver{
		ConnectHook: func(c *sqlite3.SQLiteConn) error {
			_, err := c.Exec(setup, nil)
			return err
		},
	}}
}

// Connect opens one connection with every option set.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := c.guard.same(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if c.inOne {
		return inOne{conn.(*sqlite3.SQLiteConn)}, nil
	}
	return conn, nil
}

// Driver returns the SQLite driver.
func (c *connector) Driver() driver.Driver { return c.driver }

// inOne is a connection whose transactions are savepoints, for one that encloses them.
type inOne struct{ *sqlite3.SQLiteConn }

// Begin begins a savepoint.
func (c inOne) Begin() (driver.Tx, error) {
	_, err := c.Exec("SAVEPOINT step", nil)
	return c, err
}

// BeginTx begins a savepoint.
func (c inOne) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return c.Begin() }

// Commit keeps what the savepoint wrote, for the enclosing transaction.
func (c inOne) Commit() error {
	_, err := c.Exec("RELEASE step", nil)
	return err
}

// Rollback undoes what the savepoint wrote.
func (c inOne) Rollback() error {
	_, err := c.Exec("ROLLBACK TO step; RELEASE step", nil)
	return err
}

// autocommit reports whether no transaction is open on the driver's connection.
// SQLite ends a transaction by itself after some errors, a full disk among them.
func autocommit(driverConn any) bool {
	c, ok := driverConn.(*sqlite3.SQLiteConn)
	return !ok || c.AutoCommit()
}

// isDamage reports whether err says that the file does not hold the database that was
// written to it: pages that are none, a file cut short, tables that are gone.
func isDamage(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return false
	}
	switch e.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return true
	case sqlite3.ErrIoErr:
		return e.ExtendedCode == sqlite3.ErrIoErrShortRead || e.ExtendedCode == errIoErrCorruptFS
	case sqlite3.ErrError:
		return strings.Contains(e.Error(), "no such table") || strings.Contains(e.Error(), "no such column")
	}
	return false
}

// errIoErrCorruptFS is SQLITE_IOERR_CORRUPTFS, which the driver has no name for.
const errIoErrCorruptFS = sqlite3.ErrNoExtended(10 | 33<<8)

// isDriverError reports whether err was made by the database driver.
func isDriverError(err error) bool {
	_, ok := errors.AsType[sqlite3.Error](err)
	return ok
}

// indexedBy makes a statement read a table through this index. Without it SQLite
// prefers its own key of the row, and with it the whole row.
func indexedBy(index string) string { return " INDEXED BY " + index }
