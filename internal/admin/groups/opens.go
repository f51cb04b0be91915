package groups

import (
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

const (
	// opensInList is of how many applications the list of groups may name some.
	opensInList = 4
	// opensOnPage is how many applications the page of a group names.
	opensOnPage = 20
)

// withOpens are groups with a few of the applications that list them.
func withOpens(v *web.Visitor, groups []store.Group, few int) ([]views.Group, error) {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.Name
	}
	in, err := v.DB.ApplicationsOfGroups(v.Context(), names, few)
	all := make([]views.Group, len(groups))
	for i, g := range groups {
		all[i] = shown(g)
		all[i].OpensTotal = in[g.Name].Total
		for _, a := range in[g.Name].First {
			all[i].Opens = append(all[i].Opens, views.Application{Slug: a.Slug, Name: a.Name, Disabled: a.Disabled})
		}
	}
	return all, err
}

// withOpensOf is one group with more of them.
func withOpensOf(v *web.Visitor, g store.Group) (views.Group, error) {
	all, err := withOpens(v, []store.Group{g}, opensOnPage)
	return all[0], err
}

// deletePage asks before a group is deleted, and says which applications that closes to people.
func deletePage(v *web.Visitor, g store.Group, mistake error) (page views.GroupDelete, err error) {
	if page.Group, err = withOpensOf(v, g); err != nil {
		return page, err
	}
	page.Group.OnlyThrough, err = v.DB.OnlyThrough(v.Context(), g.Name)
	page.Frame = v.Frame(mistake)
	return page, err
}
