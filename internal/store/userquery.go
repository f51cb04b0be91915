package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// atOnce is up to how many users of a filter are counted and sorted in one go: with more
// it is quicker to look for a page along the list first.
const atOnce = 25_000

// walked is how many users of the list are looked at for a page: in that many at least
// one is met, unless the filter holds of fewer than one of 100 of them, or they stand
// together, as everybody of one first name does.
const walked = 2000

// selection is how the users of a filter are found that has conditions besides the
// classes: from the index of one of them, the others checked on each row.
type selection struct {
	filter UserFilter
	order  ordering
	parts  []part
	first  int // the part whose index is read; -1 for that of the classes
	// found is how many that index finds, at most atOnce+1, or unknown; among is among how
	// many users the list is walked for them, as far as that is known.
	found, among int
	// everybody is how many users there are, or have been.
	everybody int
	// sizes is the same for each part, as far as that is known.
	sizes []int
}

// unknown is how many a search of the text alone finds, until they are read: to count
// them first costs a part of that.
const unknown = -1

// sparse reports whether the filter has conditions that may hold of few users.
func (f UserFilter) sparse() bool { return len(f.parts()) > 0 }

// selected chooses the index to begin with: the one that finds the fewest.
func (r Reader) selected(ctx context.Context, f UserFilter) (s selection, err error) {
	s = selection{filter: f, order: f.order(), parts: f.parts(), found: unknown}
	classes := len(f.classNumbers()) < classDeleted // all who are not deleted are no choice
	if len(s.parts) == 1 && !classes && s.parts[0].count == "users_search" && !s.scattered() {
		return s, nil
	}
	if s.among, err = r.number(ctx, sqlText(`SELECT coalesce(max(num), 0) FROM users`)); err != nil {
		return s, err
	}
	s.everybody = s.among
	s.sizes = make([]int, len(s.parts))
	best := s
	for first := range s.parts {
		s.first = first
		if err := r.compare(ctx, s, &best); err != nil {
			return s, err
		}
	}
	if s.first = -1; classes {
		err = r.compare(ctx, s, &best)
	}
	return best, err
}

// compare takes a selection for the best so far if its index finds fewer.
func (r Reader) compare(ctx context.Context, s selection, best *selection) error {
	n, err := r.number(ctx, s.sizeOfFirst())
	if err != nil {
		return err
	}
	if s.first >= 0 {
		s.sizes[s.first] = n // shared with best
	} else if n <= atOnce {
		best.among = n
	}
	if best.found == unknown || n < best.found {
		best.found, best.first = n, s.first
	}
	return nil
}

// scattered reports whether those who are found stand all over the list. Those with a
// text do not where the list is sorted by name: of a million people the first thousands
// share a first name and the beginning of the last.
func (s selection) scattered() bool {
	return !s.text() || s.order.column != sortColumns[SortName] && s.order.column != sortColumns[SortUsername]
}

func (s selection) text() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.text })
}

// metSoon reports whether walking the list most likely fills a page.
func (s selection) metSoon(limit int) bool {
	switch {
	case s.found > atOnce:
		return true
	case s.first < 0:
		return s.found > few
	}
	reach, among := walked, s.among
	if s.walksByNumber() {
		reach = walkedForGroup
	}
	if p := s.parts[s.first]; p.text || p.alone != "" {
		among = s.everybody // these are found in all classes
	}
	return s.found > few && s.scattered() && s.found*reach > among*limit*4/3
}

// walksByNumber reports whether all that is checked on a user of the list is whether they are in a group.
func (s selection) walksByNumber() bool {
	return s.filter.Group != "" && len(s.parts) == 1 && len(s.filter.light()) == 0
}

// exact reports whether there is nothing to check on those who are found, but whether
// they are locked.
func (s selection) exact() bool { return len(s.parts) == 1 && s.first == 0 && s.parts[0].covered }

// locked counts users of an exact selection who are locked and therefore not active.
func (s selection) locked() clause {
	return s.filter.lockedAmong(s.parts[0].row)
}

// sizeOfFirst counts what the chosen index holds, up to atOnce+1.
func (s selection) sizeOfFirst() clause {
	if s.first >= 0 && s.parts[s.first].size.text != "" {
		return sqlText(`SELECT count(*) FROM (`).then(s.parts[s.first].size).add(fmt.Sprintf(` LIMIT %d) c`, atOnce+1))
	}
	if s.first >= 0 && s.wholeGroup() {
		return s.membersOf()
	}
	from, find := s.start()
	if s.first >= 0 && s.parts[s.first].count != "" {
		from = textAlone(s.parts[s.first].count)
	} else if s.first >= 0 && s.parts[s.first].alone != "" {
		from, find = s.parts[s.first].alone, s.parts[s.first].find
	}
	return sqlText(`SELECT count(*) FROM (SELECT 1 FROM ` + from + ` WHERE `).then(find).add(fmt.Sprintf(` LIMIT %d) c`, atOnce+1))
}

// start is the index that is read and what it is asked.
func (s selection) start() (from string, find clause) { return s.startBy(narrow(s.order.column)) }

// startBy is start with a hint by which index the rows of users are read where a narrow one will do.
func (s selection) startBy(hint string) (from string, find clause) {
	if s.first < 0 {
		return `users u` + indexedBy("users_by_name"), classIn("", s.filter.classNumbers())
	}
	p := s.parts[s.first]
	if p.text && s.keyed() {
		return throughText(p.count, hint), p.find
	}
	switch {
	case p.alone != "" && s.byClass(hint):
		return throughClasses(p.alone, hint), p.find.then(sqlText(` AND `)).then(classOf(aside+`k`, s.filter.classNumbers()))
	case p.alone != "" && s.keyed():
		return throughMembers(p.alone, hint), p.find
	}
	return p.from, p.find
}

// byClass reports whether the members of a group are chosen by their classes, which few people have, before anything
// else of them is read in the index of the hint. The index of the classes is a quarter as large as the others.
func (s selection) byClass(hint string) bool {
	return hint != indexedBy(narrowClass) && s.first >= 0 && s.parts[s.first].alone != "" && s.keyed() && s.among < s.everybody
}

// keyed reports whether the parts that are checked on each row need nothing of it but its number.
func (s selection) keyed() bool {
	for i, p := range s.parts {
		if i != s.first && !p.keyed && !s.looksUp(i) {
			return false
		}
	}
	return true
}

// lookUpWorth is up to how many times as many users an index of text may find as are looked at, so that all of them are
// read first and looked up, in place of the text of each: a row costs ten times as much.
const lookUpWorth = 5

// looksUp reports whether it is checked among the numbers that an index of text finds whether somebody has a text.
func (s selection) looksUp(i int) bool {
	return s.first >= 0 && s.sizes != nil && s.parts[i].among.text != "" && s.sizes[i] <= atOnce && s.sizes[i] <= lookUpWorth*s.found
}

// rows are the conditions that are checked on each user's row, but for the classes.
func (s selection) rows() []clause {
	all := s.filter.light()
	for i, p := range s.parts {
		switch {
		case i == s.first:
		case s.looksUp(i):
			all = append(all, sqlText(cmp.Or(s.parts[s.first].number, `u.num`)).then(p.among))
		default:
			all = append(all, p.row)
		}
	}
	return all
}

// all selects columns of all users of the filter, in no order.
func (s selection) all(columns clause) clause { return s.allBy(columns, narrow(s.order.column)) }

func (s selection) allBy(columns clause, hint string) clause {
	from, find := s.startBy(hint)
	conditions := []clause{find}
	if s.first >= 0 && !s.byClass(hint) {
		conditions = append(conditions, classIn(aside, s.filter.classNumbers()))
	}
	return sqlText(`SELECT `).then(columns).add(` FROM ` + from + ` WHERE `).then(joined(append(conditions, s.rows()...), ` AND `))
}

// placed are the columns of a list's row.
func (s selection) placed() clause {
	return sqlText(`u.num AS num, `).then(s.order.rankOf()).add(` AS rank, u.` + s.order.column + ` AS place`)
}

// count counts the users of the filter, up to so many.
func (s selection) count(most int) clause {
	return sqlText(`SELECT count(*) FROM (`).then(s.allBy(sqlText(`1`), indexedBy(narrowClass))).add(` LIMIT ?) c`, most)
}

// counted is a page of the users of the filter behind a cursor, each with the number of
// all, which stops at atOnce+1.
func (s selection) counted(c *cursor, limit int) clause {
	page := sqlText(`SELECT num, rank, place FROM found WHERE `).then(s.order.behind(c)).add(s.order.by("")+` LIMIT ?`, limit)
	return sqlText(`WITH found AS MATERIALIZED (`).then(s.all(s.placed())).add(fmt.Sprintf(` LIMIT %d) `, atOnce+1)).
		then(s.order.usersAt(page, `, (SELECT count(*) FROM found)`))
}

// sorted is the same without their number, and without a bound.
func (s selection) sorted(c *cursor, limit int, more string) clause {
	return s.order.usersAt(sqlText(`SELECT num, rank, place FROM (`).then(s.all(s.placed())).add(`) f WHERE `).
		then(s.order.behind(c)).add(s.order.by("")+` LIMIT ?`, limit), more)
}

// walk is a page of users of the filter among the next ones of the list. The database
// goes through the inner list in its order and stops at the limit; sorting first would
// look at all of them.
func (s selection) walk(c *cursor, limit int) clause {
	if s.walksByNumber() {
		return s.walkGroup(c, limit)
	}
	s.first = -1
	return s.order.usersAt(sqlText(`SELECT l.num AS num, l.rank AS rank, l.place AS place FROM (`).then(s.filter.listed(s.order, c, nil, walked)).
		add(`) l `+inTurn+` users u ON u.num = l.num WHERE `).then(joined(s.rows(), ` AND `)).add(orderKept(s.order.by(`l.`))+` LIMIT ?`, limit), "")
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
		switch {
		case i == 0 && p.text:
			from, place = p.from, textNumber(p.count)
			conditions = append(conditions, p.find)
		case i == 0 && p.alone != "":
			from, place = p.from, p.number
			conditions = append(conditions, p.find)
		default:
			conditions = append(conditions, p.row)
		}
	}
	conditions = append(conditions, sqlText(place+` > ? AND `+place+` <= ?`, after, upto))
	return sqlText(`SELECT `+userColumns+`, u.num FROM `+from+` WHERE `).then(joined(conditions, ` AND `)).
		add(` ORDER BY `+place+` LIMIT ?`, limit)
}
