package views

import (
	"cmp"
	"context"
	"io"
	"strconv"
	"time"
)

// GroupsPath is the list of groups.
const GroupsPath = "/admin/groups"

// Groups is the list of groups, GET /admin/groups.
type Groups struct {
	Frame
	Filter GroupFilter
	Rows   []Group
	// Total counts the groups that match.
	Total int
	// Previous and Next are addresses of the neighbouring pages, empty for none.
	Previous, Next string
}

// Group is one group.
type Group struct {
	// Name is fixed, Label what people call it, or empty.
	Name, Label string
	Members     int
	Version     int64
	Created     time.Time
	// Opens are a few of the applications that list it, of OpensTotal.
	Opens      []Application
	OpensTotal int
	// OnlyThrough is how many of them list no other group.
	OnlyThrough int
}

// GroupFilter is the state of the list as it stands in the address.
type GroupFilter struct {
	Q string
	// Sort is a column, with a minus in front for descending; empty for the default, name.
	Sort string
	// After and Before are page keys; at most one is set.
	After, Before string
}

// Path returns the shareable address of this state.
func (f GroupFilter) Path() string {
	v := query{}
	return v.add("q", f.Q).add("sort", f.Sort).add("after", f.After).add("before", f.Before).path(GroupsPath)
}

// First is the first page of the same list.
func (f GroupFilter) First() GroupFilter { return GroupFilter{Q: f.Q, Sort: f.Sort} }

func (f GroupFilter) sorted(sort string) string {
	if sort == "name" {
		sort = ""
	}
	return GroupFilter{Q: f.Q, Sort: sort}.Path()
}

func (f GroupFilter) sort() string { return cmp.Or(f.Sort, "name") }

func (g Group) title() string { return cmp.Or(g.Label, g.Name) }

// path is the page of the group, or one below it.
func (g Group) path(below string) string {
	if below == "" {
		return GroupsPath + "/" + g.Name
	}
	return GroupsPath + "/" + g.Name + "/" + below
}

func (g Group) version() string { return strconv.FormatInt(g.Version, 10) }

func (p Groups) caption() string {
	total := count(p.Total, "group")
	if len(p.Rows) < p.Total {
		total = thousands(len(p.Rows)) + " of " + total
	}
	if p.Filter.Q != "" {
		total += ": “" + p.Filter.Q + "”"
	}
	return total + ", sorted by " + map[string]string{
		"name": "name", "-name": "name, Z to A", "members": "members, fewest first", "-members": "members, most first",
		"added": "date added, oldest first", "-added": "date added, newest first",
	}[p.Filter.sort()]
}

// Render draws the page.
func (p Groups) Render(ctx context.Context, w io.Writer) error {
	return p.page("Groups", p.body()).Render(ctx, w)
}

// GroupForm adds a group or changes its label, GET and POST /admin/groups/new and
// /admin/groups/{name}/edit. Fields: name label, and version when it changes.
type GroupForm struct {
	Frame
	// Stored is the group that is changed; zero for a new one.
	Stored      Group
	Name, Label string
	Version     string
}

func (p GroupForm) heading() string {
	if p.Stored.Name == "" {
		return "Add group"
	}
	return "Edit group"
}

// Render draws the page.
func (p GroupForm) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}
