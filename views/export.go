package views

import "strings"

// Export returns the address of the whole list with this filter as a file, in the
// format csv or jsonl.
func (f UserFilter) Export(format string) string {
	f = f.First()
	f.Size = 0
	return strings.Replace(f.Path(), "/admin/users", "/admin/users."+format, 1)
}

// Export returns the address of the whole log with this filter as a file, in the
// format csv or jsonl.
func (f AuditFilter) Export(format string) string {
	f.Before = 0
	return strings.Replace(f.Path(), "/admin/audit", "/admin/audit."+format, 1)
}
