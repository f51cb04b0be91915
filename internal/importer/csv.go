package importer

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// readCSV reads comma-separated text (RFC 4180) whose first line names the
// columns, in any order.
func readCSV(file io.Reader, next func(fields) error) error {
	r := csv.NewReader(file)
	r.ReuseRecord = true
	first, err := r.Read()
	if errors.Is(err, io.EOF) {
		return badFile("The file is empty.")
	}
	if err != nil {
		return badCSV(err)
	}
	header := slices.Clone(first)
	if err := checkHeader(header); err != nil {
		return err
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badCSV(err)
		}
		var f fields
		f.number, _ = r.FieldPos(0)
		for i, value := range record {
			// A record's texts are parts of one string; without a copy the name
			// kept to find clashes would keep the whole line.
			f.set(header[i], strings.Clone(value))
		}
		if err := next(f); err != nil {
			return err
		}
	}
}

// checkHeader refuses a column that we do not know, or know already.
func checkHeader(header []string) error {
	for i, column := range header {
		if !known(column) {
			return unknownColumn(1, column)
		}
		if slices.Contains(header[:i], column) {
			return badFile("Line 1 has the column %q twice.", column)
		}
	}
	if !slices.Contains(header, columns[0]) {
		return badFile("Line 1 has no column %q.", columns[0])
	}
	return nil
}

// badCSV says in which line the text stops being CSV.
func badCSV(err error) error {
	var parse *csv.ParseError
	switch {
	case !errors.As(err, &parse):
		return err
	case errors.Is(err, csv.ErrFieldCount):
		return badFile("Line %d has more or fewer values than line 1 has columns.", parse.Line)
	}
	return badFile("Line %d is not valid CSV: a quote is missing or out of place.", parse.Line)
}
