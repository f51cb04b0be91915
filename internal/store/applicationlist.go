package store

import (
	"cmp"
	"context"
	"slices"

	"latchkey/internal/user"
)

// The list of applications is paged by key like that of groups: its slug tells two of one name
// apart.

// ApplicationSort is a column that the list of applications may be sorted by.
type ApplicationSort string

// The columns.
const (
	ApplicationsByName  ApplicationSort = "name"
	ApplicationsByAdded ApplicationSort = "added"
)

// ApplicationFilter selects and orders applications.
type ApplicationFilter struct {
	Text  string // words of which each has to be in name or slug
	Group string // leaves those that list the group of this name
	Sort  ApplicationSort
	Down  bool
	// Opens leaves those that the user of this id has access to; Enabled those that are not
	// disabled.
	Opens   string
	Enabled bool
	// After and Before are the slugs of the applications the page begins after or ends before; at
	// most one is set. One that is gone begins at the first page.
	After, Before string
	Limit         int
}

func (f ApplicationFilter) column() string {
	if f.Sort == ApplicationsByAdded {
		return "p.created_at"
	}
	return "p.sort_key"
}

func (f ApplicationFilter) conditions() []clause {
	all := []clause{sqlText(`TRUE`)}
	for _, w := range user.SearchWords(f.Text) {
		all = append(all, sqlText(instr+`(p.search_text, ?) > 0`, w))
	}
	if f.Group != "" {
		all = append(all, sqlText(`EXISTS (SELECT 1 FROM application_groups ag WHERE ag.slug = p.slug AND ag.group_name = ?)`, f.Group))
	}
	if f.Opens != "" {
		// The groups of the application first: it lists a few, and a user may be in a hundred.
		all = append(all, sqlText(`(p.everyone = TRUE OR EXISTS (SELECT 1 FROM application_groups ag `+inTurn+` group_members gm
			ON gm.group_name = ag.group_name AND gm.user_num = (SELECT u.num FROM users u WHERE u.id = ?) WHERE ag.slug = p.slug))`, f.Opens))
	}
	if f.Enabled {
		all = append(all, sqlText(`p.disabled = FALSE`))
	}
	return all
}

// page selects the applications of the page; back says that it was read against the order.
func (f ApplicationFilter) page() (text string, args []any, back bool) {
	all, down := f.conditions(), f.Down
	if from := cmp.Or(f.Before, f.After); from != "" {
		back = f.Before != ""
		down = down != back
		all = append(all, sqlText(`(`+f.column()+`, p.slug) `+beyond(down)+` (SELECT `+f.column()+`, p.slug FROM applications p WHERE p.slug = ?)`, from))
	}
	text, args = sqlText(`SELECT `+applicationColumns+` FROM applications p WHERE `).then(joined(all, ` AND `)).
		add(` ORDER BY `+f.column()+` `+direction(down)+`, p.slug `+direction(down)+` LIMIT ?`, f.Limit).statement()
	return text, args, back
}

// Applications returns the page of applications that a filter asks for.
func (r Reader) Applications(ctx context.Context, f ApplicationFilter) ([]Application, error) {
	if from := cmp.Or(f.Before, f.After); from != "" {
		if _, ok, err := one(r.q.queryRow(`SELECT p.slug FROM applications p WHERE p.slug = $1`, from), single[string], "reading where a page begins"); err != nil || !ok {
			if f.After, f.Before = "", ""; err != nil {
				return nil, err
			}
		}
	}
	text, args, back := f.page()
	all, err := list(ctx, r.q, scanApplication, "listing applications", text, args...)
	if back {
		slices.Reverse(all)
	}
	return all, err
}

// CountApplications counts the applications that a filter selects.
func (r Reader) CountApplications(ctx context.Context, f ApplicationFilter) (int, error) {
	return r.number(ctx, sqlText(`SELECT count(*) FROM applications p WHERE `).then(joined(f.conditions(), ` AND `)))
}

// hasApplications reports whether there is an application that anybody can open.
func (r Reader) hasApplications() (yes bool, err error) {
	err = r.q.queryRow(`SELECT EXISTS (SELECT 1 FROM applications p WHERE p.disabled = FALSE)`).Scan(&yes)
	return yes, err
}

// HasApplications reports whether there is an application that is not disabled, without asking
// the database, as OpenRequests does.
func (db *DB) HasApplications() bool {
	if db.writer == nil {
		return false
	}
	db.countAfterOthers()
	return db.writer.applications.Load()
}

// NamedApplication is an application by its name.
type NamedApplication struct {
	Slug, Name string
	Disabled   bool
}

// ListedBy is which applications list a group.
type ListedBy struct {
	First []NamedApplication // a few of them, in the order of their slugs
	Total int
}

// ApplicationsOfGroups returns by the names of groups which applications list them, a few of
// each and how many they are.
func (r Reader) ApplicationsOfGroups(ctx context.Context, groups []string, few int) (map[string]ListedBy, error) {
	all := make(map[string]ListedBy, len(groups))
	for _, group := range groups {
		var l ListedBy
		scan := func(row scanner) (a NamedApplication, err error) {
			err = row.Scan(&a.Slug, &a.Name, (*flag)(&a.Disabled))
			return a, err
		}
		var err error
		l.First, err = list(ctx, r.q, scan, "reading the applications of a group", `SELECT p.slug, p.name, p.disabled FROM application_groups ag `+inTurn+` applications p ON p.slug = ag.slug
			WHERE ag.group_name = $1 ORDER BY ag.slug LIMIT $2`, group, few)
		if l.Total = len(l.First); err == nil && l.Total == few {
			l.Total, err = r.number(ctx, countListing(group))
		}
		if err != nil {
			return nil, err
		}
		all[group] = l
	}
	return all, nil
}

func countListing(group string) clause {
	return sqlText(`SELECT count(*) FROM application_groups ag WHERE ag.group_name = ?`, group)
}

// OnlyThrough counts the applications that list this group and no other: nobody can open them
// without it.
func (r Reader) OnlyThrough(ctx context.Context, group string) (int, error) {
	return r.number(ctx, sqlText(`SELECT count(*) FROM application_groups ag JOIN applications p ON p.slug = ag.slug WHERE ag.group_name = ? AND p.everyone = FALSE
		AND NOT EXISTS (SELECT 1 FROM application_groups o WHERE o.slug = ag.slug AND o.group_name <> ag.group_name)`, group))
}
