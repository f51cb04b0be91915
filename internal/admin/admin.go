// Package admin is the overview of administrators, and mounts what else they do: each
// package below it is one room of pages, and none knows another.
//
// Every action on a user is a method of [account.Action], which knows nothing of HTTP: the
// pages and the commands of package app call the same ones, so both have the same guards
// and leave the same audit rows. A page asks on GET and acts on POST; for everybody who is
// not an administrator none of it exists (route.Administrator).
//
// Lists keep their whole state in the address, in one spelling: a list with empty
// or default parameters redirects to the address without them, and what no page of
// ours could have asked for is a 400 page.
package admin

import (
	"latchkey/internal/admin/applications"
	"latchkey/internal/admin/auditlog"
	"latchkey/internal/admin/backups"
	"latchkey/internal/admin/bulk"
	"latchkey/internal/admin/groups"
	"latchkey/internal/admin/imports"
	"latchkey/internal/admin/requests"
	"latchkey/internal/admin/settings"
	"latchkey/internal/admin/streams"
	"latchkey/internal/admin/users"
	"latchkey/internal/admin/viewas"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin", route.Administrator, showOverview)
	users.Mount(s)
	imports.Mount(s)
	bulk.Mount(s, users.List)
	viewas.Mount(s)
	requests.Mount(s)
	auditlog.Mount(s)
	settings.Mount(s)
	groups.Mount(s)
	applications.Mount(s)
	streams.Mount(s)
	backups.Mount(s)
	s.Post("/admin/checklist", route.Administrator, submitChecklist)
}
