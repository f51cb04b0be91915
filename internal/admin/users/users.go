// Package users is the pages about users: the list of them, one user with what is known of
// them and what can be done, and why somebody cannot sign in.
//
// What is done to a user, and what it needs, is package account's: a page asks on GET and
// acts on POST.
package users

import (
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin/users", route.Administrator, showList)
	s.Get("/admin/users.csv", route.Administrator, export("csv"))
	s.Get("/admin/users.jsonl", route.Administrator, export("jsonl"))
	s.Get("/admin/users/new", route.Administrator, showNew)
	s.Post("/admin/users/new", route.Administrator, submitNew)
	s.Get("/admin/users/explain", route.Administrator, showExplainName)
	s.Get("/admin/users/:id", route.Administrator, showUser)
	s.Get("/admin/users/:id/edit", route.Administrator, showEdit)
	s.Post("/admin/users/:id/edit", route.Administrator, submitEdit)
	s.Get("/admin/users/:id/explain", route.Administrator, showExplain)
	for _, d := range userActions() {
		s.Get("/admin/users/:id/"+d.Name, route.Administrator, d.show)
		s.Post("/admin/users/:id/"+d.Name, route.Administrator, d.submit)
	}
	s.Post("/admin/users/:id/notes", route.Administrator, submitNote)
	s.Get("/admin/users/:id/notes/:note/delete", route.Administrator, showDropNote)
	s.Post("/admin/users/:id/notes/:note/delete", route.Administrator, submitDropNote)
	s.Post("/admin/users/:id/sessions/:session/end", route.Administrator, submitEndSession)
	s.Post("/admin/users/:id/applications/:app/end", route.Administrator, submitEndApplication)
}
