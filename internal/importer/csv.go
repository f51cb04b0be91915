package importer

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV reads comma-separated text (RFC 4180) whose first line names the
// columns, in any order.
func readCSV(file io.Reader, c *columns, next func(fields) error) error {
	r := csv.NewReader(file)
	r.ReuseRecord = true
	first, err := r.Read()
	if errors.Is(err, io.EOF) {
		return badFile("The file is empty.")
	}
	if err != nil {
		return badCSV(err)
	}
	if err := readHeader(first, c); err != nil {
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
			f.set(c.list[i], value)
		}
		if err := next(f); err != nil {
			return err
		}
	}
}

// readHeader finds out what the columns are.
func readHeader(header []string, c *columns) error {
	for _, given := range header {
		// A record's texts are parts of one string, which is used again.
		if err := c.add(strings.Clone(given), 1); err != nil {
			return err
		}
	}
	if !c.has("username") {
		return badFile("Line 1 has no column for the username. Name one of them username; values are separated by commas.")
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
