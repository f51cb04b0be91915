package applications

import (
	"strings"

	"latchkey/docs/deploy"
	"latchkey/internal/store"
	"latchkey/views"
)

// snippets are the configurations of proxies for an application: what stands in docs/deploy, with
// the names of this one.
func snippets(a store.Application) (all []views.Snippet) {
	for _, p := range deploy.Proxies() {
		parts := p.Parts(deploy.Application{Slug: a.Slug, Hosts: a.Hosts})
		s := views.Snippet{ID: p.Key, Proxy: p.Name, Note: "Add to " + parts[0].File + ", and replace " + deploy.Upstream + " by where the application listens. The rest of the configuration is in docs/deploy/" + p.Key + "."}
		if p.Untested {
			s.Note += " It was written from the documentation of " + p.Name + ", and not tested."
		}
		var text strings.Builder
		for i, part := range parts {
			if i > 0 {
				text.WriteString("\n# " + part.File + "\n")
			}
			text.WriteString(part.Text)
		}
		s.Text = strings.TrimRight(text.String(), "\n")
		all = append(all, s)
	}
	return all
}
