package store

import (
	"context"
	"slices"
)

// countFound counts the users of a selection, up to CountMax, or up to most where each has to be looked at; over says that
// there are more than n.
func (r Reader) countFound(ctx context.Context, s *selection, most int) (n int, over bool, err error) {
	switch {
	case s.wholeGroup():
		n, err = r.number(ctx, s.filter.members())
	case s.found == nil:
		return r.countMany(ctx, s, most)
	default:
		if err := r.narrow(ctx, s, true); err != nil {
			return 0, false, err
		}
		if n := s.atLeast(); n > most {
			return min(n/most*most, CountMax), true, nil
		}
		return r.countNarrowed(ctx, s, most)
	}
	return min(n, CountMax), n > CountMax, err
}

func (r Reader) countNarrowed(ctx context.Context, s *selection, most int) (n int, over bool, err error) {
	switch {
	case len(s.rest) == 0:
		n = s.n
	case s.n <= s.bounds.few:
		n, err = r.number(ctx, s.count(s.bounds.few))
	default:
		return r.countLooking(ctx, s, most)
	}
	return min(n, CountMax), n > CountMax, err
}

// countMany counts where no condition holds of few. The first ones of one of them are most often enough.
func (r Reader) countMany(ctx context.Context, s *selection, most int) (n int, over bool, err error) {
	all, i := s.begun, s.begunBy
	if len(all) == 0 {
		i = s.readable()
	}
	nums := s.rest[i].nums
	if s.rest[i].text {
		nums = s.rest[i].many
	}
	for some := max(1, s.bounds.set); ; some *= 8 {
		if len(all) <= CountMax {
			if all, err = r.numbersOf(ctx, first(nums, some), ""); err != nil {
				return 0, false, err
			}
		}
		begun := *s
		begun.take(i, setOf(all))
		if n, over, err = r.countFound(ctx, &begun, most); over || err != nil || len(all) <= some {
			return n, over, err
		}
		all = nil
	}
}

// countLooking counts those of the found users of whom the rest holds, up to so many.
func (r Reader) countLooking(ctx context.Context, s *selection, most int) (n int, over bool, err error) {
	left := slices.Collect(s.found.all())
	for len(left) > 0 && n <= most {
		next := min(len(left), sample+int(float64(most-n)/s.share))
		held, err := r.holding(ctx, left[:next], s.rest)
		if err != nil {
			return 0, false, err
		}
		n, left = n+len(held), left[next:]
	}
	return min(n, most), n > most, nil
}

// wholeGroup reports whether the filter selects the members of a group as the group counts them.
func (s *selection) wholeGroup() bool {
	f := s.filter
	return f.Group != "" && len(f.conditions()) == 2 && f.Status == "" && len(f.classNumbers()) == classDeleted
}

// members counts the members of the group of the filter, but for the recycle bin.
func (f UserFilter) members() clause {
	return sqlText(`SELECT coalesce(max(g.members), 0) FROM user_groups g WHERE g.name = ?`, f.Group)
}

// atLeast is how many of those found there are at least of whom the rest holds: a group that nearly everybody is in leaves
// few of them out, whoever they are.
func (s *selection) atLeast() int {
	if len(s.rest) == 0 {
		return 0 // it is counted exactly
	}
	n := s.n - 1 // they say that there are more than that
	for _, p := range s.rest {
		n -= s.everybody - p.known
	}
	return n
}
