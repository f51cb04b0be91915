package views

import (
	"cmp"
	"context"
	"io"
	"strconv"
	"strings"
	"time"
)

// ApplicationsPath is the list of applications, for administrators; MyApplicationsPath is what
// somebody may open themselves.
const (
	ApplicationsPath   = "/admin/applications"
	MyApplicationsPath = "/applications"
)

// Application is what people sign in to by way of this instance.
type Application struct {
	// Slug is fixed, Name what people call it.
	Slug, Name string
	Hosts      []string
	Everyone   bool
	// Groups are those whose members may open it.
	Groups   []Group
	Disabled bool
	Version  int64
	Created  time.Time
}

// Applications is the list, GET /admin/applications.
type Applications struct {
	Frame
	Filter ApplicationFilter
	Rows   []Application
	// Total counts the applications that match.
	Total int
	// Previous and Next are addresses of the neighbouring pages, empty for none.
	Previous, Next string
}

// ApplicationFilter is the state of the list as it stands in the address.
type ApplicationFilter struct {
	Q string
	// Group leaves those that list the group of this name.
	Group string
	// Sort is a column, with a minus in front for descending; empty for the default, name.
	Sort string
	// After and Before are page keys; at most one is set.
	After, Before string
}

// Path returns the shareable address of this state.
func (f ApplicationFilter) Path() string {
	v := query{}
	return v.add("q", f.Q).add("group", f.Group).add("sort", f.Sort).add("after", f.After).add("before", f.Before).path(ApplicationsPath)
}

// First is the first page of the same list.
func (f ApplicationFilter) First() ApplicationFilter {
	return ApplicationFilter{Q: f.Q, Group: f.Group, Sort: f.Sort}
}

func (f ApplicationFilter) filtered() bool { return f.Q != "" || f.Group != "" }

func (f ApplicationFilter) sort() string { return cmp.Or(f.Sort, "name") }

func (f ApplicationFilter) sorted(sort string) string {
	to := f.First()
	if to.Sort = sort; sort == "name" {
		to.Sort = ""
	}
	return to.Path()
}

// path is the page of the application, or one below it.
func (a Application) path(below string) string {
	if below == "" {
		return ApplicationsPath + "/" + a.Slug
	}
	return ApplicationsPath + "/" + a.Slug + "/" + below
}

func (a Application) version() string { return strconv.FormatInt(a.Version, 10) }

// hosts names the first host, and says how many more there are.
func (a Application) hosts() string {
	switch n := len(a.Hosts); n {
	case 0:
		return "None"
	case 1:
		return a.Hosts[0]
	default:
		return a.Hosts[0] + " and " + strconv.Itoa(n-1) + " more"
	}
}

// access says in a list who may open it.
func (a Application) access() string {
	if a.Everyone {
		return "Everyone"
	}
	return few(titles(a.Groups), len(a.Groups), "Nobody")
}

func titles(groups []Group) []string {
	all := make([]string, len(groups))
	for i, g := range groups {
		all[i] = g.title()
	}
	return all
}

// few names the first of some things, and says how many more there are.
func few(names []string, total int, none string) string {
	n := min(len(names), groupsShown)
	switch {
	case total == 0:
		return none
	case total > n:
		return strings.Join(names[:n], ", ") + " and " + thousands(total-n) + " more"
	}
	return strings.Join(names, ", ")
}

func (p Applications) caption() string {
	total := count(p.Total, "application")
	if len(p.Rows) < p.Total {
		total = thousands(len(p.Rows)) + " of " + total
	}
	if p.Filter.Q != "" {
		total += ": “" + p.Filter.Q + "”"
	}
	if p.Filter.Group != "" {
		total += ", open to group " + p.Filter.Group
	}
	return total + ", sorted by " + map[string]string{
		"name": "name", "-name": "name, Z to A", "added": "date added, oldest first", "-added": "date added, newest first",
	}[p.Filter.sort()]
}

// Render draws the page.
func (p Applications) Render(ctx context.Context, w io.Writer) error {
	return p.page("Applications", p.body()).Render(ctx, w)
}

// ApplicationForm adds an application or changes it, GET and POST /admin/applications/new and
// /admin/applications/{slug}/edit. Fields: slug name host access group (many) public launch_url
// proof_minutes, and version when it changes.
type ApplicationForm struct {
	Frame
	// Stored is the application that is changed; zero for a new one.
	Stored Application
	// Everything as it was typed: Hosts and Public have a line for each.
	Slug, Name, Hosts, Access, Public, LaunchURL, ProofMinutes, Version string
	// Offered are the groups to choose from; none where there are too many, and then they are typed.
	Offered    []Group
	ManyGroups bool
	// Chosen are names of groups.
	Chosen []string
}

func (p ApplicationForm) heading() string {
	if p.Stored.Slug == "" {
		return "Add application"
	}
	return "Edit application"
}

func (p ApplicationForm) action() string {
	if p.Stored.Slug == "" {
		return ApplicationsPath + "/new"
	}
	return p.Stored.path("edit")
}

func (p ApplicationForm) accessChoices() []radio {
	return []radio{
		{value: "groups", words: "Members of groups", note: "You choose the groups below.", checked: p.Access != "everyone"},
		{value: "everyone", words: "Everyone", note: "Everybody who can sign in here, also people who are added later.", checked: p.Access == "everyone"},
	}
}

// Render draws the page.
func (p ApplicationForm) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// ApplicationAction asks before an application is enabled, disabled or deleted, GET and POST
// /admin/applications/{slug}/{enable,disable,delete}. Field: version.
type ApplicationAction struct {
	Frame
	Application Application
	// Kind is enable, disable or delete.
	Kind string
	// Open says how many people have it open now.
	Open People
}

func (p ApplicationAction) words() (heading, note, button string) {
	name := p.Application.Name
	switch p.Kind {
	case "enable":
		return "Enable " + name, "Whoever has access can open it again.", "Enable application"
	case "disable":
		return "Disable " + name, "Nobody can open it, and everybody is signed out of it at once. You can enable it again.", "Disable application"
	}
	return "Delete " + name, "Nobody can open it, and everybody is signed out of it at once. The proxy turns everybody away until you take its configuration out. A deleted application cannot be restored.", "Delete application"
}

// Button is the words on the button.
func (p ApplicationAction) Button() string {
	_, _, button := p.words()
	return button
}

// now says who is signed out by it, "" for nobody.
func (p ApplicationAction) now() string {
	if p.Kind == "enable" || p.Open.N == 0 {
		return ""
	}
	return p.Open.have(" has it open now.", " have it open now.")
}

// Render draws the page.
func (p ApplicationAction) Render(ctx context.Context, w io.Writer) error {
	heading, _, _ := p.words()
	return p.page(heading, p.body()).Render(ctx, w)
}

// People is a number of people; Over says that there are more.
type People struct {
	N    int
	Over bool
}

// have is a sentence about them.
func (n People) have(one, many string) string {
	if n.Over {
		return "More than " + thousands(n.N) + " people" + many
	}
	return oneOr(n.N, "1 person"+one, thousands(n.N)+" people"+many)
}
