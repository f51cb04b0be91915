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
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

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
	// Number finds the row in the file: the id in a tutorial database, the line
	// on which it begins in CSV and JSON.
	Number int
	// Given is the user name as the file spells it. It may hold anything,
	// control characters too: quote it where it is shown.
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
	// PasswordHash is in the form that user.Verify can work with.
	PasswordHash string
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
	Format  Format
	columns columns
	read    func(*columns, func(fields) error) error
	close   func() error
}

// Open opens the file at path. An empty format is guessed from the content. Close
// it after use.
func Open(path string, format Format) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text := bufio.NewReader(file)
	if format == "" {
		format = guess(text)
	}
	f := &File{Format: format, close: file.Close}
	f.read = func(c *columns, next func(fields) error) error {
		if format == FormatTutorial {
			return readTutorial(path, c, next)
		}
		return readText(text, format, c, next)
	}
	return f, nil
}

// Stream reads a file while it arrives; its format is guessed from the content. A
// database has to be whole before it can be read and is kept in memory meanwhile,
// so source must be bounded.
func Stream(source io.Reader) *File {
	text := bufio.NewReader(source)
	f := &File{Format: guess(text), close: func() error { return nil }}
	f.read = func(c *columns, next func(fields) error) error {
		if f.Format == FormatTutorial {
			return readTutorialBytes(text, c, next)
		}
		return readText(text, f.Format, c, next)
	}
	return f
}

// Close closes what Open opened.
func (f *File) Close() error { return f.close() }

// Columns says what became of the columns met so far: of all of them once Rows has
// returned.
func (f *File) Columns() []Column { return slices.Clone(f.columns.list) }

// guess returns the format of a text by its first bytes.
func guess(text *bufio.Reader) Format {
	start, _ := text.Peek(512) // reading will say what is wrong
	if bytes.HasPrefix(start, []byte("SQLite format 3\x00")) {
		return FormatTutorial
	}
	start = bytes.TrimSpace(bytes.TrimPrefix(start, []byte(byteOrderMark)))
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
// says; what came before it should then not be used either.
func (f *File) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		err := f.read(&f.columns, func(given fields) error {
			if yield(judge(given), nil) {
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

// byteOrderMark is what some programs put before UTF-8.
const byteOrderMark = "\ufeff"

// readText reads CSV or JSON, without a byte order mark.
func readText(text *bufio.Reader, format Format, c *columns, next func(fields) error) error {
	if start, _ := text.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		if _, err := text.Discard(len(byteOrderMark)); err != nil {
			return err
		}
	}
	switch format {
	case FormatCSV:
		return readCSV(text, c, next)
	case FormatJSON:
		return readJSON(text, c, next)
	}
	return fmt.Errorf("unknown format %q", format)
}

// badFile is a fault of the whole file, for people.
func badFile(format string, a ...any) error {
	return problem.Field("file", fmt.Sprintf(format, a...))
}
