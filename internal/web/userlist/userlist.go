// Package userlist is the state of the list of users: in the address of the list and of its
// files, and in the form of a bulk change. Which parts say who is on the list stands here
// and in the store's filter alone.
package userlist

import (
	"strconv"
	"strings"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/auth"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

const (
	// pageSize is how many users a page has if nothing else is asked for.
	pageSize = 25
	// maxInactive is how many days the filter of the last sign-in reaches back.
	maxInactive = 3650
)

// Names are the parameters of the list's state in a form.
func Names() []string {
	return []string{"q", "status", "two_step", "role", "inactive", "address", "group", "sort", "after", "before", "row", "size"}
}

// AddressNames are those in an address.
func AddressNames() []string { return append(Names(), "select") }

// Read is the state of the list that an address or a form tells. Default values come
// back empty, so that equal states have one address.
func Read(sent forms.Form) (views.UserFilter, error) {
	in := forms.Filters{Sent: sent}
	f := views.UserFilter{
		Q:        strings.TrimSpace(in.Text("q")),
		Status:   in.OneOf("status", "active", "invited", "expired", "locked", "disabled", "deleted"),
		TwoStep:  in.OneOf("two_step", "on", "off", "due"),
		Role:     in.OneOf("role", string(user.RoleUser), string(user.RoleAdmin)),
		Inactive: inactive(&in),
		Address:  in.OneOf("address", "none"),
		Group:    group(&in),
		Sort: in.OneOf("sort", "name", "-name", "username", "-username", "created", "-created", "last_sign_in", "-last_sign_in",
			"role", "-role", "status", "-status", "two_step", "-two_step"),
		After: in.Key("after"), Before: in.Key("before"), Row: int(min(in.Positive("row"), 1e9)),
		Select: in.OneOf("select", "page", "all"),
	}
	f.Size, _ = strconv.Atoi(in.OneOf("size", "25", "50", "100"))
	if f.After != "" && f.Before != "" {
		in.Refuse("This page’s address names two places in the list.")
	}
	if in.Bad {
		return f, in.Mistake()
	}
	if f.Sort == "name" {
		f.Sort = ""
	}
	if f.Size == pageSize {
		f.Size = 0
	}
	if f.After == "" && f.Before == "" {
		f.Row = 0
	}
	return f, nil
}

// group returns the parameter of the group: a name, of a group that may be gone by now.
func group(f *forms.Filters) string {
	name := f.Text("group")
	if name != "" && access.CheckGroupName(name) != nil {
		f.Refuse("The group in this page’s address has no name that a group could have.")
	}
	return name
}

// inactive returns the parameter of the last sign-in: a number of days, "never" or "".
func inactive(f *forms.Filters) string {
	if f.Sent["inactive"] == "never" {
		return "never"
	}
	days := f.Positive("inactive")
	if days > maxInactive {
		f.Refuse("The last sign-in can be at most 3,650 days ago.")
	}
	if days == 0 {
		return ""
	}
	return strconv.FormatInt(days, 10)
}

// ForStore is the whole state of the list for the store, at this time and with this policy.
func ForStore(f views.UserFilter, now time.Time, policy auth.TwoStep) store.UserFilter {
	s := Who(f)
	s.Now, s.DueAdmins, s.DueAll = now, policy.Demands(user.RoleAdmin), policy.Demands(user.RoleUser)
	column, down := strings.CutPrefix(f.Sort, "-")
	s.Sort, s.Down, s.After, s.Before, s.Limit = store.Sort(column), down, f.After, f.Before, pageSize
	if f.Size > 0 {
		s.Limit = f.Size
	}
	return s
}

// Who is the part of the list's state that says who is in it, without a time.
func Who(f views.UserFilter) store.UserFilter {
	s := store.UserFilter{
		Text: f.Q, Status: store.Status(f.Status), TwoStep: f.TwoStep, Role: user.Role(f.Role),
		Never: f.Inactive == "never", NoAddress: f.Address == "none", Group: f.Group,
	}
	if days, err := strconv.Atoi(f.Inactive); err == nil {
		s.Inactive = time.Duration(days) * 24 * time.Hour
	}
	return s
}

// Shown is a filter of the store as the list's page has it.
func Shown(f store.UserFilter) views.UserFilter {
	shown := views.UserFilter{Q: f.Text, Status: string(f.Status), TwoStep: f.TwoStep, Role: string(f.Role), Group: f.Group}
	switch {
	case f.Never:
		shown.Inactive = "never"
	case f.Inactive > 0:
		shown.Inactive = strconv.Itoa(int(f.Inactive / (24 * time.Hour)))
	}
	if f.NoAddress {
		shown.Address = "none"
	}
	return shown
}
