// Package importer reads users from other systems' files: the tutorial's SQLite
// database, CSV and JSON. It judges every row by our rules and writes nothing,
// neither to our store nor beside the file; what becomes of the rows is up to the
// caller, who also finds the clashes with users that are already there and marks
// them with Row.Refuse.
//
// A file is material from strangers. Rows and errors name what is wrong without
// repeating secrets or hashes, since somebody may have put a password there.
package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

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
	// PasswordHash is one that user.Verify can work with.
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

// Guess returns the format of the file by its first bytes; a file that cannot
// be read counts as CSV, and Read will say what is wrong with it.
func Guess(path string) Format {
	file, err := os.Open(path)
	if err != nil {
		return FormatCSV
	}
	defer file.Close()
	start := make([]byte, 512)
	n, _ := io.ReadFull(file, start)
	start = start[:n]
	if bytes.HasPrefix(start, []byte("SQLite format 3\x00")) {
		return FormatTutorial
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(start, []byte(byteOrderMark)))
	if bytes.HasPrefix(text, []byte("[")) || bytes.HasPrefix(text, []byte("{")) {
		return FormatJSON
	}
	return FormatCSV
}

// Read returns the rows of the file in its order. Rows are read as they are
// asked for, so a file of any size needs no more memory than its names and
// addresses, which are kept to find those given twice: the later row is the bad
// one. Names are compared in canonical form.
//
// An error is the last thing returned, beside a zero Row. It is a
// problem.Problem with the field "file" if the file is not what the format
// says; what came before it should then not be used either.
func Read(path string, format Format) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		seen := clashes{names: map[string]claim{}, emails: map[string]claim{}}
		err := readFields(path, format, func(f fields) bool {
			row := judge(f)
			seen.find(&row)
			return yield(row, nil)
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(Row{}, fmt.Errorf("reading %s: %w", path, err))
		}
	}
}

// errStopped ends a reader whose caller wants no more rows.
var errStopped = errors.New("stopped")

func readFields(path string, format Format, each func(fields) bool) error {
	next := func(f fields) error {
		if each(f) {
			return nil
		}
		return errStopped
	}
	switch format {
	case FormatTutorial:
		return readTutorial(path, next)
	case FormatCSV:
		return readFile(path, next, readCSV)
	case FormatJSON:
		return readFile(path, next, readJSON)
	}
	return fmt.Errorf("unknown format %q", format)
}

// byteOrderMark is what some programs put before UTF-8.
const byteOrderMark = "\ufeff"

// readFile runs read on the text in path, without a byte order mark.
func readFile(path string, next func(fields) error, read func(io.Reader, func(fields) error) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	mark := make([]byte, len(byteOrderMark))
	n, err := io.ReadFull(file, mark)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	start := bytes.TrimPrefix(mark[:n], []byte(byteOrderMark))
	return read(io.MultiReader(bytes.NewReader(start), file), next)
}

// badFile is a fault of the whole file, for people.
func badFile(format string, a ...any) error {
	return problem.Field("file", fmt.Sprintf(format, a...))
}
