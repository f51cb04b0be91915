package auditlog

import (
	"io"

	"latchkey/internal/audit"
	"latchkey/internal/userexport"
	"latchkey/internal/web"
	"latchkey/views"
)

// export answers with the log as a file. Bulk data leaves, so it needs a fresh proof, as
// every action of an administrator does (AC-06).
func export(format string) web.Handler {
	return func(v *web.Visitor) error {
		if err := v.NeedFresh(); err != nil {
			return err
		}
		f, err := readFilter(v)
		if err != nil {
			return err
		}
		filter, err := storeFilter(v, f)
		if err != nil {
			return v.Reject(err, views.Audit{Frame: v.Frame(err), Filter: f, Groups: eventGroups(), Results: results()})
		}
		x := userexport.Export{DB: v.DB, Format: format, Audit: v.Audit("", audit.ResultOK)}
		return v.Download(x.ContentType(), x.FileName("audit"), func(w io.Writer) error {
			return x.AuditLog(v.Context(), w, filter, userexport.Narrowed(f.Path()))
		})
	}
}
