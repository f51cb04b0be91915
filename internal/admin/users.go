package admin

import (
	"strconv"
	"strings"

	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// pageSize is how many users a page has if nothing else is asked for.
const pageSize = 25

func showUsers(v *web.Visitor) error {
	f, err := readUserFilter(v)
	if err != nil {
		return err
	}
	if !v.IsAt(f.Path()) {
		return v.Redirect(f.Path())
	}
	page, err := listUsers(v, f)
	if err != nil {
		return err
	}
	if first := firstPage(f); len(page.Rows) == 0 && f != first {
		return v.Redirect(first.Path()) // the page emptied while somebody turned it
	}
	if page.Previous == "" && f.Before != "" {
		return v.Redirect(firstPage(f).Path())
	}
	if page.Running, err = runningBatches(v); err != nil {
		return err
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

func firstPage(f views.UserFilter) views.UserFilter {
	f.After, f.Before = "", ""
	return f
}

// readUserFilter reads the state of the list from the address. Default values
// come back empty, so that equal states have one address.
func readUserFilter(v *web.Visitor) (views.UserFilter, error) {
	sent, err := v.Filters("q", "status", "two_step", "role", "sort", "after", "before", "size")
	if err != nil {
		return views.UserFilter{}, err
	}
	return userFilter(sent)
}

// userFilter is the state of the list that an address or a form tells.
func userFilter(sent web.Form) (views.UserFilter, error) {
	in := filters{sent: sent}
	f := views.UserFilter{
		Q:       strings.TrimSpace(in.text("q")),
		Status:  in.oneOf("status", "active", "invited", "locked", "disabled", "deleted"),
		TwoStep: in.oneOf("two_step", "on", "off"),
		Role:    in.oneOf("role", string(user.RoleUser), string(user.RoleAdmin)),
		Sort: in.oneOf("sort", "name", "-name", "username", "-username", "created", "-created",
			"last_sign_in", "-last_sign_in"),
		After:  in.key("after"),
		Before: in.key("before"),
	}
	f.Size, _ = strconv.Atoi(in.oneOf("size", "25", "50", "100"))
	if f.After != "" && f.Before != "" {
		in.refuse("The address of this page names two places in the list.")
	}
	if in.bad {
		return f, in.mistake()
	}
	if f.Sort == "name" {
		f.Sort = ""
	}
	if f.Size == pageSize {
		f.Size = 0
	}
	return f, nil
}

func storeFilter(v *web.Visitor, f views.UserFilter) store.UserFilter {
	column, down := strings.CutPrefix(f.Sort, "-")
	s := store.UserFilter{
		Text: f.Q, Status: store.Status(f.Status), TwoStep: f.TwoStep, Role: user.Role(f.Role),
		Sort: store.Sort(column), Down: down, After: f.After, Before: f.Before, Limit: pageSize, Now: v.Now,
	}
	if f.Size > 0 {
		s.Limit = f.Size
	}
	return s
}

// listUsers reads one page and one user more, which tells whether another page
// follows in the direction that was read.
func listUsers(v *web.Visitor, f views.UserFilter) (views.Users, error) {
	filter := storeFilter(v, f)
	filter.Limit++
	list, err := v.DB.ListUsers(v.Context(), filter)
	if err != nil {
		return views.Users{}, err
	}
	users, size := list.Users, filter.Limit-1
	more := len(users) > size
	if more && f.Before != "" {
		users = users[1:]
	} else if more {
		users = users[:size]
	}
	page := views.Users{Filter: f, Total: list.Total, Over: list.Over}
	page.Previous, page.Next = neighbours(f, users, more)
	page.Alone = page.Total == 1 && !f.Filtered()
	for _, u := range users {
		page.Rows = append(page.Rows, row(v, u))
	}
	return page, nil
}

// neighbours returns the addresses of the pages before and after this one. more
// says that there are users beyond it in the direction that was read; in the other
// one lies the page that somebody came from.
func neighbours(f views.UserFilter, users []user.User, more bool) (previous, next string) {
	if len(users) == 0 {
		return "", ""
	}
	before, after := firstPage(f), firstPage(f)
	before.Before, after.After = users[0].ID, users[len(users)-1].ID
	if f.After != "" || f.Before != "" && more {
		previous = before.Path()
	}
	if f.Before != "" || more {
		next = after.Path()
	}
	return previous, next
}

func row(v *web.Visitor, u user.User) views.UserRow {
	return views.UserRow{
		ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, Role: string(u.Role),
		Status: string(store.StatusOf(u, v.Now)), TwoStep: u.Authenticators > 0, LastSignIn: u.LastSignIn,
	}
}
