package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/bits"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"

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
PRAGMA cache_size = -2000;
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

// advise adds to an error of the disk, or of whoever else uses the database, what the
// operator can do about it.
func advise(err error) error {
	todo := ""
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		switch {
		case isFull(err):
			todo = "free space on the disk of the data folder"
		case slices.Contains([]sqlite3.ErrNo{sqlite3.ErrReadonly, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrPerm}, e.Code):
			todo = "look whether the disk of the data folder works, and can be written"
		case e.Code == sqlite3.ErrBusy, e.Code == sqlite3.ErrLocked:
			todo = "end the other program that holds the database"
		}
	}
	if todo == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, todo)
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

// noDatabase says whether the error of headInFile means that something else stands where the
// database was. While the log holds anything, the file alone need not be whole: a checkpoint
// writes page after page, and beside a reader it leaves out those that were changed since
// the reader began. Its first page is always one of a database, and so is all of it once
// the log is empty.
func noDatabase(err error, log int64) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.Code == sqlite3.ErrNotADB || log == 0 && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrError))
}

// isFull reports whether err says that the disk is full. SQLite says so of its files, and of the
// memory that its processes share what the kernel says.
func isFull(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC)
}

// errIoErrCorruptFS is SQLITE_IOERR_CORRUPTFS, which the driver has no name for.
const errIoErrCorruptFS = sqlite3.ErrNoExtended(10 | 33<<8)

// EngineVersion is the version of the database engine.
func EngineVersion() string {
	version, _, _ := sqlite3.Version()
	return version
}

// isDriverError reports whether err was made by the database driver.
func isDriverError(err error) bool {
	_, ok := errors.AsType[sqlite3.Error](err)
	return ok || isPostgresError(err)
}

// dialect is the words of one database.
type dialect int

// The dialects.
const (
	sqlite dialect = iota
	postgres
)

// either is a piece of a statement in the words of each database. The choice is made
// when the statement is prepared, so whatever is kept under its text is kept once.
func either(sqlite, postgres string) string { return "⟨" + sqlite + "¦" + postgres + "⟩" }

var (
	choice = regexp.MustCompile("⟨([^¦⟩]*)¦([^⟩]*)⟩")
	truth  = strings.NewReplacer("TRUE", "1", "FALSE", "0")
	// parameter is one of a statement.
	parameter = regexp.MustCompile(`\$\d+`)
)

// text is a statement in the words of the dialect. SQLite knows TRUE and FALSE, but not
// that an index WHERE x = 1 holds the rows where x = TRUE.
//
// Before each parameter stands a plus there. It changes no value, and the planner does not look behind it: a plain
// parameter of a LIMIT, or one that is compared with a column of a partial index, makes SQLite plan a prepared
// statement anew for each value that is bound, which takes longer than to run most of them. The option
// SQLITE_ENABLE_QPSG does the same, but for those only who build with it.
func (d dialect) text(shared string) string {
	if d == sqlite {
		return parameter.ReplaceAllString(truth.Replace(choice.ReplaceAllString(shared, "${1}")), "+${0}")
	}
	return choice.ReplaceAllString(shared, "${2}")
}

// Statements that only open, look after or copy the database.
const (
	// beginWriting opens a transaction that nobody else may write in.
	beginWriting = "⟨BEGIN IMMEDIATE¦BEGIN⟩"
	tableNames   = "⟨SELECT name FROM sqlite_schema WHERE type = 'table'¦SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()⟩"
	databaseSize = "⟨SELECT 0¦SELECT pg_database_size(current_database())⟩"
	copyInto     = `VACUUM INTO $1`
	quickCheck   = `PRAGMA quick_check(1)`
	checkpoint   = `PRAGMA wal_checkpoint(TRUNCATE)`
	// beginReading opens a transaction and reads something, by which SQLite keeps the moment.
	beginReading = `BEGIN; SELECT count(*) FROM sqlite_schema`
	// integrityOf is about one table and its indexes.
	integrityOf   = `SELECT integrity_check FROM pragma_integrity_check($1) LIMIT 1`
	readAsMemory  = `PRAGMA mmap_size = 2147418112`
	keyCheckValue = `SELECT coalesce(max(value), '') FROM meta WHERE name = 'key_check'`
	// allObjects is every definition but those of ANALYZE, by kind and name. An index that a
	// table brings has no text.
	allObjects = `SELECT type || ' ' || name, coalesce(sql, '') || ' of ' || tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_stat%' ESCAPE '\'`
	// auditObjects are the tables of the audit log with their indexes and triggers, and
	// every other trigger or view that speaks of them, by kind and name.
	auditObjects = `SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL
		AND (tbl_name LIKE 'audit\_%' ESCAPE '\' OR type IN ('trigger', 'view') AND sql LIKE '%audit\_%' ESCAPE '\')`
	rebuildSearch = `INSERT INTO users_search (users_search) VALUES ('rebuild')`
	insertGrams   = `INSERT INTO users_grams (rowid, grams) VALUES ($1, $2)`
)

// unchanging is the mode of a file that nobody writes to.
const unchanging = "ro&immutable=1"

// Words of the statements. They are constants and not calls of either, so that constants
// can hold them.
const (
	// inTurn joins a table to rows that stand in an order, which the result has.
	inTurn = "⟨CROSS JOIN¦JOIN⟩"
	// aside keeps the database from reading an index of the column behind it.
	aside = "⟨+¦⟩"
	// inJSON and endOfJSON stand before and behind a list of numbers in JSON: what stands before is one of them.
	inJSON    = " IN (SELECT ⟨j.value FROM json_each(¦CAST(j AS BIGINT) FROM json_array_elements_text(CAST(CAST(⟩"
	endOfJSON = "⟨) j¦ AS TEXT) AS JSON)) j⟩)"
	// instr is the function that says where in a text another one begins, from 1.
	instr = "⟨instr¦strpos⟩"
)

// orderKept is the ORDER BY of rows that inTurn has in this order already.
func orderKept(by string) string { return either("", by) }

// beginArm and endArm stand before and behind each SELECT of a UNION ALL that has an ORDER BY and a LIMIT. SQLite merges
// them. PostgreSQL reads all rows of every one and sorts them, unless each has the order and the limit itself. There the
// limit stands in the text, where the planner sees it, as the next power of two, so that there are few such texts.
const beginArm = "⟨¦(⟩"

func endArm(by string, limit int) string {
	return either("", fmt.Sprintf("%s LIMIT %d)", by, 1<<bits.Len(uint(limit))))
}

// indexedBy makes a statement read a table through this index. Without it SQLite
// prefers its own key of the row, and with it the whole row.
func indexedBy(index string) string { return either(" INDEXED BY "+index, "") }

// throughText are the users as u, found in an index of text. In SQLite such an index is a table, in PostgreSQL an index
// of the column.
func throughText(index string) string {
	return either(index+" CROSS JOIN users u ON u.num = "+index+".rowid", "users u")
}

// textAlone is an index of text where those found are only counted.
func textAlone(index string) string { return either(index, "users u") }

// textNumber is users.num as an index of text has it.
func textNumber(index string) string { return either(index+".rowid", "u.num") }

// textFind asks an index of text for users with every word.
func textFind(index string, words []string) clause {
	has := [2]string{`u.search_text LIKE '%' || replace(replace(replace(`, `, '\', '\\'), '%', '\%'), '_', '\_') || '%'`}
	if index == "users_grams" {
		has = [2]string{`text_grams(u.search_text) @> ARRAY[`, `]`}
	}
	return textFound(index, words, has)
}

// textFindMany is textFind for words that very many may have. PostgreSQL looks at the users themselves, where its index
// would give it all of them at once, and to work the grams of each out takes it a hundred times as long.
func textFindMany(index string, words []string) clause {
	return textFound(index, words, [2]string{`strpos(u.search_text, `, `) > 0`})
}

// textFound has for each word what stands before and behind it in PostgreSQL.
func textFound(index string, words []string, has [2]string) (find clause) {
	phrase := [2]string{`'"' || replace(`, `, '"', '""') || '"'`}
	before := either(index+` MATCH `+phrase[0], has[0])
	for _, w := range words {
		find = find.add(before+`?`+either(phrase[1], has[1]), w)
		before = either(` || ' AND ' || `+phrase[0], ` AND `+has[0])
	}
	return find
}
