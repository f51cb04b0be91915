package groups

import (
	"strings"

	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// pageSize is how many groups, or members of one, stand on a page.
const pageSize = 25

func showList(v *web.Visitor) error {
	f, err := readFilter(v)
	if err != nil {
		return err
	}
	if !v.IsAt(f.Path()) {
		return v.Redirect(f.Path())
	}
	column, down := strings.CutPrefix(f.Sort, "-")
	filter := store.GroupFilter{Text: f.Q, Sort: store.GroupSort(column), Down: down, After: f.After, Before: f.Before, Limit: pageSize + 1}
	page := views.Groups{Filter: f}
	if page.Total, err = v.DB.CountGroups(v.Context(), filter); err != nil {
		return err
	}
	all, err := v.DB.Groups(v.Context(), filter)
	if err != nil {
		return err
	}
	all, before, after := web.Page(all, pageSize, f.After, f.Before)
	if len(all) == 0 && f != f.First() {
		return v.Redirect(f.First().Path())
	}
	if page.Rows, err = withOpens(v, all, opensInList); err != nil {
		return err
	}
	if before {
		to := f.First()
		to.Before = all[0].Name
		page.Previous = to.Path()
	}
	if after {
		to := f.First()
		to.After = all[len(all)-1].Name
		page.Next = to.Path()
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// readFilter is the state of the list that the address of this request tells.
func readFilter(v *web.Visitor) (f views.GroupFilter, err error) {
	sent, err := v.Filters("q", "sort", "after", "before")
	if err != nil {
		return f, err
	}
	in := forms.Filters{Sent: sent}
	f = views.GroupFilter{
		Q: strings.TrimSpace(in.Text("q")), Sort: in.OneOf("sort", "name", "-name", "members", "-members", "added", "-added"),
		After: in.Text("after"), Before: in.Text("before"),
	}
	if f.After != "" && f.Before != "" {
		in.Refuse("This page’s address names two places in the list.")
	}
	if in.Bad {
		return f, in.Mistake()
	}
	if f.Sort == "name" {
		f.Sort = ""
	}
	return f, nil
}
