// Package applications is the pages on which administrators look after applications. What an
// application may be, and who may open it, is decided in package access.
package applications

import (
	"strconv"
	"strings"

	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/views"
)

const (
	listPath = views.ApplicationsPath
	newPath  = listPath + "/new"
	onePath  = listPath + "/:app"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get(listPath, route.Administrator, showList)
	s.Get(newPath, route.Administrator, showNew)
	s.Post(newPath, route.Administrator, submitNew)
	s.Get(onePath, route.Administrator, showOne)
	s.Get(onePath+"/who", route.Administrator, showWho)
	s.Get(onePath+"/edit", route.Administrator, showEdit)
	s.Post(onePath+"/edit", route.Administrator, submitEdit)
	for _, k := range kinds() {
		s.Get(onePath+"/"+k.name, route.Administrator, k.show)
		s.Post(onePath+"/"+k.name, route.Administrator, k.submit)
	}
	s.Post(onePath+"/sessions/:session/end", route.Administrator, submitEnd)
}

// path is the page of an application.
func path(slug string) string { return listPath + "/" + slug }

// chosen is the application of the route.
func chosen(v *web.Visitor) (store.Application, error) { return v.DB.Application(v.Param("app")) }

func good(text string) views.Flash { return views.Flash{Kind: "good", Text: text} }

// shown is an application as pages have it; groups are those that it lists.
func shown(a store.Application, groups []store.Group) views.Application {
	s := views.Application{Slug: a.Slug, Name: a.Name, Hosts: a.Hosts, Everyone: a.Everyone, Disabled: a.Disabled, Version: a.Version, Created: a.Created}
	for _, g := range groups {
		s.Groups = append(s.Groups, viewGroup(g))
	}
	return s
}

func viewGroup(g store.Group) views.Group {
	return views.Group{Name: g.Name, Label: g.Label, Members: g.Members}
}

// withGroups is an application with what people call its groups.
func withGroups(v *web.Visitor, a store.Application) (views.Application, []store.Group, error) {
	groups, err := v.DB.GroupsNamed(v.Context(), a.Groups)
	return shown(a, groups), groups, err
}

// pageSize is how many applications, or people of one, stand on a page.
const pageSize = 25

func showList(v *web.Visitor) error {
	f, err := readFilter(v)
	if err != nil {
		return err
	}
	if !v.IsAt(f.Path()) {
		return v.Redirect(f.Path())
	}
	column, down := strings.CutPrefix(f.Sort, "-")
	filter := store.ApplicationFilter{
		Text: f.Q, Group: f.Group, Sort: store.ApplicationSort(column), Down: down, After: f.After, Before: f.Before, Limit: pageSize + 1,
	}
	page := views.Applications{Filter: f}
	if page.Total, err = v.DB.CountApplications(v.Context(), filter); err != nil {
		return err
	}
	all, err := v.DB.Applications(v.Context(), filter)
	if err != nil {
		return err
	}
	all, before, after := web.Page(all, pageSize, f.After, f.Before)
	if len(all) == 0 && f != f.First() {
		return v.Redirect(f.First().Path())
	}
	if page.Rows, err = rows(v, all); err != nil {
		return err
	}
	if before {
		to := f.First()
		to.Before = all[0].Slug
		page.Previous = to.Path()
	}
	if after {
		to := f.First()
		to.After = all[len(all)-1].Slug
		page.Next = to.Path()
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// rows are applications with what people call their groups, which are read together.
func rows(v *web.Visitor, all []store.Application) (shownAll []views.Application, err error) {
	var names []string
	for _, a := range all {
		names = append(names, a.Groups...)
	}
	groups, err := v.DB.GroupsNamed(v.Context(), names)
	byName := make(map[string]store.Group, len(groups))
	for _, g := range groups {
		byName[g.Name] = g
	}
	for _, a := range all {
		var its []store.Group
		for _, name := range a.Groups {
			its = append(its, byName[name])
		}
		shownAll = append(shownAll, shown(a, its))
	}
	return shownAll, err
}

// readFilter is the state of the list that the address of this request tells.
func readFilter(v *web.Visitor) (f views.ApplicationFilter, err error) {
	sent, err := v.Filters("q", "group", "sort", "after", "before")
	if err != nil {
		return f, err
	}
	in := forms.Filters{Sent: sent}
	f = views.ApplicationFilter{
		Q: strings.TrimSpace(in.Text("q")), Group: in.Key("group"), Sort: in.OneOf("sort", "name", "-name", "added", "-added"),
		After: in.Text("after"), Before: in.Text("before"),
	}
	if f.After != "" && f.Before != "" {
		in.Refuse("This page’s address names two places in the list.")
	}
	if in.Bad {
		return f, in.Mistake()
	}
	if f.Sort == "name" {
		f.Sort = ""
	}
	return f, nil
}

// version is the version that a form was filled in for; 0 if it names none.
func version(form forms.Form) (int64, error) {
	if form["version"] == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(form["version"], 10, 64)
	if err != nil {
		return 0, problem.New(problem.BadRequest, "The form does not say which version of the application was meant.")
	}
	return n, nil
}
