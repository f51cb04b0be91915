package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/internal/user"
)

// The list of groups is paged by key like that of users; a group has no number, so its name
// tells two of one label apart.

// Group is a set of users with a name that stays what it is.
type Group struct {
	Name, Label string
	// Members are those who are not in the recycle bin.
	Members          int
	Version          int64
	Created, Changed time.Time
}

// Title is what people call the group: its label, or else its name.
func (g Group) Title() string { return cmp.Or(g.Label, g.Name) }

const groupColumns = `g.name, g.label, g.members, g.version, g.created_at, g.changed_at`

func scanGroup(row scanner) (g Group, err error) {
	err = row.Scan(&g.Name, &g.Label, &g.Members, &g.Version, (*stamp)(&g.Created), (*stamp)(&g.Changed))
	return g, err
}

// Group returns the group of this name, or a problem.NotFound.
func (r Reader) Group(name string) (Group, error) {
	g, err := scanGroup(r.q.queryRow(`SELECT `+groupColumns+` FROM user_groups g WHERE g.name = $1`, name))
	return g, notFound(err, "group")
}

// GroupSort is a column that the list of groups may be sorted by.
type GroupSort string

// The columns.
const (
	GroupsByName    GroupSort = "name" // what people call it
	GroupsByMembers GroupSort = "members"
	GroupsByAdded   GroupSort = "added"
)

// GroupFilter selects and orders groups.
type GroupFilter struct {
	Text string // words of which each has to be in name or label
	Sort GroupSort
	Down bool
	// After and Before are the names of the groups the page begins after or ends before; at
	// most one is set. One that is gone begins at the first page.
	After, Before string
	Limit         int
}

func (f GroupFilter) column() string {
	switch f.Sort {
	case GroupsByMembers:
		return "g.members"
	case GroupsByAdded:
		return "g.created_at"
	}
	return "g.sort_key"
}

func (f GroupFilter) conditions() []clause {
	all := []clause{sqlText(`TRUE`)}
	for _, w := range user.SearchWords(f.Text) {
		all = append(all, sqlText(instr+`(g.search_text, ?) > 0`, w))
	}
	return all
}

// page selects the groups of the page; back says that it was read against the order.
func (f GroupFilter) page() (text string, args []any, back bool) {
	all, down := f.conditions(), f.Down
	if from := cmp.Or(f.Before, f.After); from != "" {
		back = f.Before != ""
		down = down != back
		b := beyond(down)
		all = append(all, sqlText(`(`+f.column()+`, g.name) `+b+` (SELECT `+f.column()+`, g.name FROM user_groups g WHERE g.name = ?)`, from))
	}
	text, args = sqlText(`SELECT `+groupColumns+` FROM user_groups g WHERE `).then(joined(all, ` AND `)).
		add(` ORDER BY `+f.column()+` `+direction(down)+`, g.name `+direction(down)+` LIMIT ?`, f.Limit).statement()
	return text, args, back
}

// Groups returns the page of groups that a filter asks for.
func (r Reader) Groups(ctx context.Context, f GroupFilter) ([]Group, error) {
	if from := cmp.Or(f.Before, f.After); from != "" {
		if _, ok, err := one(r.q.queryRow(`SELECT g.name FROM user_groups g WHERE g.name = $1`, from), single[string], "reading where a page begins"); err != nil || !ok {
			if f.After, f.Before = "", ""; err != nil {
				return nil, err
			}
		}
	}
	text, args, back := f.page()
	all, err := list(ctx, r.q, scanGroup, "listing groups", text, args...)
	if back {
		slices.Reverse(all)
	}
	return all, err
}

// CountGroups counts the groups that a filter selects.
func (r Reader) CountGroups(ctx context.Context, f GroupFilter) (int, error) {
	return r.number(ctx, sqlText(`SELECT count(*) FROM user_groups g WHERE `).then(joined(f.conditions(), ` AND `)))
}

// GroupsUpTo counts the groups, up to so many.
func (r Reader) GroupsUpTo(ctx context.Context, most int) (int, error) {
	return r.number(ctx, sqlText(`SELECT count(*) FROM (SELECT 1 FROM user_groups g LIMIT ?) c`, most))
}

// maxGroups bounds the groups of an instance, 10,000: a search of the list looks at each
// of them.
//
//limit:people Groups
const maxGroups = 10_000

// AddGroup stores a group; added is false if there is one of that name, or there are as
// many as may be.
func (tx *Tx) AddGroup(g Group) (added bool, err error) {
	return tx.once(`INSERT INTO user_groups (name, label, sort_key, search_text, created_at, changed_at)
		SELECT $1, $2, $3, $4, $5, $5 WHERE (SELECT count(*) FROM user_groups) < $6 ON CONFLICT DO NOTHING`,
		g.Name, g.Label, user.SortKey(g.Label, g.Name), user.SearchText(g.Name, g.Label, ""), ms(g.Created), maxGroups)
}

// EditGroup stores another label; done is false if the group has another version by now.
func (tx *Tx) EditGroup(g Group, now time.Time) (done bool, err error) {
	return tx.once(`UPDATE user_groups SET label = $1, sort_key = $2, search_text = $3, changed_at = $4, version = version + 1
		WHERE name = $5 AND version = $6`,
		g.Label, user.SortKey(g.Label, g.Name), user.SearchText(g.Name, g.Label, ""), ms(now), g.Name, g.Version)
}

// DropGroup removes a group, and everybody from it; done is false if it has another
// version by now.
func (tx *Tx) DropGroup(name string, version int64) (done bool, err error) {
	return tx.once(`DELETE FROM user_groups WHERE name = $1 AND version = $2`, name, version)
}
