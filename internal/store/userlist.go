package store

import (
	"cmp"
	"context"
	"slices"

	"latchkey/internal/user"
)

// CountMax is how far users are counted: a larger number is not worth its time.
const CountMax = 10_000

// UserList is one page of users.
type UserList struct {
	Users []user.User
	// Total counts the users of all pages; Over says that there are more than that.
	Total int
	Over  bool
	// Restarted says that the user at whom the page should begin is gone, and that this is
	// the first page in its place.
	Restarted bool
}

// ListUsers returns the page that a filter asks for and how many users there are
// with it. At 100,000 users it takes a few milliseconds whatever the filter is; at
// any number the page is read from an index of its order.
func (r Reader) ListUsers(ctx context.Context, f UserFilter) (l UserList, err error) {
	p, err := r.pageOf(f)
	if err != nil {
		return l, err
	}
	l.Restarted = p.restarted
	if !f.sparse() {
		if l.Total, l.Over, err = r.countUsers(ctx, f); err == nil {
			l.Users, err = r.usersOf(ctx, p, f.ordered(p.order, p.from, f.Limit, ""))
		}
		return l, err
	}
	s, err := r.selected(ctx, f)
	if err != nil {
		return l, err
	}
	s.order = p.order
	return r.listSparse(ctx, p, s, l)
}

// listSparse reads a page along the list where it is met soon, and from the index of the
// search or filter else.
func (r Reader) listSparse(ctx context.Context, p pageStart, s selection, l UserList) (_ UserList, err error) {
	limit := s.filter.Limit
	met := false
	if s.metSoon(limit) {
		if l.Users, err = r.usersOf(ctx, p, s.walk(p.from, limit)); err != nil {
			return l, err
		}
		met = len(l.Users) == limit
	}
	if !met && s.found <= atOnce { // or unknown
		var n int
		if l.Users, n, err = r.foundUsers(ctx, p, s, limit); err != nil {
			return l, err
		}
		if n > 0 && n <= atOnce {
			l.Total, l.Over = min(n, CountMax), n > CountMax
			return l, nil
		}
		if n > atOnce { // it was unknown
			l.Users, err = r.usersOf(ctx, p, s.walk(p.from, limit))
			if met = len(l.Users) == limit; err != nil {
				return l, err
			}
		}
	}
	n, err := r.countSelected(ctx, s)
	if err != nil {
		return l, err
	}
	l.Total, l.Over = min(n, CountMax), n > CountMax
	if !met && n > 0 {
		l.Users, err = r.usersOf(ctx, p, s.sorted(p.from, limit, ""))
	}
	return l, err
}

// countSelected counts the users of a selection, up to CountMax+1.
func (r Reader) countSelected(ctx context.Context, s selection) (int, error) {
	switch {
	case s.wholeGroup():
		n, err := r.number(ctx, s.membersOf())
		return min(n, CountMax+1), err
	case !s.exact():
		return r.number(ctx, s.count(CountMax+1))
	case s.filter.Status != StatusActive:
		return min(s.found, CountMax+1), nil
	}
	locked, err := r.number(ctx, s.locked())
	if s.found > atOnce && locked > CountMax {
		return r.number(ctx, s.count(CountMax+1))
	}
	return min(s.found-locked, CountMax+1), err
}

// foundUsers reads a page of found users and counts all of them in one go; total is 0 if
// the page is empty.
func (r Reader) foundUsers(ctx context.Context, p pageStart, s selection, limit int) (users []user.User, total int, err error) {
	text, args := s.counted(p.from, limit).statement()
	scan := func(row scanner) (user.User, error) { return scanUser(row, &total) }
	users, err = list(ctx, r.q, scan, "listing users", text, args...)
	if p.back {
		slices.Reverse(users)
	}
	return users, total, err
}

// few is up to how many found users are sorted again for each page of a long walk.
const few = 1500

// Users returns the page that a filter asks for.
func (r Reader) Users(ctx context.Context, f UserFilter) ([]user.User, error) {
	p, err := r.pageOf(f)
	if err != nil {
		return nil, err
	}
	if !f.sparse() {
		return r.usersOf(ctx, p, f.ordered(p.order, p.from, f.Limit, ""))
	}
	s, err := r.selected(ctx, f)
	if err != nil {
		return nil, err
	}
	s.order = p.order
	if s.metSoon(f.Limit) {
		if users, err := r.usersOf(ctx, p, s.walk(p.from, f.Limit)); err != nil || len(users) == f.Limit {
			return users, err
		}
	}
	return r.usersOf(ctx, p, s.sorted(p.from, f.Limit, ""))
}

func (r Reader) usersOf(ctx context.Context, p pageStart, page clause) ([]user.User, error) {
	text, args := page.statement()
	scan := func(row scanner) (user.User, error) { return scanUser(row) }
	users, err := list(ctx, r.q, scan, "listing users", text, args...)
	if p.back {
		slices.Reverse(users)
	}
	return users, err
}

// CountUsers counts the users that a filter selects, at most CountMax+1.
func (r Reader) CountUsers(ctx context.Context, f UserFilter) (int, error) {
	n, over, err := r.countUsers(ctx, f)
	if over {
		n++
	}
	return n, err
}

// countUsers counts; over says that there are more than n.
func (r Reader) countUsers(ctx context.Context, f UserFilter) (n int, over bool, err error) {
	if f.sparse() {
		s, err := r.selected(ctx, f)
		if err != nil {
			return 0, false, err
		}
		n, err = r.countSelected(ctx, s)
		return min(n, CountMax), n > CountMax, err
	}
	if f.Status == StatusActive {
		return r.countActive(ctx, f)
	}
	n, err = r.number(ctx, f.counting(nil, CountMax+1))
	return min(n, CountMax), n > CountMax, err
}

// countActive counts those who could be active in the index, and then takes off
// the few who are locked: to look at each of them would take ten times as long.
func (r Reader) countActive(ctx context.Context, f UserFilter) (n int, over bool, err error) {
	locked, err := r.number(ctx, f.lockedAmong())
	if err != nil {
		return 0, false, err
	}
	n, err = r.number(ctx, f.counting(nil, CountMax+1+locked))
	n -= locked
	return min(n, CountMax), n > CountMax, err
}

// lockedAmong counts those of the filter's classes who are locked and fulfil conditions.
func (f UserFilter) lockedAmong(conditions ...clause) clause {
	return sqlText(`SELECT count(*) FROM (SELECT 1 FROM users u WHERE `).then(lockedOut(f.Now)).add(` AND `).
		then(joined(append(conditions, classIn(aside, f.classNumbers())), ` AND `)).add(` LIMIT ?) c`, CountMax+1)
}

func (r Reader) number(ctx context.Context, count clause) (int, error) {
	text, args := count.statement()
	counts, err := list(ctx, r.q, single[int], "counting users", text, args...)
	if err != nil || len(counts) == 0 {
		return 0, err
	}
	return counts[0], nil
}

// pageStart is where a page begins, and in which order it is read: one that ends before a
// user is read from there against the order, and turned around.
type pageStart struct {
	order     ordering
	from      *cursor // nil for the first page
	back      bool
	restarted bool
}

func (r Reader) pageOf(f UserFilter) (p pageStart, err error) {
	p.order = f.order()
	id := cmp.Or(f.Before, f.After)
	if id == "" {
		return p, nil
	}
	text, args := sqlText(`SELECT `).then(p.order.rankOf()).add(`, u.`+p.order.column+`, u.num FROM users u WHERE u.id = ?`, id).statement()
	c, ok, err := one(r.q.queryRow(text, args...), func(row scanner) (c cursor, err error) {
		err = row.Scan(&c.rank, &c.key, &c.num)
		return c, err
	}, "reading where a page begins")
	if err != nil || !ok {
		p.restarted = !ok && err == nil
		return p, err
	}
	p.from = &c
	if p.back = f.Before != ""; p.back {
		p.order = p.order.backwards()
	}
	return p, nil
}

// CountWithoutAddress counts those of the people that a filter of status, role and
// two-step verification selects who have no address, at most CountMax+1. It reads an
// index of these people only, and takes off the few who are locked.
func (r Reader) CountWithoutAddress(ctx context.Context, f UserFilter) (int, error) {
	f.NoAddress = true
	return r.CountUsers(ctx, f)
}
