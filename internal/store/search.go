package store

import (
	"unicode/utf8"

	"latchkey/internal/user"
)

// textParts are the words of a filter's text: those of three characters and more, which
// one index finds together, and the shorter ones, which another one does.
func (f UserFilter) textParts() (all []part) {
	var long, short []string
	for _, w := range user.SearchWords(f.Text) {
		if utf8.RuneCountInString(w) < 3 {
			short = append(short, w)
		} else {
			long = append(long, w)
		}
	}
	if len(long) > 0 {
		all = append(all, textPart("users_search", long))
	}
	if len(short) > 0 {
		all = append(all, textPart("users_grams", short))
	}
	return all
}

func textPart(index string, words []string) part {
	var row []clause
	for _, w := range words {
		row = append(row, sqlText(instr+`(u.search_text, ?) > 0`, w))
	}
	return part{
		row: joined(row, ` AND `), text: true, count: index,
		from: throughText(index, ""),
		find: textFind(index, words),
	}
}

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
