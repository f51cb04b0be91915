package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/internal/user"
)

// storedFilter is who is on a list, as a row keeps it: what of a filter says who, without
// the order and the place in the list. What Now, DueAdmins and DueAll say is for whoever
// reads it.
type storedFilter struct {
	Text      string    `json:"text,omitempty"`
	Status    Status    `json:"status,omitempty"`
	TwoStep   string    `json:"two_step,omitempty"`
	Role      user.Role `json:"role,omitempty"`
	Inactive  int       `json:"inactive_days,omitempty"`
	Never     bool      `json:"never,omitempty"`
	NoAddress bool      `json:"no_address,omitempty"`
	Group     string    `json:"group,omitempty"`
}

const oneDay = 24 * time.Hour

// Stored is the filter as a row keeps it; ReadFilter reads it again.
func (f UserFilter) Stored() string {
	text, _ := json.Marshal(storedFilter{f.Text, f.Status, f.TwoStep, f.Role, int(f.Inactive / oneDay), f.Never, f.NoAddress, f.Group}) // it cannot fail
	return string(text)
}

// errFilter is a filter that says something we do not know.
var errFilter = errors.New("a stored filter of users cannot be read")

// ReadFilter reads a filter that Stored wrote, or the query of a list's address, which rows
// of earlier versions hold. One that says something we do not know is refused: passed over,
// it would be a filter that matches more people.
func ReadFilter(text string) (UserFilter, error) {
	var s storedFilter
	if !strings.HasPrefix(text, "{") {
		return readQuery(text)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil || d.More() {
		return UserFilter{}, errFilter
	}
	f := UserFilter{Text: s.Text, Status: s.Status, TwoStep: s.TwoStep, Role: s.Role, Inactive: time.Duration(s.Inactive) * oneDay, Never: s.Never, NoAddress: s.NoAddress, Group: s.Group}
	return f, f.known()
}

// readQuery reads the query of a list's address.
func readQuery(text string) (f UserFilter, err error) {
	query, err := url.ParseQuery(text)
	if err != nil {
		return f, errFilter
	}
	for name, values := range query {
		if len(values) != 1 || !utf8.ValidString(values[0]) || !f.set(name, values[0]) {
			return UserFilter{}, errFilter
		}
	}
	return f, f.known()
}

// set reads one parameter of an address.
func (f *UserFilter) set(name, value string) bool {
	switch name {
	case "q":
		f.Text = value
	case "status":
		f.Status = Status(value)
	case "two_step":
		f.TwoStep = value
	case "role":
		f.Role = user.Role(value)
	case "group":
		f.Group = value
	case "address":
		f.NoAddress = value == "none"
		return f.NoAddress
	case "inactive":
		if f.Never = value == "never"; f.Never {
			return true
		}
		days, err := strconv.Atoi(value)
		f.Inactive = time.Duration(days) * oneDay
		return err == nil && days > 0
	default:
		return false
	}
	return true
}

// known refuses a choice that no list offers.
func (f UserFilter) known() error {
	known := slices.Contains([]Status{"", StatusActive, StatusInvited, StatusExpired, StatusLocked, StatusDisabled, StatusDeleted}, f.Status) &&
		slices.Contains([]string{"", "on", "off", "due"}, f.TwoStep) &&
		slices.Contains([]user.Role{"", user.RoleUser, user.RoleAdmin}, f.Role) && f.Inactive >= 0
	if !known {
		return errFilter
	}
	return nil
}

// Query is who is on the list as its address says it, for people to read in the audit log;
// "" if the filter leaves nobody out.
func (f UserFilter) Query() string {
	inactive, address := "", ""
	switch {
	case f.Never:
		inactive = "never"
	case f.Inactive >= oneDay:
		inactive = strconv.Itoa(int(f.Inactive / oneDay))
	}
	if f.NoAddress {
		address = "none"
	}
	var all []string
	for _, p := range [][2]string{
		{"q", f.Text}, {"status", string(f.Status)}, {"two_step", f.TwoStep}, {"role", string(f.Role)}, {"inactive", inactive}, {"address", address}, {"group", f.Group},
	} {
		if p[1] != "" {
			all = append(all, p[0]+"="+url.QueryEscape(p[1]))
		}
	}
	return strings.Join(all, "&")
}
