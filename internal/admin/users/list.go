package users

import (
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/internal/web/userlist"
	"latchkey/views"
)

func showList(v *web.Visitor) error {
	f, err := readFilter(v)
	if err != nil {
		return err
	}
	if !v.IsAt(f.Path()) {
		return v.Redirect(f.Path())
	}
	page, err := List(v, f)
	if err != nil {
		return err
	}
	first := f.First()
	first.Select = f.Select
	if len(page.Rows) == 0 && f != first {
		return v.Redirect(first.Path()) // the page emptied while somebody turned it
	}
	if page.Previous == "" && f != first {
		return v.Redirect(first.Path()) // nobody stands before this page, or its place is gone
	}
	if page.Running, err = present.RunningBulk(v.DB); err != nil {
		return err
	}
	tickSelected(&page)
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// tickSelected ticks what the links above the list select.
func tickSelected(page *views.Users) {
	switch page.All = page.Filter.Select == "all" && page.Beyond(); {
	case page.Filter.Select != "" && !page.All:
		for _, r := range page.Rows {
			page.Picked = append(page.Picked, r.ID)
		}
	}
	page.Filter.Select = ""
}

// List reads one page and one user more, which tells whether another page
// follows in the direction that was read.
func List(v *web.Visitor, f views.UserFilter) (views.Users, error) {
	filter := userlist.ForStore(f, v.Now, v.Settings().TwoStep)
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
	page := views.Users{Filter: f, Total: list.Total, Over: list.Over, Row: f.Row}
	f.Select = ""
	if list.Restarted || f == f.First() {
		f, page.Row = f.First(), 1
	}
	page.Previous, page.Next = neighbours(f, users, more, size)
	if page.Next == "" && !page.Over {
		page.Row = page.Total - len(users) + 1 // whatever the address says
	}
	page.Alone = page.Total == 1 && !f.Filtered()
	return page, addRows(v, users, &page)
}

// addRows adds the users, with their groups where there are any groups.
func addRows(v *web.Visitor, users []user.User, page *views.Users) error {
	groups, err := v.DB.GroupsUpTo(v.Context(), present.GroupsOffered+1)
	if err != nil {
		return err
	}
	in := map[string][]string{}
	if groups > 0 {
		ids := make([]string, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
		if in, err = v.DB.GroupTitlesOfAll(v.Context(), ids); err != nil {
			return err
		}
	}
	if page.ManyGroups = groups > present.GroupsOffered; !page.ManyGroups {
		if page.Groups, err = present.GroupOptions(v.Context(), v.DB.Reader, present.GroupsOffered); err != nil {
			return err
		}
	}
	for _, u := range users {
		row := present.UserRow(u, v.Now)
		row.Groups = in[u.ID]
		page.Rows = append(page.Rows, row)
	}
	return nil
}

// neighbours returns the addresses of the pages before and after this one, with the
// number of their first row as far as that of this page is known. more says that there
// are users beyond it in the direction that was read; in the other one lies the page that
// somebody came from.
func neighbours(f views.UserFilter, users []user.User, more bool, size int) (previous, next string) {
	if len(users) == 0 {
		return "", ""
	}
	before, after := f.First(), f.First()
	before.Before, after.After = users[0].ID, users[len(users)-1].ID
	if first := f == f.First(); first || f.Row > 0 {
		row := max(1, f.Row)
		before.Row, after.Row = max(1, row-size), row+len(users)
	}
	if f.After != "" || f.Before != "" && more {
		previous = before.Path()
	}
	if f.Before != "" || more {
		next = after.Path()
	}
	return previous, next
}

// readFilter is the state of the list that the address of this request tells.
func readFilter(v *web.Visitor) (views.UserFilter, error) {
	sent, err := v.Filters(userlist.AddressNames()...)
	if err != nil {
		return views.UserFilter{}, err
	}
	return userlist.Read(sent)
}
