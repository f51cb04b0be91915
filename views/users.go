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
	// Previous and Next are addresses of the neighbouring pages, empty for none.
	Previous, Next string
	// Alone says that there is no user besides the one who looks.
	Alone bool
	// Picked, Action and All are what was chosen to be done with several users, when
	// something was missing: ids, the act, and everybody who matches in place of the ids.
	Picked []string
	Action string
	All    bool
	// Running are acts on many users that are under way.
	Running []Link
}

// UserFilter is the state of the list as it stands in the address.
type UserFilter struct {
	Q string
	// Status is active, invited, locked, disabled, deleted or empty; TwoStep on, off
	// or empty; Role user, admin or empty.
	Status, TwoStep, Role string
	// Sort is a column, with a minus in front for descending; empty for the default, name.
	Sort string
	// Size is 25, 50 or 100; 0 for the default, 25.
	Size int
	// After and Before are page keys; at most one is set.
	After, Before string
}

// UserRow is one line of the list.
type UserRow struct {
	ID, Username, Name, Email string
	Role, Status              string
	TwoStep                   bool
	// LastSignIn is zero for never.
	LastSignIn time.Time
}

// Path returns the shareable address of this state; default values are left out,
// so equal states have equal addresses.
func (f UserFilter) Path() string {
	v := query{}
	v.add("q", f.Q).add("status", f.Status).add("two_step", f.TwoStep).add("role", f.Role)
	if f.Sort != "name" {
		v.add("sort", f.Sort)
	}
	v.add("after", f.After).add("before", f.Before)
	if f.Size != 0 && f.Size != 25 {
		v.add("size", strconv.Itoa(f.Size))
	}
	return v.path("/admin/users")
}

// Filtered reports whether the list leaves anybody out, pages aside.
func (f UserFilter) Filtered() bool {
	return f.Q != "" || f.Status != "" || f.TwoStep != "" || f.Role != ""
}

// Render draws the page.
func (p Users) Render(ctx context.Context, w io.Writer) error {
	return p.page("Users", p.body()).Render(ctx, w)
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
