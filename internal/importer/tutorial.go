package importer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"latchkey/internal/problem"
)

// maxValue bounds one value of a foreign database, in bytes: many times what any of
// its columns may hold here.
const maxValue = 16 << 10

// selectUsers reads everything as text, because columns of SQLite hold values of
// any type whatever they are declared as. It reads the table in its own order, by id
// where that is the primary key: to sort rows, all of them would be read first.
const selectUsers = `SELECT CAST(id AS INTEGER), CAST(username AS TEXT), CAST(full_name AS TEXT), CAST(email AS TEXT),
	CAST(role AS TEXT), CAST(disabled AS TEXT), CAST(hashed_password AS TEXT), CAST(otp_secret AS TEXT) FROM main.users NOT INDEXED`

// tutorialColumns are what the columns of the table become.
func tutorialColumns() []Column {
	return []Column{
		{Given: "username", Field: "username"}, {Given: "full_name", Field: "name"}, {Given: "email", Field: "email"}, {Given: "role", Field: "role"},
		{Given: "disabled", Field: "disabled"}, {Given: "hashed_password", Field: "password_hash"}, {Given: "otp_secret", Field: "otp_secret"},
	}
}

// readTutorial reads the table users of the tutorial's database, and nothing else is
// made or changed beside it. What the application has written to its write-ahead log
// only is read from a copy of both.
func (f *File) readTutorial(ctx context.Context, path string, c *columns, next func(fields) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if journal, err := os.Stat(path + "-journal"); err == nil && journal.Size() > 0 {
		return badFile("The database was being written to (there is a -journal file beside it). Stop the application that uses it and try again.")
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return readWithLog(ctx, path, c, next)
	}
	start, err := header(path)
	if err != nil {
		return err
	}
	if hadLog(start) && info.Size() > 0 {
		f.warnings = append(f.warnings, logMayBeMissing)
	}
	return readPlain(ctx, path, c, next)
}

// readPlain reads a database that has no log beside it, and makes nothing beside it.
func readPlain(ctx context.Context, path string, c *columns, next func(fields) error) error {
	if err := checkFile(path); err != nil {
		return err
	}
	// mode=ro never creates the file, immutable=1 makes no journal beside it.
	dsn, err := dataSource(path, "?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	return readDatabase(ctx, dsn, func(*sqlite3.SQLiteConn) error { return nil }, c, next)
}

func checkFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return checkDatabase(file, info.Size())
}

// checkDatabase is checkPages with a sentence for people.
func checkDatabase(file io.ReaderAt, size int64) error {
	err := checkPages(file, size)
	if errors.Is(err, errLayout) {
		return badFile("%s", notOurs)
	}
	return err
}

// notOurs is said of what SQLite cannot read, or could not end to read.
const notOurs = "The file is not a database from the tutorial, or it is damaged."

// dataSource is the name of a file for SQLite: absolute, because it takes what follows
// two slashes for a host.
func dataSource(path, options string) (string, error) {
	absolute, err := filepath.Abs(path)
	return "file:" + (&url.URL{Path: absolute}).EscapedPath() + options, err
}

func header(path string) (start []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start = make([]byte, 100)
	n, err := io.ReadFull(file, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return start[:n], err
}

// hadLog reports whether a database is of the kind that writes to a log of its own
// first (bytes 18 and 19 of the header, "file format write and read version").
func hadLog(start []byte) bool { return len(start) > 20 && start[18] == 2 && start[19] == 2 }

// logMayBeMissing is said of such a database that came without its log. Whether there
// was anything in it cannot be told.
const logMayBeMissing = "This database keeps new rows in a second file, whose name ends in -wal, and came without it, so the newest users may be missing. " +
	"To be sure, stop the application, or run PRAGMA wal_checkpoint(TRUNCATE) in it, and import the file again."

// readDatabase opens a foreign database, which load may fill, and reads its users.
func readDatabase(ctx context.Context, dsn string, load func(*sqlite3.SQLiteConn) error, c *columns, next func(fields) error) error {
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return badDatabase(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(driver any) error { return load(driver.(*sqlite3.SQLiteConn)) }); err != nil {
		return badFile("%s", notOurs)
	}
	if err := distrust(ctx, conn); err != nil {
		return badDatabase(err)
	}
	c.list = tutorialColumns()
	return eachUser(ctx, conn, next)
}

// distrust keeps a crafted schema from doing harm: no functions with side
// effects, no huge values, and users must be a plain table without computed columns:
// a view could count for ever, and a column of every row for long.
func distrust(ctx context.Context, conn *sql.Conn) error {
	err := conn.Raw(func(driver any) error {
		driver.(*sqlite3.SQLiteConn).SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, maxValue)
		driver.(*sqlite3.SQLiteConn).SetLimit(sqlite3.SQLITE_LIMIT_COLUMN, MaxColumns)
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON"); err != nil {
		return err
	}
	var plain bool
	const isPlain = "SELECT count(*) = 1 AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('users') WHERE hidden <> 0) " +
		"FROM pragma_table_list('users') WHERE schema = 'main' AND type = 'table'"
	if err := conn.QueryRowContext(ctx, isPlain).Scan(&plain); err != nil {
		return err
	}
	if !plain {
		return badFile("The database has no users table, or its users table has computed columns.")
	}
	return nil
}

func eachUser(ctx context.Context, conn *sql.Conn, next func(fields) error) error {
	rows, err := conn.QueryContext(ctx, selectUsers)
	if err != nil {
		return badDatabase(err)
	}
	defer rows.Close()
	for rows.Next() {
		var number sql.NullInt64
		var username, name, email, role, disabled, hash, secret sql.NullString
		if err := rows.Scan(&number, &username, &name, &email, &role, &disabled, &hash, &secret); err != nil {
			return badDatabase(err)
		}
		err := next(fields{
			number: int(number.Int64), username: username.String, name: name.String, email: email.String,
			role: role.String, disabled: disabled.String, hash: hash.String, totpSecret: secret.String,
		})
		if err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil && ctx.Err() == nil {
		return badDatabase(err)
	}
	return ctx.Err()
}

// badDatabase turns what SQLite says about a foreign file into a sentence; other
// errors stay as they are.
func badDatabase(err error) error {
	var fault sqlite3.Error
	if !errors.As(err, &fault) {
		return err
	}
	var message string
	switch fault.Code {
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt, sqlite3.ErrFormat:
		message = notOurs
	case sqlite3.ErrError: // the query does not fit the table
		message = "The users table does not have the tutorial's columns: id, username, email, full_name, hashed_password, otp_secret, disabled, role."
	case sqlite3.ErrTooBig:
		message = fmt.Sprintf("A value in the users table is longer than %d bytes.", maxValue)
	default: // the machine's fault, not the file's
		return err
	}
	// SQLite's own sentence may hold names out of the foreign file.
	return &problem.Problem{Kind: problem.Invalid, Field: "file", Message: message, Err: fmt.Errorf("SQLite error %d", fault.Code)}
}
