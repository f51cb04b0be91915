package admin

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// exportFile is a file of rows that is being written.
type exportFile interface {
	// row writes one row, with a value for each column.
	row(values ...any) error
	// end writes what is left.
	end() error
}

// csvFile is an exportFile for spreadsheets: RFC 4180, with CRLF.
type csvFile struct{ w *csv.Writer }

func newCSV(w io.Writer, columns []string) (exportFile, error) {
	f := csvFile{csv.NewWriter(w)}
	f.w.UseCRLF = true
	return f, f.w.Write(columns)
}

func (f csvFile) row(values ...any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		if raw, ok := v.(json.RawMessage); ok {
			v = string(raw)
		}
		cells[i] = Cell(fmt.Sprint(v))
	}
	return f.w.Write(cells)
}

func (f csvFile) end() error {
	f.w.Flush()
	return f.w.Error()
}

// jsonLines is an exportFile for programs: one object on each line, its members in the
// order of the columns.
type jsonLines struct {
	w       io.Writer
	columns []string
}

func newLines(w io.Writer, columns []string) exportFile { return jsonLines{w, columns} }

func (f jsonLines) row(values ...any) error {
	line := []byte{'{'}
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("writing %s as JSON: %w", f.columns[i], err)
		}
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, '"')
		line = append(line, f.columns[i]...)
		line = append(append(line, `":`...), text...)
	}
	_, err := f.w.Write(append(line, "}\n"...))
	return err
}

func (f jsonLines) end() error { return nil }

// Cell returns a text that no spreadsheet takes for a formula (CSV injection,
// LO-06): an apostrophe goes before it if its first character, after spaces and
// quotes, could begin one. The same holds after a comma, semicolon, tab or line
// break inside of it, because some spreadsheets begin a cell there however it is
// quoted. Every other text stays as it is.
func Cell(text string) string {
	var safe strings.Builder
	written, begin, beginning := 0, 0, true
	for i, r := range text {
		if beginning && beginsFormula(r) {
			safe.WriteString(text[written:begin] + "'")
			written, beginning = begin, false
		}
		switch {
		case strings.ContainsRune(",;\t\r\n", r):
			begin, beginning = i+1, true
		case !passedOver(r):
			beginning = false
		}
	}
	if safe.Len() == 0 {
		return text
	}
	return safe.String() + text[written:]
}

// beginsFormula reports whether a cell that begins with r may be a formula: the
// four signs, in both widths, and control characters, which programs drop before
// they look.
func beginsFormula(r rune) bool {
	return strings.ContainsRune("=+-@＝＋－＠", r) || unicode.IsControl(r)
}

// passedOver reports whether programs may drop r at the beginning of a cell: spaces,
// quotes of all kinds, and characters that are not seen.
func passedOver(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\"'`´„‚＂＇", r) || unicode.In(r, unicode.Pi, unicode.Pf, unicode.Cf)
}
