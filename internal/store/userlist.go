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
// with it: the page is read from an index of its order, or put together from sets.
func (r Reader) ListUsers(ctx context.Context, f UserFilter) (l UserList, err error) {
	if f.sparse() {
		err = r.atOneMoment(ctx, func(r Reader) error {
			l, err = r.listFound(ctx, f, usual)
			return err
		})
		return l, err
	}
	p, err := r.pageOf(f)
	if err != nil {
		return l, err
	}
	l.Restarted = p.restarted
	if l.Total, l.Over, err = r.countUsers(ctx, f); err == nil {
		l.Users, err = r.usersOf(ctx, p, f.ordered(p.order, p.from, f.Limit, ""))
	}
	return l, err
}

// listFound is ListUsers for a filter with conditions that may hold of few.
func (r Reader) listFound(ctx context.Context, f UserFilter, b bounds) (l UserList, err error) {
	p, err := r.pageOf(f)
	if err != nil {
		return l, err
	}
	l.Restarted = p.restarted
	s, err := r.selected(ctx, f, b)
	if err != nil {
		return l, err
	}
	if s.found != nil && s.n <= b.few {
		if l.Users, l.Total, err = r.fewUsers(ctx, p, s, f.Limit); err != nil || l.Total > 0 {
			return l, err
		}
	} else if l.Users, err = r.usersFound(ctx, p, s, f.Limit); err != nil {
		return l, err
	}
	l.Total, l.Over, err = r.countFound(ctx, s, b.counted)
	return l, err
}

// fewUsers reads a page of few users and counts all of them in one go; total is 0 if the page is empty.
func (r Reader) fewUsers(ctx context.Context, p pageStart, s *selection, limit int) (users []user.User, total int, err error) {
	text, args := s.counted(p.order, p.from, limit).statement()
	scan := func(row scanner) (user.User, error) { return scanUser(row, &total) }
	users, err = list(ctx, r.q, scan, "listing users", text, args...)
	if p.back {
		slices.Reverse(users)
	}
	return users, total, err
}

// Users returns the page that a filter asks for.
func (r Reader) Users(ctx context.Context, f UserFilter) (users []user.User, err error) {
	err = r.atOneMoment(ctx, func(r Reader) error {
		p, err := r.pageOf(f)
		if err != nil {
			return err
		}
		if !f.sparse() {
			users, err = r.usersOf(ctx, p, f.ordered(p.order, p.from, f.Limit, ""))
			return err
		}
		s, err := r.selected(ctx, f, usual)
		if err == nil {
			users, err = r.usersFound(ctx, p, s, f.Limit)
		}
		return err
	})
	return users, err
}

func (r Reader) usersOf(ctx context.Context, p pageStart, page clause) ([]user.User, error) {
	text, args := page.statement()
	var one user.User
	dest := userDest(&one)
	scan := func(row scanner) (user.User, error) { err := row.Scan(dest...); return one, err }
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

// HasOthers reports whether there is more than one user.
func (r Reader) HasOthers(ctx context.Context) (bool, error) {
	n, err := r.number(ctx, UserFilter{}.counting(nil, 2))
	return n > 1, err
}

// countUsers counts; over says that there are more than n.
func (r Reader) countUsers(ctx context.Context, f UserFilter) (n int, over bool, err error) {
	if f.sparse() {
		err = r.atOneMoment(ctx, func(r Reader) error {
			s, err := r.selected(ctx, f, usual)
			if err == nil {
				n, over, err = r.countFound(ctx, s, CountMax)
			}
			return err
		})
		return n, over, err
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

// lockedAmong counts those of the filter's classes who are locked.
func (f UserFilter) lockedAmong() clause {
	return sqlText(`SELECT count(*) FROM (SELECT 1 FROM users u WHERE `).then(lockedOut(f.Now)).add(` AND `).
		then(classIn(aside, f.classNumbers())).add(` LIMIT ?) c`, CountMax+1)
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
	if p.from, err = r.placeOf(p.order, sqlText(`u.id = ?`, id)); err != nil || p.from == nil {
		p.restarted = err == nil
		return p, err
	}
	if p.back = f.Before != ""; p.back {
		p.order = p.order.backwards()
	}
	return p, nil
}

// placeOf is where somebody stands in an order, nil if there is nobody.
func (r Reader) placeOf(o ordering, who clause) (*cursor, error) {
	text, args := sqlText(`SELECT `).then(o.rankOf()).add(`, u.` + o.column + `, u.num FROM users u WHERE `).then(who).statement()
	c, ok, err := one(r.q.queryRow(text, args...), func(row scanner) (c cursor, err error) {
		err = row.Scan(&c.rank, &c.key, &c.num)
		return c, err
	}, "reading where a page begins")
	if err != nil || !ok {
		return nil, err
	}
	return &c, nil
}

// CountWithoutAddress counts those of the people that a filter of status, role and
// two-step verification selects who have no address, at most CountMax+1. It reads an
// index of these people only, and takes off the few who are locked.
func (r Reader) CountWithoutAddress(ctx context.Context, f UserFilter) (int, error) {
	f.NoAddress = true
	return r.CountUsers(ctx, f)
}
