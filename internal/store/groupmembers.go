package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/internal/user"
)

// Membership is that a user is in a group.
type Membership struct {
	Group, Label string
	UserID       string
	Since        time.Time
	By           string // who added the user, by the name they had then
}

// Title is what people call the group.
func (m Membership) Title() string { return Group{Name: m.Group, Label: m.Label}.Title() }

// GroupNames are the names of groups with commas between, as files have them.
func GroupNames(all []Membership) string {
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.Group
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// MaxGroupsOf is how many groups one user may be in, 100: their names are sent along with
// every request to an application that is open to everyone.
//
//limit:people Groups of one user
const MaxGroupsOf = 100

// AddMember puts a user into a group; done is false if the user is in it already, is in the
// recycle bin or in as many groups as may be, or there is no such group.
func (tx *Tx) AddMember(group, userID, by string, now time.Time) (done bool, err error) {
	tx.joins(group)
	return tx.once(`INSERT INTO group_members (group_name, user_num, added_at, added_by)
		SELECT g.name, u.num, $1, $2 FROM user_groups g JOIN users u ON u.id = $3 WHERE g.name = $4 AND u.deleted_at = 0
			AND (SELECT count(*) FROM group_members m WHERE m.user_num = u.num) < $5
		ON CONFLICT DO NOTHING`, ms(now), by, userID, group, MaxGroupsOf)
}

// AddMemberships puts a user into several groups at once, by one statement; done is false, and nothing was changed, if not
// all of them are there, the user is in one of them, is in the recycle bin or would be in more than may be.
func (tx *Tx) AddMemberships(groups []string, userID, by string, now time.Time) (done bool, err error) {
	if len(groups) == 0 {
		return true, nil
	}
	tx.joins(groups...)
	named := sqlText(`g.name IN (`).then(values(groups)).add(`)`)
	text, args := sqlText(`INSERT INTO group_members (group_name, user_num, added_at, added_by) SELECT g.name, u.num, ?, ? FROM user_groups g JOIN users u ON u.id = ? WHERE `, ms(now), by, userID).
		then(named).add(` AND u.deleted_at = 0 AND (SELECT count(*) FROM user_groups g WHERE `).then(named).
		add(`) = CAST(? AS BIGINT) AND (SELECT count(*) FROM group_members m WHERE m.user_num = u.num) <= CAST(? AS BIGINT) AND NOT EXISTS (SELECT 1 FROM group_members g JOIN users u ON u.num = g.user_num WHERE u.id = ? AND `, len(groups), MaxGroupsOf-len(groups), userID).
		then(sqlText(`g.group_name IN (`)).then(values(groups)).add(`))`).statement()
	n, err := tx.change(text, args...)
	return n == int64(len(groups)), err
}

// DropMember takes a user out of a group; done is false if the user is not in it.
func (tx *Tx) DropMember(group, userID string) (done bool, err error) {
	return tx.once(`DELETE FROM group_members WHERE group_name = $1 AND user_num IN (SELECT u.num FROM users u WHERE u.id = $2)`, group, userID)
}

// IsMember reports whether a user is in a group.
func (r Reader) IsMember(group, userID string) (bool, error) {
	return r.exists(`SELECT EXISTS (SELECT 1 FROM group_members m JOIN users u ON u.num = m.user_num WHERE m.group_name = $1 AND u.id = $2)`, group, userID)
}

// UserNamed returns the user with this id, username or address, deleted ones too, or a
// problem.NotFound.
func (r Reader) UserNamed(text string) (user.User, error) {
	_, key, err := user.CheckEmail(text)
	if err != nil || key == "" {
		key = "-" // no address at all
	}
	u, err := scanUser(r.q.queryRow(`SELECT `+userColumns+` FROM users u WHERE u.id = $1
		UNION ALL SELECT `+userColumns+` FROM users u WHERE u.username = $2
		UNION ALL SELECT `+userColumns+` FROM users u WHERE u.email_key = $3 LIMIT 1`, text, user.CanonicalName(text), key))
	return u, notFound(err, "user")
}

// FullOfGroups reports whether a user is in as many groups as may be.
func (r Reader) FullOfGroups(userID string) (bool, error) {
	return r.exists(`SELECT (SELECT count(*) FROM group_members m JOIN users u ON u.num = m.user_num WHERE u.id = $1) >= $2`, userID, MaxGroupsOf)
}

func (r Reader) exists(text string, args ...any) (bool, error) {
	yes, _, err := one(r.q.queryRow(text, args...), single[bool], "reading groups")
	return yes, err
}

const membershipColumns = `m.group_name, g.label, u.id, m.added_at, m.added_by`

func scanMembership(row scanner) (m Membership, err error) {
	err = row.Scan(&m.Group, &m.Label, &m.UserID, (*stamp)(&m.Since), &m.By)
	return m, err
}

// GroupsOf returns the groups of a user, in the order of what people call them.
func (r Reader) GroupsOf(userID string) ([]Membership, error) {
	return list(context.Background(), r.q, scanMembership, "reading the groups of a user", `SELECT `+membershipColumns+`
		FROM users u JOIN group_members m ON m.user_num = u.num JOIN user_groups g ON g.name = m.group_name WHERE u.id = $1 ORDER BY g.sort_key, g.name`, userID)
}

// groupsAtOnce is for how many users groups are read in one statement.
const groupsAtOnce = 100

// GroupsOfAll returns the groups of several users by their ids, each user's in the order of
// what people call them.
func (r Reader) GroupsOfAll(ctx context.Context, userIDs []string) (map[string][]Membership, error) {
	all := make(map[string][]Membership, len(userIDs))
	for len(userIDs) > 0 {
		n := min(groupsAtOnce, len(userIDs))
		text, args := sqlText(`SELECT ` + membershipColumns + ` FROM users u ` + inTurn + ` group_members m ON m.user_num = u.num ` + inTurn + ` user_groups g ON g.name = m.group_name
			WHERE u.id IN (`).then(values(userIDs[:n])).add(`) ORDER BY g.sort_key, g.name`).statement()
		rows, err := list(ctx, r.q, scanMembership, "reading the groups of users", text, args...)
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

// betweenTitles stands between what groups are called where the database puts them together: a control character,
// of which no label has one.
const betweenTitles = "\x1f"

// GroupTitlesOfAll returns by the ids of users what their groups are called, in that order. The database puts the
// ten of each user together, which takes a tenth of the time of ten rows.
func (r Reader) GroupTitlesOfAll(ctx context.Context, userIDs []string) (map[string][]string, error) {
	type titles struct{ id, all string }
	scan := func(row scanner) (t titles, err error) { return t, row.Scan(&t.id, &t.all) }
	all := make(map[string][]string, len(userIDs))
	for len(userIDs) > 0 {
		n := min(groupsAtOnce, len(userIDs))
		text, args := sqlText(`SELECT u.id, (SELECT coalesce(string_agg(CASE g.label WHEN '' THEN g.name ELSE g.label END, CAST(? AS TEXT) ORDER BY g.sort_key, g.name), '')
			FROM group_members m `+inTurn+` user_groups g ON g.name = m.group_name WHERE m.user_num = u.num) FROM users u WHERE u.id IN (`, betweenTitles).
			then(values(filledUp(userIDs[:n]))).add(`)`).statement()
		rows, err := list(ctx, r.q, scan, "reading what the groups of users are called", text, args...)
		if err != nil {
			return nil, err
		}
		for _, t := range rows {
			if t.all != "" {
				all[t.id] = strings.Split(t.all, betweenTitles)
			}
		}
		userIDs = userIDs[n:]
	}
	return all, nil
}

// filledUp repeats the last of some texts until there are as many as a power of two, so that lists of all lengths
// need a few statements only.
func filledUp(all []string) []string {
	most := 1
	for most < len(all) {
		most *= 2
	}
	full := slices.Clone(all)
	for len(full) < most {
		full = append(full, all[len(all)-1])
	}
	return full
}

// MembersAmong returns the memberships of one group by the ids of these users.
func (r Reader) MembersAmong(ctx context.Context, group string, userIDs []string) (map[string]Membership, error) {
	all := make(map[string]Membership, len(userIDs))
	for len(userIDs) > 0 {
		n := min(groupsAtOnce, len(userIDs))
		text, args := sqlText(`SELECT `+membershipColumns+` FROM users u `+inTurn+` group_members m ON m.user_num = u.num `+inTurn+` user_groups g ON g.name = m.group_name
			WHERE m.group_name = ? AND u.id IN (`, group).then(values(userIDs[:n])).add(`)`).statement()
		rows, err := list(ctx, r.q, scanMembership, "reading the members of a group", text, args...)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			all[m.UserID] = m
		}
		userIDs = userIDs[n:]
	}
	return all, nil
}

// Standing is how a user stands to a group.
type Standing struct {
	In   bool // a member
	Full bool // in as many groups as may be
}

// StandingsTo returns how these users stand to a group, by their ids.
func (r Reader) StandingsTo(ctx context.Context, group string, userIDs []string) (map[string]Standing, error) {
	type standing struct {
		id string
		Standing
	}
	scan := func(row scanner) (s standing, err error) {
		err = row.Scan(&s.id, &s.In, &s.Full)
		return s, err
	}
	all := make(map[string]Standing, len(userIDs))
	for len(userIDs) > 0 {
		n := min(groupsAtOnce, len(userIDs))
		text, args := sqlText(`SELECT u.id, EXISTS (SELECT 1 FROM group_members m WHERE m.group_name = ? AND m.user_num = u.num),
			(SELECT count(*) FROM group_members m WHERE m.user_num = u.num) >= ? FROM users u WHERE u.id IN (`, group, MaxGroupsOf).then(values(userIDs[:n])).add(`)`).statement()
		rows, err := list(ctx, r.q, scan, "reading who is in a group", text, args...)
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			all[s.id] = s.Standing
		}
		userIDs = userIDs[n:]
	}
	return all, nil
}

// values are texts with commas between.
func values(all []string) clause {
	each := make([]clause, len(all))
	for i, v := range all {
		each[i] = sqlText(`?`, v)
	}
	return joined(each, `, `)
}
