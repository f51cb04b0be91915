// Package tutorial reads the users of the tutorial's SQLite database, which is a file from
// strangers: it is the one place beside the store that opens a database, and it lets SQLite
// near a file only after a reader of its own has looked through the file's pages. It makes
// and changes nothing beside the file.
//
// What is wrong with a file is a problem.Problem with the field "file", and never repeats
// anything out of it. Only package importer should be its caller.
package tutorial

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

const (
	// MaxValue bounds one value of a file of users, in bytes: many times what any of its
	// columns may hold here.
	MaxValue = 16 << 10
	// MaxColumns is how many columns a file of users may have: the names of all of them are
	// remembered for the report.
	MaxColumns = 200
)

// User is one row of the table users as the file has it; what is NULL is empty.
type User struct {
	// Number is the id.
	Number int
	// The others are text whatever they are in the file.
	Username, Name, Email, Role, Disabled, PasswordHash, OTPSecret string
}

// selectUsers reads everything as text, because columns of SQLite hold values of
// any type whatever they are declared as. It reads the table in its own order, by id
// where that is the primary key: to sort rows, all of them would be read first.
const selectUsers = `SELECT CAST(id AS INTEGER), CAST(username AS TEXT), CAST(full_name AS TEXT), CAST(email AS TEXT),
	CAST(role AS TEXT), CAST(disabled AS TEXT), CAST(hashed_password AS TEXT), CAST(otp_secret AS TEXT) FROM main.users NOT INDEXED`

// Read calls next with each user of the database at path until it fails, and makes or
// changes nothing beside the file. What the application has written to its write-ahead log
// only is read from a copy of both. The warning is a sentence about the whole file.
func Read(ctx context.Context, path string, next func(User) error) (warning string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if journal, err := os.Stat(path + "-journal"); err == nil && journal.Size() > 0 {
		return "", badFile("The database was being written to (there is a -journal file beside it). Stop the application that uses it and try again.")
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return "", readWithLog(ctx, path, next)
	}
	start, err := header(path)
	if err != nil {
		return "", err
	}
	if hadLog(start) && info.Size() > 0 {
		warning = logMayBeMissing
	}
	return warning, readPlain(ctx, path, next)
}

// readPlain reads a database that has no log beside it, and makes nothing beside it.
func readPlain(ctx context.Context, path string, next func(User) error) error {
	if err := checkFile(path); err != nil {
		return err
	}
	// mode=ro never creates the file, immutable=1 makes no journal beside it.
	dsn, err := dataSource(path, "?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	return readDatabase(ctx, dsn, func(*sqlite3.SQLiteConn) error { return nil }, next)
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
func readDatabase(ctx context.Context, dsn string, load func(*sqlite3.SQLiteConn) error, next func(User) error) error {
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
	return eachUser(ctx, conn, next)
}

// distrust keeps a crafted schema from doing harm: no functions with side
// effects, no huge values, and users must be a plain table without computed columns:
// a view could count for ever, and a column of every row for long.
func distrust(ctx context.Context, conn *sql.Conn) error {
	err := conn.Raw(func(driver any) error {
		driver.(*sqlite3.SQLiteConn).SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, MaxValue)
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

func eachUser(ctx context.Context, conn *sql.Conn, next func(User) error) error {
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
		err := next(User{
			Number: int(number.Int64), Username: username.String, Name: name.String, Email: email.String,
			Role: role.String, Disabled: disabled.String, PasswordHash: hash.String, OTPSecret: secret.String,
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
		message = fmt.Sprintf("A value in the users table is longer than %d bytes.", MaxValue)
	default: // the machine's fault, not the file's
		return err
	}
	// SQLite's own sentence may hold names out of the foreign file.
	return &problem.Problem{Kind: problem.Invalid, Field: "file", Message: message, Err: fmt.Errorf("SQLite error %d", fault.Code)}
}

// badFile is a fault of the whole file, for people.
func badFile(format string, a ...any) error {
	return problem.Field("file", fmt.Sprintf(format, a...))
}
