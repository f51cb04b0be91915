package admin

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

// Export takes a list out of the database as a file. The pages and the commands
// use the same one. The file is written while it is read, page by page, so its
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

// download answers with an export. Bulk data leaves, so it needs a fresh proof, as
// every act of an administrator does (AC-06).
func download(v *web.Visitor, name, format string, export func(x Export, w io.Writer) error) error {
	x := Export{DB: v.DB, Format: format, Audit: v.Audit("", audit.ResultOK)}
	kind := "text/csv; charset=utf-8; header=present"
	if format == "jsonl" {
		kind = "application/jsonl; charset=utf-8"
	}
	name = fmt.Sprintf("%s-%s.%s", name, v.Now.UTC().Format("2006-01-02"), format)
	return v.Download(kind, name, func(w io.Writer) error { return export(x, w) })
}

func exportUsers(format string) web.Handler {
	return func(v *web.Visitor) error {
		if err := v.NeedFresh(); err != nil {
			return err
		}
		f, err := readUserFilter(v)
		if err != nil {
			return err
		}
		f = firstPage(f)
		return download(v, "users", format, func(x Export, w io.Writer) error {
			return x.Users(v.Context(), w, storeFilter(v, f), filterDetails(f.Path()))
		})
	}
}

func exportAudit(format string) web.Handler {
	return func(v *web.Visitor) error {
		if err := v.NeedFresh(); err != nil {
			return err
		}
		f, err := readAuditFilter(v)
		if err != nil {
			return err
		}
		filter, err := auditFilter(v, f)
		if err != nil {
			return v.Reject(err, views.Audit{Frame: v.Frame(err), Filter: f, Groups: eventGroups(), Results: results()})
		}
		return download(v, "audit", format, func(x Export, w io.Writer) error {
			return x.AuditLog(v.Context(), w, filter, filterDetails(f.Path()))
		})
	}
}

// filterDetails tells in an audit row what a list was narrowed to.
func filterDetails(path string) []audit.Detail {
	_, query, _ := strings.Cut(path, "?")
	if query == "" {
		return nil
	}
	return []audit.Detail{{Name: "filter", After: query}}
}
