package store

import (
	"fmt"
	"math"

	"latchkey/internal/user"
)

// walk is the statement that reads users of a filter in the order of their numbers.
// Both the table and the search index hand them out in that order, so nothing is
// sorted and the next piece begins where the last one ended.
func (f UserFilter) walk(after, upto int64, limit int) (text string, args []any) {
	if upto == 0 {
		upto = math.MaxInt64
	}
	s := selection{from: "users u"}
	place := "u.num"
	switch text := user.CanonicalName(f.Text); {
	case f.phrase() != "":
		place = "users_search.rowid"
		s.from = "users_search CROSS JOIN users u ON u.num = users_search.rowid"
		s.add(`users_search MATCH ?`, f.phrase())
	case text != "":
		end := text + "\U0010FFFF"
		s.add(`(u.sort_key >= ? AND u.sort_key < ? OR u.username >= ? AND u.username < ?)`, text, end, text, end)
	}
	s.add(place+` > ? AND `+place+` <= ?`, after, upto)
	switch f.Status {
	case StatusActive:
		s.add(`u.locked_until <= ?`, ms(f.Now))
	case StatusLocked:
		s.add(`u.locked_until > 0 AND u.locked_until > ?`, ms(f.Now))
	}
	s.classes = f.classes()
	args = append(s.args, limit)
	return `SELECT ` + userColumns + `, u.num FROM ` + s.from + ` WHERE ` + s.conditionsWith(s.classIn("+")) +
		fmt.Sprintf(` ORDER BY %s LIMIT $%d`, place, len(args)), args
}
