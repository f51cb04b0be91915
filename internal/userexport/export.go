// Package userexport writes lists out of the database as files: the users and the audit
// log. Pages and commands use the same one.
package userexport

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// Export takes a list out of the database as a file. The file is written while it is read, page by page, so its
// length needs no memory.
type Export struct {
	DB *store.DB
	// Format is "csv" (RFC 4180, with a line of column names and with cells that no
	// spreadsheet takes for a formula) or "jsonl" (one JSON object on each line).
	Format string
	// Audit is the audit row of the export, without what is exported.
	Audit audit.Entry
}

// record writes the audit row before anything leaves: what cannot be written down
// does not happen, and a download that breaks off in the middle has still taken a part. A
// database that nobody here can write is the exception: it is a file like any other then.
func (x Export) record(ctx context.Context, event audit.Event, filter []audit.Detail, rows int64) error {
	if x.DB.ReadOnly() {
		return nil
	}
	e := x.Audit
	e.Event, e.SubjectID, e.SubjectName = event, "", ""
	e.Details = append(filter, audit.Detail{Name: "format", After: x.Format}, audit.Detail{Name: "rows", After: strconv.FormatInt(rows, 10)})
	return x.DB.Tx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.Audit(e) })
}

// file returns how rows of these columns are written to w.
func (x Export) file(w io.Writer, columns []string) (exportFile, error) {
	switch x.Format {
	case "csv":
		return newCSV(w, columns)
	case "jsonl":
		return newLines(w, columns), nil
	}
	return nil, fmt.Errorf("there is no export as %q", x.Format)
}

// ContentType is the media type of the file.
func (x Export) ContentType() string {
	if x.Format == "jsonl" {
		return "application/jsonl; charset=utf-8"
	}
	return "text/csv; charset=utf-8; header=present"
}

// FileName is what a list of this name is called as a file, by the day of its audit row.
func (x Export) FileName(list string) string {
	return fmt.Sprintf("%s-%s.%s", list, x.Audit.At.UTC().Format(time.DateOnly), x.Format)
}

// Narrowed tells in an audit row what a list was narrowed to, by the address of its page.
func Narrowed(path string) []audit.Detail {
	_, query, _ := strings.Cut(path, "?")
	if query == "" {
		return nil
	}
	return []audit.Detail{{Name: "filter", After: query}}
}
