package store

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"latchkey/internal/user"
)

// The bits of users.list_class.
const (
	classTwoStep = 1 << iota
	classAdmin
	classNoPassword
	classDisabled
	classDeleted
	classes
)

// where collects conditions and their arguments, numbered as they appear.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

func (w *where) text() string { return strings.Join(w.conditions, " AND ") }

// selection is which users a statement reads.
type selection struct {
	where
	from    string // with users as u
	classes []string
	// ordered says to read them from an index of their order, which has one run of
	// rows for each class; otherwise they are so few that they are sorted.
	ordered bool
	column  string
	down    bool
	// like is what a name has to hold, where the list is walked for it; "" for
	// everybody.
	like string
	// after are the conditions that a page begins after somebody: behind him among
	// those in the same place, and in the places behind it.
	after []string
}

// classes returns the classes of users that a filter lets through.
func (f UserFilter) classes() (all []string) {
	for c := range classes {
		deleted, disabled, invited := c&classDeleted != 0, c&classDisabled != 0, c&classNoPassword != 0
		status := !deleted
		switch f.Status {
		case StatusActive:
			status = !deleted && !disabled && !invited
		case StatusInvited:
			status = !deleted && !disabled && invited
		case StatusDisabled:
			status = !deleted && disabled
		case StatusDeleted:
			status = deleted
		}
		twoStep := f.TwoStep == "" || (f.TwoStep == "on") == (c&classTwoStep != 0)
		role := f.Role == "" || (f.Role == user.RoleAdmin) == (c&classAdmin != 0)
		if status && twoStep && role {
			all = append(all, strconv.Itoa(c))
		}
	}
	return all
}

// selection returns what the filter selects, pages aside. many says that its text
// is found in very many users: then the list is walked for them, since enough for a
// page are mostly met soon; else they come from the search index and are sorted.
func (f UserFilter) selection(many bool) selection {
	s := selection{from: "users u", classes: f.classes(), ordered: true, down: f.Down}
	s.column = cmp.Or(sortColumns[f.Sort], sortColumns[SortName])
	text := user.CanonicalName(f.Text)
	switch n := len([]rune(text)); {
	case n == 0:
	case n < 3:
		s.beginning(text)
	case many:
		s.like = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
	default:
		s.from, s.ordered = "users_search CROSS JOIN users u"+narrow(s.column)+" ON u.num = users_search.rowid", false
		s.add(`users_search MATCH ?`, f.phrase())
	}
	switch f.Status {
	case StatusActive:
		s.add(`u.locked_until <= ?`, ms(f.Now))
	case StatusLocked:
		s.add(`u.locked_until > 0 AND u.locked_until > ?`, ms(f.Now))
		s.ordered = false
	}
	return s
}

func (s selection) direction() string {
	if s.down {
		return "DESC"
	}
	return "ASC"
}

// lockedAmong selects those of the filter's classes who are locked.
func (f UserFilter) lockedAmong() selection {
	s := selection{from: "users u", classes: f.classes()}
	s.add(`u.locked_until > 0 AND u.locked_until > ?`, ms(f.Now))
	return s
}

// beginAfter lets the page begin after the user with this key and number. There
// are two conditions, because one of both columns would look at everybody in the same
// place, who may be all that have never signed in.
func (s *selection) beginAfter(key any, num int64) {
	compare, place, number := ">", "u."+s.column, "u.num"
	if s.down {
		compare = "<"
	}
	if !s.ordered {
		place, number = "place", "num"
	}
	s.args = append(s.args, key, num)
	k, n := len(s.args)-1, len(s.args)
	s.after = []string{
		fmt.Sprintf(`%s = $%d AND %s %s $%d`, place, k, number, compare, n),
		fmt.Sprintf(`%s %s $%d`, place, compare, k),
	}
}

// page is the statement for so many users in the order of the column. It finds
// their numbers first, mostly in an index alone, and reads only these users.
func (s selection) page(limit int) (text string, args []any) {
	if s.like != "" {
		return s.walk(limit)
	}
	from := s.sorted()
	if s.ordered {
		from = strings.Join(s.runs(), ` UNION ALL `)
	}
	args = append(s.args, limit)
	return `SELECT ` + userColumns + ` FROM (` + from +
		fmt.Sprintf(` ORDER BY place %[1]s, num %[1]s LIMIT $%[2]d) p CROSS JOIN users u ON u.num = p.num
			ORDER BY p.place %[1]s, p.num %[1]s`, s.direction(), len(args)), args
}

// runs select number and place in the order from its index, one run for each
// class. The database merges them; a single condition with IN would sort all.
func (s selection) runs() (all []string) {
	text := `SELECT u.num AS num, u.` + s.column + ` AS place FROM ` + s.from + ` WHERE `
	for _, c := range s.classes {
		class := `u.list_class = ` + c
		if len(s.after) == 0 {
			all = append(all, text+s.conditionsWith(class))
		}
		for _, after := range s.after {
			all = append(all, text+s.conditionsWith(class+` AND `+after))
		}
	}
	return all
}

// count is the statement that counts up to so many users.
func (s selection) count(most int) (text string, args []any) {
	plus := "+"
	if s.ordered {
		plus = ""
	}
	args = append(s.args, most)
	return `SELECT count(*) FROM (SELECT 1 FROM ` + s.from + ` WHERE ` + s.conditionsWith(s.classIn(plus)) +
		fmt.Sprintf(` LIMIT $%d)`, len(args)), args
}

// classIn is the condition for the classes. A plus before it keeps the database
// from reading the index of the classes where another is better; there a range is
// quicker to check than a list.
func (s selection) classIn(plus string) string {
	if n := len(s.classes); plus != "" && n == classDeleted && s.classes[n-1] == strconv.Itoa(n-1) {
		return `+u.list_class < ` + strconv.Itoa(n)
	}
	return plus + `u.list_class IN (` + strings.Join(s.classes, ", ") + `)`
}

func (s selection) conditionsWith(more string) string {
	return strings.Join(append(s.conditions[:len(s.conditions):len(s.conditions)], more), " AND ")
}
