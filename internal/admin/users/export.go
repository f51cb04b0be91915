package users

import (
	"io"

	"latchkey/internal/audit"
	"latchkey/internal/userexport"
	"latchkey/internal/web"
	"latchkey/internal/web/userlist"
)

// export answers with the list as a file. Bulk data leaves, so it needs a fresh proof, as
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
		f = f.First()
		x := userexport.Export{DB: v.DB, Format: format, Audit: v.Audit("", audit.ResultOK)}
		return v.Download(x.ContentType(), x.FileName("users"), func(w io.Writer) error {
			return x.Users(v.Context(), w, userlist.ForStore(f, v.Now, v.Settings().TwoStep), userexport.Narrowed(f.Path()))
		})
	}
}
