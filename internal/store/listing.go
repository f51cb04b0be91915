package store

import (
	"fmt"
	"slices"
)

// listed selects number, rank and place of those in the classes of a filter who stand
// behind the cursor, up to so many, from the index of the order. Conditions are checked
// on the way.
func (f UserFilter) listed(o ordering, c *cursor, conditions []clause, limit int) clause {
	return listing{o, f.classNumbers(), conditions, notLockedOut(o.now)}.behind(c, limit)
}

// listing is the same for users who are walked past by the thousand: who is locked is told by the index of those, so that
// nobody is looked up.
func (f UserFilter) listing(o ordering, classes []int) listing {
	return listing{o, classes, nil, sqlText(`u.num NOT IN (`).then(f.numsIn("users_locked", lockedOut(o.now))).add(`)`)}
}

// listing are the users of some classes of whom conditions hold, in an order. The order by status asks in its own way
// who is not locked.
type listing struct {
	ordering
	classes    []int
	conditions []clause
	notLocked  clause
}

// behind selects those who stand behind a cursor. In an order by rank each rank is read for itself: an ORDER BY that
// begins with a constant would sort all.
func (l listing) behind(c *cursor, limit int) clause {
	var ranks []clause
	for _, rank := range l.ranks() {
		if run := l.run(rank, c, limit); !run.none() {
			ranks = append(ranks, run)
		}
	}
	switch len(ranks) {
	case 0:
		return sqlText(`SELECT 0 AS num, 0 AS rank, 0 AS place WHERE FALSE`)
	case 1:
		return ranks[0]
	}
	return sqlText(`SELECT num, rank, place FROM (`).then(joined(ranks, ` UNION ALL `)).add(`) a`+l.by("")+` LIMIT ?`, limit)
}

// ranks are all ranks, in their order.
func (l listing) ranks() []int {
	all := []int{rankActive, rankInvited, rankLocked, rankDisabled, rankDeleted}
	if l.rankDown {
		slices.Reverse(all)
	}
	return all
}

// run is behind for the users of one rank; it is empty if that has none.
func (l listing) run(rank int, c *cursor, limit int) clause {
	arms := l.arms(rank, c)
	if len(arms) == 0 {
		return clause{}
	}
	by := ` ORDER BY place ` + direction(l.down) + `, num ` + direction(l.down)
	for i, arm := range arms {
		if len(arms) > 1 {
			arms[i] = sqlText(beginArm).then(arm).add(endArm(by, limit))
		}
	}
	return sqlText(fmt.Sprintf(`SELECT num, %d AS rank, place FROM (`, rank)).then(joined(arms, ` UNION ALL `)).add(by+` LIMIT ?) r`, limit)
}

// arms are one run of rows for each class of a rank. The database merges them; a single
// condition with IN would sort all. It merges the first two, the next with that, and so on, so the
// classes that most people are of, which are the first ones, come last.
func (l listing) arms(rank int, c *cursor) (all []clause) {
	var enabled []int
	with := func(more ...clause) []clause { return slices.Concat(l.conditions, more) }
	for _, class := range slices.Backward(l.classes) {
		own := with(sqlText(fmt.Sprintf(`u.list_class = %d`, class)))
		if l.sort == SortStatus && class < classDisabled {
			enabled = append(enabled, class)
			own = append(own, l.notLocked)
		}
		if l.rank(class) == rank {
			all = append(all, l.arm(`users u`, rank, c, own)...)
		}
	}
	if rank == rankLocked && len(enabled) > 0 {
		all = append(all, l.arm(`users u`+indexedBy("users_locked"), rank, c, with(lockedOut(l.now), classIn(aside, enabled)))...)
	}
	return all
}
