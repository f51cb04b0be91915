package admin

import (
	"io"

	"latchkey/internal/audit"
	"latchkey/internal/userexport"
	"latchkey/internal/web"
	"latchkey/views"
)

// download answers with an export. Bulk data leaves, so it needs a fresh proof, as
// every act of an administrator does (AC-06).
func download(v *web.Visitor, list, format string, export func(x userexport.Export, w io.Writer) error) error {
	x := userexport.Export{DB: v.DB, Format: format, Audit: v.Audit("", audit.ResultOK)}
	return v.Download(x.ContentType(), x.FileName(list), func(w io.Writer) error { return export(x, w) })
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
		return download(v, "audit", format, func(x userexport.Export, w io.Writer) error {
			return x.AuditLog(v.Context(), w, filter, userexport.Narrowed(f.Path()))
		})
	}
}
