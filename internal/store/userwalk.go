package store

import (
	"context"
	"slices"

	"latchkey/internal/user"
)

// usersFound reads a page of the users of a selection: along the list where enough of them are likely to be met soon, and
// sorted elsewhere.
func (r Reader) usersFound(ctx context.Context, p pageStart, s *selection, limit int) ([]user.User, error) {
	if s.found == nil {
		if met, done, err := r.along(ctx, p, s, limit, s.bounds.rows); done || err != nil {
			return r.usersNumbered(ctx, p, met, err)
		}
		if err := r.readWhole(ctx, s); err != nil {
			return nil, err
		}
	}
	if s.n > s.bounds.few && costOfNumber*s.awaited(limit) < costOfSort*float64(s.n) {
		if met, done, err := r.along(ctx, p, s, limit, 2*max(s.n, int(s.awaited(limit)))); done || err != nil {
			return r.usersNumbered(ctx, p, met, err)
		}
	}
	met, err := r.inOrder(ctx, p, s, limit)
	return r.usersNumbered(ctx, p, met, err)
}

// readWhole reads the first condition that can be read, however many fulfil it.
func (r Reader) readWhole(ctx context.Context, s *selection) error {
	i := s.readable()
	all, err := r.numbersOf(ctx, s.rest[i].nums, "")
	if err != nil {
		return err
	}
	s.take(i, setOf(all))
	return r.narrow(ctx, s, false)
}

// readable is the first condition whose users can be read.
func (s *selection) readable() int {
	return slices.IndexFunc(s.rest, func(p part) bool { return !p.nums.none() })
}

// awaited is in how many users of the list a page is awaited, if those who were found stand all over it.
func (s *selection) awaited(limit int) float64 {
	if s.found == nil {
		return float64(limit)
	}
	return float64(limit) * float64(s.everybody) / float64(max(s.n, 1)) / s.share
}

// along looks for a page of users along the list, among the next so many; done is false if they stand too far away.
func (r Reader) along(ctx context.Context, p pageStart, s *selection, limit, most int) (met []int64, done bool, err error) {
	classes, err := r.present(ctx, s.filter.classNumbers())
	if err != nil {
		return nil, false, err
	}
	l, from := s.filter.listing(p.order, classes), p.from
	size := min(max(s.bounds.chunk[0], int(s.awaited(limit))), s.bounds.chunk[1])
	for _, rank := range l.ranks() {
		for run := l.run(rank, from, size); !run.none(); run = l.run(rank, from, size) {
			next, err := r.numbersOf(ctx, run, orderKept(p.order.by("s.")))
			if err == nil {
				met, err = r.meet(ctx, s, met, next, limit)
			}
			if err != nil || len(met) == limit {
				return met, true, err
			}
			if len(next) < size {
				break
			}
			if from, err = r.placeOf(p.order, sqlText(`u.num = ?`, next[size-1])); err != nil {
				return nil, true, err
			}
			if most, size = most-size, min(2*size, s.bounds.chunk[1]); most <= 0 {
				return nil, false, nil
			}
		}
	}
	return met, true, nil
}

// inOrder sorts the users who were found, and looks at the first ones for a page.
func (r Reader) inOrder(ctx context.Context, p pageStart, s *selection, limit int) ([]int64, error) {
	for size := 2 * int(float64(limit)/s.share); ; size *= 4 {
		next, err := r.numbersOf(ctx, s.ordered(p.order, p.from, size), orderKept(p.order.by("s.")))
		if err != nil {
			return nil, err
		}
		met, err := r.meet(ctx, s, nil, next, limit)
		if err != nil || len(met) == limit || len(next) < size {
			return met, err
		}
	}
}

// meet adds those of the next users of the list who were found, and of whom the rest holds, up to a limit.
func (r Reader) meet(ctx context.Context, s *selection, met, next []int64, limit int) ([]int64, error) {
	if s.found != nil {
		next = slices.DeleteFunc(slices.Clone(next), func(num int64) bool { return !s.found.has(num) })
	}
	conditions := s.onList()
	for len(next) > 0 && len(met) < limit {
		n := min(len(next), limit-len(met))
		some := next[:n]
		if len(conditions) > 0 {
			n = min(len(next), sample+int(float64(n)/s.share))
			held, err := r.holding(ctx, next[:n], conditions)
			if err != nil {
				return nil, err
			}
			in := setOf(held)
			some = slices.DeleteFunc(slices.Clone(next[:n]), func(num int64) bool { return !in.has(num) })
		}
		met, next = append(met, some...), next[n:]
	}
	return met[:min(len(met), limit)], nil
}

// present are those of some classes of which there is anybody: to merge the runs of all takes three times as long.
func (r Reader) present(ctx context.Context, classes []int) ([]int, error) {
	all, err := list(ctx, r.q, single[int], "reading the classes of users", `WITH RECURSIVE c (class) AS (SELECT min(u.list_class) FROM users u
		UNION ALL SELECT (SELECT min(u.list_class) FROM users u WHERE u.list_class > c.class) FROM c WHERE c.class IS NOT NULL)
		SELECT c.class FROM c WHERE c.class IS NOT NULL`)
	return slices.DeleteFunc(all, func(class int) bool { return !slices.Contains(classes, class) }), err
}

// usersNumbered reads users by their numbers, and returns them in that order.
func (r Reader) usersNumbered(ctx context.Context, p pageStart, nums []int64, err error) ([]user.User, error) {
	if err != nil || len(nums) == 0 {
		return nil, err
	}
	text, args := withNumbers(nums).statement()
	byNum := make(map[int64]user.User, len(nums))
	_, err = list(ctx, r.q, func(row scanner) (none struct{}, err error) {
		var num int64
		u, err := scanUser(row, &num)
		byNum[num] = u
		return none, err
	}, "listing users", text, args...)
	users := make([]user.User, 0, len(nums))
	for _, num := range nums {
		if u, ok := byNum[num]; ok {
			users = append(users, u)
		}
	}
	if p.back {
		slices.Reverse(users)
	}
	return users, err
}
