// Package users is the pages about users: the list of them, one user with what is known of
// them and what can be done, and why somebody cannot sign in.
//
// What is done to a user, and what it needs, is package account's: a page asks on GET and
// acts on POST.
package users

import "latchkey/internal/web"

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get("/admin/users", web.Administrator, showList)
	s.Get("/admin/users.csv", web.Administrator, export("csv"))
	s.Get("/admin/users.jsonl", web.Administrator, export("jsonl"))
	s.Get("/admin/users/new", web.Administrator, showNew)
	s.Post("/admin/users/new", web.Administrator, submitNew)
	s.Get("/admin/users/explain", web.Administrator, showExplainName)
	s.Get("/admin/users/:id", web.Administrator, showUser)
	s.Get("/admin/users/:id/edit", web.Administrator, showEdit)
	s.Post("/admin/users/:id/edit", web.Administrator, submitEdit)
	s.Get("/admin/users/:id/explain", web.Administrator, showExplain)
	for _, d := range userActions() {
		s.Get("/admin/users/:id/"+d.Name, web.Administrator, d.show)
		s.Post("/admin/users/:id/"+d.Name, web.Administrator, d.submit)
	}
	s.Post("/admin/users/:id/notes", web.Administrator, submitNote)
	s.Get("/admin/users/:id/notes/:note/delete", web.Administrator, showDropNote)
	s.Post("/admin/users/:id/notes/:note/delete", web.Administrator, submitDropNote)
	s.Post("/admin/users/:id/sessions/:session/end", web.Administrator, submitEndSession)
	s.Post("/admin/users/:id/applications/:app/end", web.Administrator, submitEndApplication)
}
