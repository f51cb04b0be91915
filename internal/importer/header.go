package importer

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// noHeader is said of a file whose first row names no columns.
const noHeader = "The first row does not name the columns. Put a header row above the users, for example: username,name,email,role"

// readHeader finds the row with the names of the columns, and with it the separator:
// the one by which most of the names mean something here.
func readHeader(l *csvLines, c *columns) error {
	record, err := l.headerRecord()
	switch {
	case errors.Is(err, io.EOF):
		return badFile("The file is empty.")
	case errors.Is(err, errLong):
		return badFile("%s", noHeader)
	case err != nil:
		return err
	}
	separators := []byte{',', ';', '\t'}
	if l.comma != 0 {
		separators = []byte{l.comma}
	}
	var names []string
	most := -1
	for _, comma := range separators {
		values, ok := split(record, comma)
		if ok && known(values) > most {
			most, names, l.comma = known(values), values, comma
		}
	}
	if names == nil {
		return badFile("The header row is not valid CSV: a quote is missing or out of place.")
	}
	return c.header(names)
}

// headerRecord returns the first row that is not empty. Excel's line "sep=;" is not
// part of the sheet, so it is not counted.
func (l *csvLines) headerRecord() (record []byte, err error) {
	for len(bytes.TrimSpace(record)) == 0 {
		if record, err = l.line(); err != nil {
			return nil, err
		}
		comma, said := separatorLine(record)
		switch {
		case said && comma == 0:
			return nil, badFile("The first line names a separator we do not support. Separate values with commas, semicolons or tabs.")
		case said:
			l.comma, record = comma, nil
		default:
			l.number++
		}
	}
	for quotes(record)%2 == 1 && len(record) < maxRecord {
		line, err := l.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		record = append(append(record, '\n'), line...)
	}
	return record, nil
}

// separatorLine reads the line by which Excel is told how values are separated;
// comma is 0 if it names a separator that nothing is read by here.
func separatorLine(line []byte) (comma byte, said bool) {
	text := strings.Trim(string(line), `" `)
	if len(text) < 4 || !strings.EqualFold(text[:4], "sep=") {
		return 0, false
	}
	switch rest := text[4:]; {
	case rest == "":
		return ',', true
	case strings.HasPrefix(rest, `\t`):
		return '\t', true
	case strings.ContainsRune(",;\t", rune(rest[0])):
		return rest[0], true
	}
	return 0, true
}

// known counts the names that mean something here.
func known(names []string) (n int) {
	for _, name := range names {
		if field, _ := fieldOf(letters(name)); field != "" {
			n++
		}
	}
	return n
}

// header takes the names of the columns. A file without them begins with a user: its
// values would be taken for names, some would by chance be ones that we know, and the
// others would be shown in the report. So a row that could be a user is refused
// (and never repeated).
func (c *columns) header(names []string) error {
	for len(names) > 0 && tidy(names[len(names)-1]) == "" {
		names = names[:len(names)-1]
	}
	understood, odd, plain := known(names), 0, 0
	for _, name := range names {
		name = tidy(name)
		field, _ := fieldOf(letters(name))
		switch {
		case looksSecret(name), isData(name):
			return badFile("%s", noHeader)
		case field != "" || name == "":
		case harmless(name), misspelt(letters(name)) != "":
			plain++
		case !isName(name):
			odd++
		}
	}
	others := len(names) - understood
	if odd > 0 && understood < 3 || understood == 1 && others > 0 && plain == 0 {
		return badFile("%s", noHeader)
	}
	for _, name := range names {
		if err := c.add(tidy(name)); err != nil {
			return err
		}
	}
	if !c.has("username") {
		return badFile("The header row has no column for the username. Name one of them username.")
	}
	return nil
}

// isData reports what may stand in a row of a user and never is the name of a
// column: an address, a number, yes or no.
func isData(name string) bool {
	if strings.ContainsAny(name, "@$") || strings.Trim(name, "0123456789.+-/: ") == "" && name != "" || len(name) > 100 {
		return true
	}
	switch strings.ToLower(name) {
	case "true", "false", "yes", "no":
		return true
	}
	return false
}
