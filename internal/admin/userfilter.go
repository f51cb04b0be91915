package admin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// The state of the list of users: in the address of the list and of its files, in the
// form of a bulk change, and in the row of one that goes on by itself. Which parts say
// who is on the list stands here alone.

const (
	// pageSize is how many users a page has if nothing else is asked for.
	pageSize = 25
	// maxInactive is how many days the filter of the last sign-in reaches back.
	maxInactive = 3650
)

// userFilterNames are the parameters of the list's state.
func userFilterNames() []string {
	return []string{"q", "status", "two_step", "role", "inactive", "address", "sort", "after", "before", "row", "size"}
}

// readUserFilter reads the state of the list from the address. Default values
// come back empty, so that equal states have one address.
func readUserFilter(v *web.Visitor) (views.UserFilter, error) {
	sent, err := v.Filters(append(userFilterNames(), "select")...)
	if err != nil {
		return views.UserFilter{}, err
	}
	return userFilter(sent)
}

// userFilter is the state of the list that an address or a form tells.
func userFilter(sent web.Form) (views.UserFilter, error) {
	in := web.Filters{Sent: sent}
	f := views.UserFilter{
		Q:        strings.TrimSpace(in.Text("q")),
		Status:   in.OneOf("status", "active", "invited", "expired", "locked", "disabled", "deleted"),
		TwoStep:  in.OneOf("two_step", "on", "off", "due"),
		Role:     in.OneOf("role", string(user.RoleUser), string(user.RoleAdmin)),
		Inactive: inactive(&in),
		Address:  in.OneOf("address", "none"),
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

// inactive returns the parameter of the last sign-in: a number of days, "never" or "".
func inactive(f *web.Filters) string {
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

func storeFilter(v *web.Visitor, f views.UserFilter) store.UserFilter {
	s := whoMatches(v.Instance, f, v.Now)
	column, down := strings.CutPrefix(f.Sort, "-")
	s.Sort, s.Down, s.After, s.Before, s.Limit = store.Sort(column), down, f.After, f.Before, pageSize
	if f.Size > 0 {
		s.Limit = f.Size
	}
	return s
}

// whoMatches is the part of the list's state that says who is in it.
func whoMatches(i *instance.Instance, f views.UserFilter, now time.Time) store.UserFilter {
	policy := i.Settings().TwoStep
	s := store.UserFilter{
		Text: f.Q, Status: store.Status(f.Status), TwoStep: f.TwoStep, Role: user.Role(f.Role),
		Never: f.Inactive == "never", NoAddress: f.Address == "none", Now: now,
		DueAdmins: policy.Demands(user.RoleAdmin), DueAll: policy.Demands(user.RoleUser),
	}
	if days, err := strconv.Atoi(f.Inactive); err == nil {
		s.Inactive = time.Duration(days) * 24 * time.Hour
	}
	return s
}

// frozenFilter is the filter of a bulk change as it was when that began.
func frozenFilter(b store.BulkJob) (views.UserFilter, error) { return storedFilter(b.Filter) }

// storedFilter reads a filter that was put away as a query. One that says something we do
// not know is refused: passed over, it would be a filter that matches more people.
func storedFilter(text string) (views.UserFilter, error) {
	query, err := url.ParseQuery(text)
	if err != nil {
		return views.UserFilter{}, web.ErrAddress
	}
	sent := web.Form{}
	for name, values := range query {
		if len(values) != 1 || !slices.Contains(userFilterNames(), name) {
			return views.UserFilter{}, web.ErrAddress
		}
		sent[name] = values[0]
	}
	return userFilter(sent)
}
