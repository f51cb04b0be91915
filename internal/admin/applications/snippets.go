package applications

import (
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

// snippets are the configurations of proxies for an application.
func snippets(v *web.Visitor, a store.Application) []views.Snippet { return nil }
