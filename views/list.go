package views

import (
	"slices"
	"strconv"
)

// The choices of filters and forms; the values are the contract, the words are ours.

func statuses() []Option {
	return []Option{{"active", "Active"}, {"invited", "Invited"}, {"locked", "Locked"}, {"disabled", "Disabled"}, {"deleted", "Deleted"}}
}

func onOff() []Option { return []Option{{"on", "On"}, {"off", "Off"}} }

func roles() []Option { return []Option{{"user", "User"}, {"admin", "Administrator"}} }

// sizes are the lengths a page of the list may have, the default first.
func sizes() []string { return []string{"25", "50", "100"} }

func statusWords(status string) string {
	for _, o := range statuses() {
		if o.Value == status {
			return o.Words
		}
	}
	return ""
}

func statusKind(status string) string {
	switch status {
	case "active":
		return "good"
	case "invited":
		return "warn"
	case "locked":
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
	f.Sort, f.After, f.Before = sort, "", ""
	return f.Path()
}

func (f UserFilter) sized(size string) string {
	f.Size, _ = strconv.Atoi(size)
	f.After, f.Before = "", ""
	return f.Path()
}

// caption says how many of how many, and in which order.
func (p Users) caption() string {
	s := thousands(len(p.Rows)) + " of " + count(p.Total, "user")
	if p.Over {
		s = thousands(len(p.Rows)) + " of more than " + count(p.Total, "user")
	}
	return s + ", sorted by " + sortWords(p.Filter.sort())
}

func sortWords(sort string) string {
	switch sort {
	case "-name":
		return "name, last first"
	case "username":
		return "username"
	case "-username":
		return "username, last first"
	case "created":
		return "day added, oldest first"
	case "-created":
		return "day added, newest first"
	case "last_sign_in":
		return "last sign-in, oldest first"
	case "-last_sign_in":
		return "last sign-in, newest first"
	default:
		return "name"
	}
}

// selectable reports whether there is anybody to do something to.
func (p Users) selectable() bool { return len(p.Rows) > 0 && !p.Alone }

// beyond reports whether more users match than stand on this page.
func (p Users) beyond() bool { return p.Over || p.Total > len(p.Rows) }

// allWords offers to select everybody who matches, on other pages too.
func (p Users) allWords() string {
	n := "all " + thousands(p.Total)
	if p.Over {
		n = "all of more than " + thousands(p.Total)
	}
	if p.Filter.Filtered() {
		return "Select " + n + " that match"
	}
	return "Select " + n + " users"
}

func (p Users) isPicked(id string) bool { return slices.Contains(p.Picked, id) }

// pickID is the id of the box of a row; the first has the name of the field, so that
// a mistake leads there.
func pickID(row int) string {
	if row == 0 {
		return "user"
	}
	return "user-" + strconv.Itoa(row+1)
}

func (r UserRow) shown() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Username
}

// second is the line below the name: the user name unless it stands above, and the address.
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
