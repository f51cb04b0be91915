// Package admin is what administrators do: the overview, the users, the audit log
// and the settings.
//
// Every act on a user is a method of [Act], which knows nothing of HTTP: the pages
// here and the commands of package app call the same ones, so both have the same
// guards and leave the same audit rows. A page asks on GET and acts on POST; for
// everybody who is not an administrator none of it exists (web.Administrator).
//
// Lists keep their whole state in the address, in one spelling: a list with empty
// or default parameters redirects to the address without them, and what no page of
// ours could have asked for is a 400 page.
package admin

import "latchkey/internal/web"

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin", web.Administrator, showOverview)
	s.Get("/admin/users", web.Administrator, showUsers)
	s.Get("/admin/users/new", web.Administrator, showNew)
	s.Post("/admin/users/new", web.Administrator, submitNew)
	s.Get("/admin/users/:id", web.Administrator, showUser)
	s.Get("/admin/users/:id/edit", web.Administrator, showEdit)
	s.Post("/admin/users/:id/edit", web.Administrator, submitEdit)
	for _, d := range deeds() {
		s.Get("/admin/users/:id/"+d.kind, web.Administrator, d.show)
		s.Post("/admin/users/:id/"+d.kind, web.Administrator, d.submit)
	}
	s.Get("/admin/audit", web.Administrator, showAudit)
	s.Get("/admin/settings", web.Administrator, showSettings)
	s.Get("/admin/settings/general", web.Administrator, showGeneral)
	s.Post("/admin/settings/general", web.Administrator, submitGeneral)
	s.Get("/admin/settings/sign-in", web.Administrator, showSignIn)
	s.Post("/admin/settings/sign-in", web.Administrator, submitSignIn)
}
