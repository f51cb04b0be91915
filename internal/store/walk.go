package store

import "math"

// byNumber is the statement that reads users of a filter in the order of their numbers.
// Both the table and the indexes of text hand them out in that order, so nothing is
// sorted and the next clause begins where the last one ended.
func (f UserFilter) byNumber(after, upto int64, limit int) clause {
	if upto == 0 {
		upto = math.MaxInt64
	}
	from, place := "users u", "u.num"
	conditions := append(f.light(), classIn(aside, f.classNumbers()))
	for i, p := range f.parts() {
		if i == 0 && p.text {
			from, place = p.from, textNumber(p.count)
			conditions = append(conditions, p.find)
		} else {
			conditions = append(conditions, p.row)
		}
	}
	conditions = append(conditions, sqlText(place+` > ? AND `+place+` <= ?`, after, upto))
	return sqlText(`SELECT `+userColumns+`, u.num FROM `+from+` WHERE `).then(joined(conditions, ` AND `)).
		add(` ORDER BY `+place+` LIMIT ?`, limit)
}
