package views

import (
	"strconv"
	"strings"
)

// The choices of filters and forms; the values stay the same, because addresses and scripts hold them.

func statuses() []Option {
	return []Option{{"active", "Active"}, {"invited", "Invited"}, {"expired", "Invitation expired or none"}, {"locked", "Locked"}, {"disabled", "Disabled"}, {"deleted", "Deleted"}}
}

func twoSteps() []Option {
	return []Option{{"on", "Set up"}, {"off", "Not set up"}, {"due", "Required, not set up"}}
}

func addresses() []Option { return []Option{{"none", "No address"}} }

// lastSignIns are the choices of the filter of the last sign-in, with the one in force.
func (f UserFilter) lastSignIns() (all []Option) {
	for _, days := range []int{30, 90, 180, 365} {
		all = append(all, Option{strconv.Itoa(days), "Not in the last " + count(days, "day")})
	}
	all = append(all, Option{"never", "Never"})
	if days, err := strconv.Atoi(f.Inactive); err == nil && words(all, f.Inactive) == "" {
		all = append(all, Option{f.Inactive, "Not in the last " + count(days, "day")})
	}
	return all
}

// words are those of a choice, "" if it is none.
func words(all []Option, value string) string {
	for _, o := range all {
		if o.Value == value {
			return o.Words
		}
	}
	return ""
}

// words says who is on the list, for captions: "active, no sign-in for 90 days".
func (f UserFilter) words() string {
	var all []string
	add := func(value, words string) {
		if value != "" {
			all = append(all, words)
		}
	}
	add(f.Q, "“"+f.Q+"”")
	add(f.Status, strings.ToLower(words(statuses(), f.Status)))
	add(f.TwoStep, "two-step "+strings.ToLower(words(twoSteps(), f.TwoStep)))
	add(f.Role, strings.ToLower(roleWords(f.Role))+"s")
	switch days, err := strconv.Atoi(f.Inactive); {
	case f.Inactive == "never":
		all = append(all, "never signed in")
	case err == nil:
		all = append(all, "no sign-in for "+count(days, "day"))
	}
	add(f.Address, "no address")
	add(f.Group, "in group "+f.Group)
	return strings.Join(all, ", ")
}

// sorts are the orders to choose from where there are no columns to press, as on a phone.
func sorts() (all []Option) {
	for _, s := range []string{"name", "-name", "username", "-username", "created", "-created", "last_sign_in", "-last_sign_in",
		"role", "-role", "status", "-status", "two_step", "-two_step"} {
		all = append(all, Option{s, capital(sortWords(s))})
	}
	return all
}

// groups are the choices of the filter, with the one in force.
func (p Users) groups() []Option {
	if p.Filter.Group != "" && words(p.Groups, p.Filter.Group) == "" {
		return append([]Option{{p.Filter.Group, p.Filter.Group}}, p.Groups...)
	}
	return p.Groups
}

// hasGroups says that there are groups at all, so that a list shows them.
func (p Users) hasGroups() bool { return p.ManyGroups || len(p.Groups) > 0 }

// groupsShown is how many groups of a user a list names.
const groupsShown = 3

// groups names the first groups of a user, and says how many more there are.
func (r UserRow) groups() string {
	switch n := len(r.Groups); {
	case n == 0:
		return "None"
	case n > groupsShown:
		return strings.Join(r.Groups[:groupsShown], ", ") + " and " + strconv.Itoa(n-groupsShown) + " more"
	}
	return strings.Join(r.Groups, ", ")
}

func roles() []Option { return []Option{{"user", "User"}, {"admin", "Administrator"}} }

// sizes are the lengths a page of the list may have, the default first.
func sizes() []string { return []string{"25", "50", "100"} }

// statusWords are those of a tag. The filter "expired" lists two kinds of people, whose
// tags differ: some had an invitation, which is over, and some have none.
func statusWords(status string) string {
	switch status {
	case "expired":
		return "Invitation expired"
	case "uninvited":
		return "No invitation"
	}
	return words(statuses(), status)
}

func statusKind(status string) string {
	switch status {
	case "active":
		return "good"
	case "invited":
		return "warn"
	case "locked", "expired", "uninvited":
		return "bad"
	default:
		return ""
	}
}

func (f UserFilter) sort() string {
	if f.Sort == "" {
		return "name"
	}
	return f.Sort
}

func (f UserFilter) size() string {
	if f.Size == 0 {
		return sizes()[0]
	}
	return strconv.Itoa(f.Size)
}

// sorted and sized return the first page of the same list in another order or size.
func (f UserFilter) sorted(sort string) string {
	f = f.First()
	f.Sort = sort
	return f.Path()
}

func (f UserFilter) sized(size string) string {
	f = f.First()
	f.Size, _ = strconv.Atoi(size)
	return f.Path()
}

// caption says which of how many, who they are, and in which order.
func (p Users) caption() string {
	total := count(p.Total, "user")
	if p.Over {
		total = "more than " + total
	}
	switch {
	case !p.Beyond():
	case p.Row > 0:
		total = thousands(p.Row) + "–" + thousands(p.Row+len(p.Rows)-1) + " of " + total
	default:
		total = thousands(len(p.Rows)) + " of " + total
	}
	if p.Filter.Filtered() {
		return total + ": " + p.Filter.words() + "; sorted by " + sortWords(p.Filter.sort())
	}
	return total + ", sorted by " + sortWords(p.Filter.sort())
}

// title names the page of the list, as far as it is known.
func (p Users) title() string {
	size, _ := strconv.Atoi(p.Filter.size())
	if p.Row > 1 {
		return "Users, page " + thousands((p.Row+size-2)/size+1)
	}
	return "Users"
}

func sortWords(sort string) string {
	switch sort {
	case "-name":
		return "name, Z to A"
	case "username":
		return "username"
	case "-username":
		return "username, Z to A"
	case "created":
		return "date added, oldest first"
	case "-created":
		return "date added, newest first"
	case "role":
		return "role, administrators first"
	case "-role":
		return "role, users first"
	case "status":
		return "status, active first"
	case "-status":
		return "status, disabled first"
	case "two_step":
		return "two-step, not set up first"
	case "-two_step":
		return "two-step, set up first"
	case "last_sign_in":
		return "last sign-in, oldest first"
	case "-last_sign_in":
		return "last sign-in, newest first"
	default:
		return "name"
	}
}

func (r UserRow) shown() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Username
}

// second is the line below the name: the username unless it stands above, and the address.
func (r UserRow) second() string {
	switch {
	case r.Email == "" && r.Name == "":
		return ""
	case r.Email == "":
		return r.Username
	case r.Name == "":
		return r.Email
	default:
		return r.Username + " · " + r.Email
	}
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
