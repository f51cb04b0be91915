// Package importer reads users from other systems' files: the tutorial's SQLite
// database, CSV and JSON. It judges every row by our rules and writes nothing,
// neither to our store nor beside the file; what becomes of the rows is up to the
// caller, who also finds the clashes, among the rows and with users that are
// already there, and marks them with Row.Refuse.
//
// A file is material from strangers. Rows and errors name what is wrong without
// repeating secrets or hashes, since somebody may have put a password there.
package importer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"latchkey/internal/importer/charset"
	"latchkey/internal/importer/tutorial"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	// FormatTutorial is the SQLite file of the tutorial, table users.
	FormatTutorial Format = "tutorial"
	// FormatCSV is comma-separated text with a line of column names.
	FormatCSV Format = "csv"
	// FormatJSON is an array of objects, or objects one after the other.
	FormatJSON Format = "json"
)

// Row is one user of the file with what was found about it. It may be added if
// Bad is false.
type Row struct {
	// Number finds the row in the file: the id in a tutorial database, the row that a
	// spreadsheet shows of a CSV file, the element of JSON, from 1.
	Number int
	// Given is the user name as the file spells it, or a stand-in for what could be a
	// secret. It may hold anything, control characters too: quote it where it is shown.
	Given string
	// Username is the canonical form of Given, or empty if that is refused.
	Username string
	// Name is the display name.
	Name string
	// Email is the address as given, EmailCanonical the form to compare; both
	// are empty if there is none.
	Email, EmailCanonical string
	// Role is what the user may do; any role but admin becomes user.
	Role user.Role
	// Disabled users are added but cannot sign in.
	Disabled bool
	// Groups are the names of groups as the file has them, each once.
	Groups []string
	// PasswordHash is in the form that password.Verify can work with.
	PasswordHash string
	// Invite says that there is no password hash and nothing else is wrong: the user can
	// be invited. PasswordHash is empty then.
	Invite bool
	// TOTPSecret is the raw secret of an authenticator, nil if there is none.
	TOTPSecret []byte
	// Notes say what is changed on the way in.
	Notes []string
	// Problems say why the row cannot be added, as sentences for people.
	Problems []string
}

// Bad reports whether the row cannot be added.
func (r *Row) Bad() bool { return len(r.Problems) > 0 }

// Refuse makes the row bad, with a sentence that says why.
func (r *Row) Refuse(reason string) { r.Problems = append(r.Problems, reason) }

// File is a file of users that is being read. It belongs to one goroutine.
type File struct {
	// Format is what the file is read as.
	Format Format
	// Invite lets rows without a password hash in, as users who are to be invited.
	Invite bool
	// MaxRows is how many users the file may have; 0 is no bound.
	MaxRows  int
	columns  columns
	warnings []string
	rows     int // read so far
	bytes    counted
	readable bool   // one of them at least
	first    string // what is wrong with the first that is not
	read     func(context.Context, *columns, func(fields) error) error
	close    func() error
}

// Open opens the file at path. An empty format is guessed from the content. Close
// it after use.
func Open(path string, format Format) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{Format: format, close: file.Close, bytes: counted{from: file}}
	raw := bufio.NewReaderSize(&f.bytes, charset.Buffer)
	if format == FormatTutorial || format == "" && isDatabase(raw) {
		if info, err := file.Stat(); err == nil {
			f.bytes.n = info.Size()
		}
		f.readTutorial(func(ctx context.Context, next func(tutorial.User) error) (string, error) {
			return tutorial.Read(ctx, path, next)
		})
		return f, nil
	}
	f.readText(raw)
	return f, nil
}

// Stream reads a file while it arrives; its format is guessed from the content. A
// database has to be whole before it can be read and is kept in memory meanwhile,
// so source must be bounded.
func Stream(source io.Reader) *File {
	f := &File{close: func() error { return nil }, bytes: counted{from: source}}
	raw := bufio.NewReaderSize(&f.bytes, charset.Buffer)
	if isDatabase(raw) {
		f.readTutorial(func(ctx context.Context, next func(tutorial.User) error) (string, error) {
			return tutorial.ReadUpload(ctx, raw, next)
		})
		return f
	}
	f.readText(raw)
	return f
}

// Close closes what Open opened.
func (f *File) Close() error { return f.close() }

// Columns says what became of the columns met so far: of all of them once Rows has
// returned.
func (f *File) Columns() []Column { return slices.Clone(f.columns.list) }

// Warnings are sentences about the whole file, once Rows has returned.
func (f *File) Warnings() []string { return slices.Clone(f.warnings) }

func isDatabase(raw *bufio.Reader) bool {
	start, _ := raw.Peek(16) // reading will say what is wrong
	return string(start) == "SQLite format 3\x00"
}

// readTutorial makes f read the users that read finds in a tutorial database.
func (f *File) readTutorial(read func(context.Context, func(tutorial.User) error) (string, error)) {
	f.Format = FormatTutorial
	f.read = func(ctx context.Context, c *columns, next func(fields) error) error {
		c.list = tutorialColumns()
		warning, err := read(ctx, func(u tutorial.User) error {
			return next(fields{
				number: u.Number, username: u.Username, name: u.Name, email: u.Email,
				role: u.Role, disabled: u.Disabled, hash: u.PasswordHash, totpSecret: u.OTPSecret,
			})
		})
		if warning != "" {
			f.warnings = append(f.warnings, warning)
		}
		return err
	}
}

// readText makes f read CSV or JSON, whatever the encoding, and guesses which of the
// two it is unless that is given.
func (f *File) readText(raw *bufio.Reader) {
	f.bytes.most = maxBetween
	text, err := charset.Decode(raw)
	if f.Format == "" {
		f.Format = FormatCSV
		if err == nil {
			f.Format = guess(text)
		}
	}
	f.read = func(_ context.Context, c *columns, next func(fields) error) error {
		switch {
		case err != nil:
			return err
		case f.Format == FormatCSV:
			return readCSV(text, c, next)
		case f.Format == FormatJSON:
			return readJSON(text, c, next)
		}
		return fmt.Errorf("unknown format %q", f.Format)
	}
}

// guess returns the format of a text by its first characters.
func guess(text *bufio.Reader) Format {
	start, _ := text.Peek(512) // reading will say what is wrong
	start = bytes.TrimSpace(start)
	if bytes.HasPrefix(start, []byte("[")) || bytes.HasPrefix(start, []byte("{")) {
		return FormatJSON
	}
	return FormatCSV
}

// Rows returns the rows of the file in its order, once. They are read as they are
// asked for and not kept, so a text of any size needs the same memory.
//
// An error is the last thing returned, beside a zero Row. It is a
// problem.Problem with the field "file" if the file is not what the format
// says; what came before it should then not be used either. When ctx ends, that is the
// error, within a row.
func (f *File) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		err := f.read(ctx, &f.columns, func(given fields) error {
			if err := errors.Join(ctx.Err(), f.count(given)); err != nil {
				return err
			}
			if yield(judge(given, f.Invite), nil) {
				return nil
			}
			return errStopped
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(Row{}, err)
		}
	}
}

// errStopped ends a reader whose caller wants no more rows.
var errStopped = errors.New("stopped")

// badFile is a fault of the whole file, for people.
func badFile(format string, a ...any) error {
	return problem.Field("file", fmt.Sprintf(format, a...))
}
