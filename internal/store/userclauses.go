package store

import (
	"math"
	"slices"
)

// The statements that read the users of a filter.

// lookingAt selects those of some users of whom conditions hold, by the smallest index that tells.
func lookingAt(some []int64, conditions []part) clause {
	hint := indexedBy(narrowClass)
	for _, p := range conditions {
		if p.looked == "" {
			hint = ""
			break
		}
		if p.looked != narrowClass {
			hint = indexedBy(p.looked)
		}
	}
	return sqlText(`SELECT u.num AS num FROM users u` + hint + ` WHERE `).
		then(joined(append(conditionsOf(conditions), sqlText(`u.num`).then(among(slices.Values(some)))), ` AND `))
}

// withNumbers selects users by their numbers.
func withNumbers(nums []int64) clause {
	return sqlText(`SELECT ` + userColumns + `, u.num FROM users u WHERE u.num`).then(among(slices.Values(nums)))
}

// conditionsOf are conditions as they are looked at on a row.
func conditionsOf(all []part) (rows []clause) {
	for _, p := range all {
		rows = append(rows, p.row)
	}
	return rows
}

// all selects columns of the users who were found and fulfil conditions, in no order; hint says by which index they are
// looked up.
func (s *selection) all(columns clause, hint string, conditions []part) clause {
	return sqlText(`SELECT `).then(columns).add(` FROM users u` + hint + ` WHERE `).
		then(joined(append(conditionsOf(conditions), sqlText(`u.num`).then(among(s.found.all()))), ` AND `))
}

// placed selects of them what the list is sorted by.
func (s *selection) placed(o ordering, conditions []part) clause {
	return s.all(sqlText(`u.num AS num, `).then(o.rankOf()).add(` AS rank, u.`+o.column+` AS place`), narrow(o.column), conditions)
}

// ordered are the first ones of them behind a cursor, of whom the conditions hold that the index of the order tells.
func (s *selection) ordered(o ordering, c *cursor, limit int) clause {
	told := slices.DeleteFunc(slices.Clone(s.rest), func(p part) bool { return p.others.none() && !p.ofClasses })
	return sqlText(`SELECT num, rank, place FROM (`).then(s.placed(o, told)).add(`) f WHERE `).then(o.beyond(c)).add(o.by("")+` LIMIT ?`, limit)
}

// counted is a page of them behind a cursor, each with the number of all.
func (s *selection) counted(o ordering, c *cursor, limit int) clause {
	page := sqlText(`SELECT num, rank, place FROM found WHERE `).then(o.beyond(c)).add(o.by("")+` LIMIT ?`, limit)
	return sqlText(`WITH found AS MATERIALIZED (`).then(s.placed(o, s.rest)).add(`) `).then(o.usersAt(page, `, (SELECT count(*) FROM found)`))
}

// sorted is the same without their number.
func (s *selection) sorted(o ordering, c *cursor, limit int, more string) clause {
	return o.usersAt(sqlText(`SELECT num, rank, place FROM (`).then(s.placed(o, s.rest)).add(`) f WHERE `).
		then(o.beyond(c)).add(o.by("")+` LIMIT ?`, limit), more)
}

// count counts them, up to so many.
func (s *selection) count(most int) clause {
	return sqlText(`SELECT count(*) FROM (`).then(s.all(sqlText(`1`), "", s.rest)).add(` LIMIT ?) c`, most)
}

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
		if i > 0 || p.from == "" {
			conditions = append(conditions, p.row)
			continue
		}
		from, place = p.from, p.number
		conditions = append(conditions, p.find)
	}
	conditions = append(conditions, sqlText(place+` > ? AND `+place+` <= ?`, after, upto))
	return sqlText(`SELECT `+userColumns+`, u.num FROM `+from+` WHERE `).then(joined(conditions, ` AND `)).
		add(` ORDER BY `+place+` LIMIT ?`, limit)
}

// ordered is a page of a filter that nobody has to be looked for in.
func (f UserFilter) ordered(o ordering, c *cursor, limit int, more string) clause {
	return o.usersAt(f.listed(o, c, f.light(), limit), more)
}

// counting counts users of the classes that fulfil light conditions, up to so many.
func (f UserFilter) counting(conditions []clause, most int) clause {
	return sqlText(`SELECT count(*) FROM (SELECT 1 FROM users u WHERE `).
		then(joined(append([]clause{classIn("", f.classNumbers())}, conditions...), ` AND `)).add(` LIMIT ?) c`, most)
}
