// Package admin is what administrators do: the overview, the users, the audit log
// and the settings.
//
// Every action on a user is a method of [account.Action], which knows nothing of HTTP: the pages
// here and the commands of package app call the same ones, so both have the same
// guards and leave the same audit rows. A page asks on GET and acts on POST; for
// everybody who is not an administrator none of it exists (web.Administrator).
//
// Lists keep their whole state in the address, in one spelling: a list with empty
// or default parameters redirects to the address without them, and what no page of
// ours could have asked for is a 400 page.
package admin

import (
	"latchkey/internal/admin/auditlog"
	"latchkey/internal/admin/bulk"
	"latchkey/internal/admin/imports"
	"latchkey/internal/admin/requests"
	"latchkey/internal/admin/settings"
	"latchkey/internal/admin/users"
	"latchkey/internal/web"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin", web.Administrator, showOverview)
	users.Mount(s)
	imports.Mount(s)
	bulk.Mount(s, users.List)
	s.Get("/admin/users/:id/view-as", web.Administrator, showViewAs)
	s.Post("/admin/users/:id/view-as", web.Administrator, submitViewAs)
	s.Get("/admin/users/:id/as/profile", web.Administrator, looking("profile", seenProfile))
	s.Get("/admin/users/:id/as/security", web.Administrator, looking("security", seenSecurity))
	s.Get("/admin/users/:id/as/activity", web.Administrator, looking("activity", seenActivity))
	s.Post("/viewing/end", web.SignedIn, submitEndLook)
	requests.Mount(s)
	auditlog.Mount(s)
	settings.Mount(s)
	s.Post("/admin/checklist", web.Administrator, submitChecklist)
}
