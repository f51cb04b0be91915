package importer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"latchkey/internal/importer/charset"
	"latchkey/internal/importer/tutorial"
)

// readCSV reads values separated by commas, semicolons or tabs (RFC 4180), whose
// first row names the columns, in any order. A row that is broken is a bad row; it
// does not keep the others from being read.
func readCSV(file io.Reader, c *columns, next func(fields) error) error {
	l := &csvLines{text: bufio.NewReaderSize(file, charset.Buffer)}
	if err := readHeader(l, c); err != nil {
		return err
	}
	for {
		values, err := l.row()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errQuote), errors.Is(err, errLong):
			err = next(fields{number: l.number, broken: whatIsBroken(err)})
		case err == nil && !blank(values):
			err = next(c.row(l.number, values))
		}
		if err != nil {
			return err
		}
	}
}

func whatIsBroken(err error) string {
	if errors.Is(err, errLong) {
		return fmt.Sprintf("The row is longer than %d characters.", maxRecord)
	}
	return "A quote is missing or out of place."
}

// blank reports a row without any value. Spreadsheets write them, with separators,
// where somebody once had something.
func blank(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) != "" })
}

// row puts values under their columns. More values than columns do not matter as long
// as there is nothing in them, which is how spreadsheets write empty columns.
func (c *columns) row(number int, values []string) fields {
	f := fields{number: number}
	if len(values) < len(c.list) || !blank(values[len(c.list):]) {
		f.broken = fmt.Sprintf("The row has %s; the header has %s.", plural(len(values), "value"), plural(len(c.list), "column"))
		if c.list[0].Field == "username" {
			f.username = tidy(values[0]) // nothing stands before it that could be missing
		}
		return f
	}
	for i, column := range c.list {
		value := tidy(values[i])
		switch {
		case len(value) > tutorial.MaxValue && column.Field != "":
			f.broken = fmt.Sprintf("A value is longer than %d characters.", tutorial.MaxValue)
		case column.Field == "password_hash", column.Field == "otp_secret":
			f.set(column, value)
		default:
			f.set(column, FromFormulaSafe(value))
		}
	}
	return f
}

// tidy takes the space away around a value, which nobody sees in a spreadsheet.
func tidy(value string) string { return strings.Trim(value, " \t\u00a0\ufeff") }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
