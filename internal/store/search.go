package store

import (
	"fmt"
	"strings"

	"latchkey/internal/user"
)

// narrow tells the database to take what it needs of a found user from a small index
// with the column instead of the row: to look 20,000 of 1,000,000 users up takes 13 ms
// there and 25 in the table.
func narrow(column string) string {
	switch column {
	case sortColumns[SortName]:
		return indexedBy("users_narrow_name")
	case sortColumns[SortUsername]:
		return indexedBy("users_narrow_username")
	}
	return indexedBy("users_narrow_times")
}

// readText makes like a condition on every row, for reading the whole list.
func (s *selection) readText() {
	if s.like != "" {
		s.add(`(u.username LIKE ? ESCAPE '\' OR u.sort_key LIKE ? ESCAPE '\' OR u.email_key LIKE ? ESCAPE '\')`, s.like, s.like, s.like)
		s.like = ""
	}
}

// walked is how many users of the list are looked at for a text: in that many at
// least a page is met, unless the text is found in fewer than one of 100 of them, or
// they stand together, as everybody of one first name does.
const walked = 2000

// walk is the statement for up to limit users that hold the text among the next ones
// of the list. The database goes through the inner list in its order and stops at the
// limit; sorting first would look at all of them.
func (s selection) walk(limit int) (text string, args []any) {
	direction := s.direction()
	args = append(s.args, s.like, s.like, s.like, limit)
	n := len(args)
	return `SELECT ` + userColumns + ` FROM (SELECT w.num AS num, w.place AS place FROM (
			SELECT num, place FROM (` + strings.Join(s.runs(), ` UNION ALL `) +
		fmt.Sprintf(` ORDER BY place %[1]s, num %[1]s LIMIT %[2]d)) w CROSS JOIN users t ON t.num = w.num
			WHERE t.username LIKE $%[3]d ESCAPE '\' OR t.sort_key LIKE $%[4]d ESCAPE '\' OR t.email_key LIKE $%[5]d ESCAPE '\' LIMIT $%[6]d) p
			CROSS JOIN users u ON u.num = p.num ORDER BY p.place %[1]s, p.num %[1]s`, direction, walked, n-3, n-2, n-1, n), args
}

// beginning selects the names that begin with a text too short for the search
// index.
func (s *selection) beginning(text string) {
	in := strings.Join(s.classes, ", ")
	s.from, s.ordered = `(SELECT num FROM users WHERE list_class IN (`+in+`) AND sort_key >= $1 AND sort_key < $2
		UNION SELECT num FROM users WHERE list_class IN (`+in+`) AND username >= $1 AND username < $2) m
		CROSS JOIN users u`+narrow(s.column)+` ON u.num = m.num`, false
	s.args = append(s.args, text, text+"\U0010FFFF")
}

// phrase is the filter's text for the search index; "" if there is none or it is
// too short.
func (f UserFilter) phrase() string {
	text := user.CanonicalName(f.Text)
	if len([]rune(text)) < 3 {
		return ""
	}
	// The index would end the phrase at a NUL, which is in no name anyway.
	return `"` + strings.NewReplacer(`"`, `""`, "\x00", "\uFFFD").Replace(text) + `"`
}

// counted is the statement for a page of those found by the search index, each user
// with the number of all, which stops at atOnce+1.
func (s selection) counted(limit int) (text string, args []any) {
	where := ""
	if len(s.after) > 0 {
		where = ` WHERE ` + strings.Join(s.after, ` OR `)
	}
	args = append(s.args, limit)
	return `WITH found AS MATERIALIZED (SELECT u.num AS num, u.` + s.column + ` AS place FROM ` + s.from + ` WHERE ` +
		s.conditionsWith(s.classIn("+")) + fmt.Sprintf(` LIMIT %d) `, atOnce+1) +
		`SELECT ` + userColumns + `, (SELECT count(*) FROM found) FROM (SELECT num, place FROM found` + where +
		fmt.Sprintf(` ORDER BY place %[1]s, num %[1]s LIMIT $%[2]d) p CROSS JOIN users u ON u.num = p.num
			ORDER BY p.place %[1]s, p.num %[1]s`, s.direction(), len(args)), args
}

// sorted selects number and place of all, to be sorted.
func (s selection) sorted() string {
	text := `SELECT u.num AS num, u.` + s.column + ` AS place FROM ` + s.from + ` WHERE ` + s.conditionsWith(s.classIn("+"))
	if len(s.after) == 0 {
		return text
	}
	return `SELECT num, place FROM (` + text + `) WHERE ` + strings.Join(s.after, ` OR `)
}
