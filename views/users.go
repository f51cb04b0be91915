package views

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"time"
)

// Users is the list, GET /admin/users.
type Users struct {
	Frame
	Filter UserFilter
	Rows   []UserRow
	// Total counts the users that match; Over says that counting stopped there
	// ("over 10,000"), so the list stays fast with a million users.
	Total int
	Over  bool
	// Row is the number of the first row in the whole list, 0 where it is not known.
	Row int
	// Previous and Next are addresses of the neighbouring pages, empty for none.
	Previous, Next string
	// Alone says that there is no user besides the one who looks.
	Alone bool
	// Picked, Action and All are what was chosen to be done with several users, when
	// something was missing: ids, the action, and everybody who matches in place of the ids.
	Picked []string
	Action string
	All    bool
	// Groups are those to choose from in the filter; none where there are too many to choose from,
	// in which case ManyGroups says so.
	Groups     []Option
	ManyGroups bool
	// Running are actions on many users that are under way.
	Running []Link
}

// UserFilter is the state of the list as it stands in the address.
type UserFilter struct {
	Q string
	// Status is active, invited, expired, locked, disabled, deleted or empty; TwoStep on,
	// off, due or empty; Role user, admin or empty.
	Status, TwoStep, Role string
	// Inactive is for how many days nobody has signed in, or never; Address is none for
	// those without one; or empty.
	Inactive, Address string
	// Group is the name of a group, or empty.
	Group string
	// Sort is a column, with a minus in front for descending; empty for the default, name.
	Sort string
	// Size is 25, 50 or 100; 0 for the default, 25.
	Size int
	// After and Before are page keys; at most one is set. Row is the number of the page's
	// first row, which its neighbour knew, 0 for unknown.
	After, Before string
	Row           int
	// Select ticks the rows of the page, or all that match: page, all or empty.
	Select string
}

// First is the first page of the same list.
func (f UserFilter) First() UserFilter {
	f.After, f.Before, f.Row, f.Select = "", "", 0, ""
	return f
}

// Who is the part of the state that says who is on the list.
func (f UserFilter) Who() UserFilter {
	return UserFilter{Q: f.Q, Status: f.Status, TwoStep: f.TwoStep, Role: f.Role, Inactive: f.Inactive, Address: f.Address, Group: f.Group}
}

// UserRow is one line of the list.
type UserRow struct {
	ID, Username, Name, Email string
	Role                      string
	// Status is active, invited, expired (the invitation), uninvited (there is none),
	// locked, disabled or deleted.
	Status  string
	TwoStep bool
	// LastSignIn is zero for never.
	LastSignIn time.Time
	// Groups are those that the user is in, by what people call them.
	Groups []string
}

// Path returns the shareable address of this state; default values are left out,
// so equal states have equal addresses.
func (f UserFilter) Path() string {
	v := query{}
	for _, o := range f.fields() {
		v.add(o.Value, o.Words)
	}
	return v.add("select", f.Select).path("/admin/users")
}

// fields are the parts of the state as an address and a form carry them, name and value.
func (f UserFilter) fields() (all []Option) {
	sort, row, size := f.Sort, "", ""
	if sort == "name" {
		sort = ""
	}
	if f.Row > 0 {
		row = strconv.Itoa(f.Row)
	}
	if f.Size != 0 && f.Size != 25 {
		size = strconv.Itoa(f.Size)
	}
	for _, o := range []Option{{"q", f.Q}, {"status", f.Status}, {"two_step", f.TwoStep}, {"role", f.Role}, {"inactive", f.Inactive}, {"address", f.Address}, {"group", f.Group},
		{"sort", sort}, {"after", f.After}, {"before", f.Before}, {"row", row}, {"size", size}} {
		if o.Words != "" {
			all = append(all, o)
		}
	}
	return all
}

// Filtered reports whether the list leaves anybody out, pages aside.
func (f UserFilter) Filtered() bool {
	return f.Who() != UserFilter{}
}

// Render draws the page.
func (p Users) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.title(), p.body()).Render(ctx, w)
}

// query builds an address with its parameters in the order they were added.
type query struct{ b []byte }

func (q *query) add(key, value string) *query {
	if value == "" {
		return q
	}
	if len(q.b) > 0 {
		q.b = append(q.b, '&')
	}
	q.b = append(q.b, key...)
	q.b = append(q.b, '=')
	q.b = append(q.b, url.QueryEscape(value)...)
	return q
}

func (q *query) path(base string) string {
	if len(q.b) == 0 {
		return base
	}
	return base + "?" + string(q.b)
}
