package store

import (
	"context"

	"latchkey/internal/user"
)

// People is a number of people; Over says that there are more.
type People struct {
	N    int
	Over bool
}

// looked is how many memberships are looked at to count the people of several groups, of whom
// some are in more than one: 50,000, which takes about a tenth of a second.
const looked = 5 * CountMax

// CountOpeners counts the users, but for the recycle bin, who have access to an application: all of them,
// or the members of the groups that it lists, each once. A single group knows its number.
func (r Reader) CountOpeners(ctx context.Context, a Application) (People, error) {
	if a.Everyone {
		return r.CountEverybody(ctx)
	}
	type sizes struct{ groups, members, most int }
	s, _, err := one(r.q.queryRow(`SELECT count(*), CAST(coalesce(sum(g.members), 0) AS BIGINT), coalesce(max(g.members), 0)
		FROM application_groups ag JOIN user_groups g ON g.name = ag.group_name WHERE ag.slug = $1`, a.Slug), func(row scanner) (s sizes, err error) {
		err = row.Scan((*count)(&s.groups), (*count)(&s.members), (*count)(&s.most))
		return s, err
	}, "counting who may open an application")
	switch {
	case err != nil:
		return People{}, err
	case s.groups < 2 || s.members == s.most:
		return People{N: s.members}, nil
	case s.most > CountMax:
		return People{N: CountMax, Over: true}, nil
	}
	n, err := r.number(ctx, countDistinct(a.Slug))
	switch {
	case err != nil:
		return People{}, err
	case n > CountMax:
		return People{N: CountMax, Over: true}, nil
	case s.members > looked:
		return People{N: max(n, s.most), Over: true}, nil
	}
	return People{N: n}, nil
}

// countDistinct counts the members of the groups that an application lists, among the first so many
// memberships.
func countDistinct(slug string) clause {
	return sqlText(`SELECT count(*) FROM (SELECT DISTINCT m.num FROM (SELECT gm.user_num AS num FROM application_groups ag `+inTurn+` group_members gm ON gm.group_name = ag.group_name
		`+inTurn+` users u ON u.num = gm.user_num WHERE ag.slug = ? AND u.list_class < ? LIMIT ?) m LIMIT ?) c`, slug, classDeleted, looked, CountMax+1)
}

// CountEverybody counts the users who are not in the recycle bin, up to CountMax.
func (r Reader) CountEverybody(ctx context.Context) (People, error) {
	n, over, err := r.countUsers(ctx, UserFilter{})
	return People{n, over}, err
}

// openers are the users who are in a group that an application lists.
func openers(slug string) part {
	const members = ` FROM application_groups ag ` + inTurn + ` group_members gm ON gm.group_name = ag.group_name WHERE ag.slug = ?`
	return part{
		row:     sqlText(`EXISTS (SELECT 1 FROM group_members gm `+inTurn+` application_groups ag ON ag.slug = ? AND ag.group_name = gm.group_name WHERE gm.user_num = u.num)`, slug),
		nums:    sqlText(`SELECT gm.user_num AS num`+members, slug),
		members: sqlText(`SELECT CAST(coalesce(sum(g.members), 0) AS BIGINT) FROM application_groups ag JOIN user_groups g ON g.name = ag.group_name WHERE ag.slug = ?`, slug),
		looked:  narrowClass,
	}
}

// Openers returns the page of users that a filter asks for who have access to an application.
func (r Reader) Openers(ctx context.Context, a Application, f UserFilter) ([]user.User, error) {
	if !a.Everyone {
		f.Application = a.Slug
	}
	return r.Users(ctx, f)
}

// ReasonsOf returns by the ids of users in which of the groups that an application lists they are.
func (r Reader) ReasonsOf(ctx context.Context, slug string, userIDs []string) (map[string][]Membership, error) {
	all := make(map[string][]Membership, len(userIDs))
	for len(userIDs) > 0 {
		n := min(groupsAtOnce, len(userIDs))
		text, args := sqlText(`SELECT `+membershipColumns+` FROM users u `+inTurn+` group_members m ON m.user_num = u.num `+inTurn+` application_groups ag ON ag.slug = ? AND ag.group_name = m.group_name
			`+inTurn+` user_groups g ON g.name = m.group_name WHERE u.id IN (`, slug).then(values(userIDs[:n])).add(`) ORDER BY g.sort_key, g.name`).statement()
		rows, err := list(ctx, r.q, scanMembership, "reading why users may open an application", text, args...)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			all[m.UserID] = append(all[m.UserID], m)
		}
		userIDs = userIDs[n:]
	}
	return all, nil
}

// ReasonsFor returns by the slugs of applications in which of the groups that they list a user is.
func (r Reader) ReasonsFor(ctx context.Context, userID string, slugs []string) (map[string][]Membership, error) {
	all := make(map[string][]Membership, len(slugs))
	type reason struct {
		slug string
		m    Membership
	}
	scan := func(row scanner) (q reason, err error) {
		err = row.Scan(&q.m.Group, &q.m.Label, &q.m.UserID, (*stamp)(&q.m.Since), &q.m.By, &q.slug)
		return q, err
	}
	for len(slugs) > 0 {
		n := min(groupsAtOnce, len(slugs))
		text, args := sqlText(`SELECT `+membershipColumns+`, ag.slug FROM users u `+inTurn+` group_members m ON m.user_num = u.num `+inTurn+` user_groups g ON g.name = m.group_name
			`+inTurn+` application_groups ag ON ag.group_name = m.group_name WHERE u.id = ? AND ag.slug IN (`, userID).then(values(slugs[:n])).add(`) ORDER BY g.sort_key, g.name`).statement()
		rows, err := list(ctx, r.q, scan, "reading why a user may open applications", text, args...)
		if err != nil {
			return nil, err
		}
		for _, q := range rows {
			all[q.slug] = append(all[q.slug], q.m)
		}
		slugs = slugs[n:]
	}
	return all, nil
}

// GroupsNamed returns groups by their names, in the order of what people call them. Names that are no
// group are left out.
func (r Reader) GroupsNamed(ctx context.Context, names []string) (all []Group, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	text, args := sqlText(`SELECT ` + groupColumns + ` FROM user_groups g WHERE g.name IN (`).then(values(names)).add(`) ORDER BY g.sort_key, g.name`).statement()
	return list(ctx, r.q, scanGroup, "reading groups", text, args...)
}
