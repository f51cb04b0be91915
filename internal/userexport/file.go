package userexport

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	"latchkey/internal/importer"
)

// exportFile is a file of rows that is being written.
type exportFile interface {
	// row writes one row, with a value for each column.
	row(values ...any) error
	// end writes what is left.
	end() error
}

// csvFile is an exportFile for spreadsheets: RFC 4180, with CRLF, and with the mark
// by which Excel knows UTF-8. Without it an umlaut is two characters there.
type csvFile struct{ w *csv.Writer }

func newCSV(w io.Writer, columns []string) (exportFile, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
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
		cells[i] = importer.FormulaSafe(fmt.Sprint(v)) // CSV injection (LO-06)
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
