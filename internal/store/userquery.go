package store

import (
	"context"
	"math"
	"slices"
)

// bounds say up to where the users of a filter are looked for in one way and not in another. The figures were measured
// with a million users.
type bounds struct {
	// few is up to how many found users are looked at one by one, and sorted again for each page.
	few int
	// set is up to how many are read as a set to begin with, members the same of a group, and texts of an index of text:
	// with more, a page of them is met soon along the list.
	set, members, texts int
	// rows is how many users of the list are looked at one by one for those of whom conditions hold that hold of many.
	rows int
	// chunk is how many users of the list are read at once, at first and at most.
	chunk [2]int
	// counted is how many users are counted where each has to be looked at.
	counted int
	// worth is how many microseconds a set may cost where to look at each, and count some only, would cost less.
	worth float64
}

var usual = bounds{few: 1000, set: CountMax * 6 / 5, members: 25_000, texts: 80_000, rows: 2000, chunk: [2]int{64, 16_384}, counted: 1000, worth: 8000}

// What it costs to have one user, in microseconds: to read its number from an index, and from one of text; to look it up
// by its number; and to sort it. A page of the database is read for most look-ups, and one for a hundred of a scan.
const (
	costOfNumber = 0.1
	costOfText   = 0.3
	costOfLook   = 2.5
	costOfSort   = 2.8
)

// sample is how many of the found users are asked of how many a condition holds.
const sample = 64

// selection is how the users of a filter are found that has conditions besides the classes. Conditions that hold of few
// are read as sets of numbers and put together; the rest is looked at on each user who is left.
type selection struct {
	filter UserFilter
	bounds bounds
	// everybody is how many users there are, or have been.
	everybody int
	// found are those of whom every condition holds that was read, n of them; nil if none was. classed says that they are
	// of the filter's classes.
	found   numbers
	n       int
	classed bool
	// rest are the conditions that were not, and share is of how many of found they hold, about.
	rest  []part
	share float64
	// begun are the first who fulfil the condition begunBy of the rest, where nobody was found.
	begun   []int64
	begunBy int
}

// sparse reports whether the filter has conditions that may hold of few users.
func (f UserFilter) sparse() bool { return len(f.parts()) > 0 }

// selected reads the sets of a filter: first one that holds of few, then those that it is worth while to read as well.
func (r Reader) selected(ctx context.Context, f UserFilter, b bounds) (s *selection, err error) {
	s = &selection{filter: f, bounds: b, rest: f.conditions(), share: 1}
	if s.everybody, err = r.number(ctx, sqlText(`SELECT coalesce(max(num), 0) FROM users`)); err != nil {
		return nil, err
	}
	for i := 0; i < len(s.rest) && s.found == nil; i++ {
		all, whole, err := r.begin(ctx, s, &s.rest[i])
		switch {
		case err != nil:
			return nil, err
		case whole:
			s.take(i, setOf(all))
		case len(all) > len(s.begun):
			s.begun, s.begunBy = all, i
		}
	}
	return s, r.narrow(ctx, s, false)
}

// conditions are all of a filter, in the order in which it is worth while to read them.
func (f UserFilter) conditions() []part {
	all := append(f.parts(), f.inClasses())
	if f.Status == StatusActive {
		all = append(all, f.notLocked())
	}
	turn := func(p part) int {
		switch {
		case p.late:
			return 3
		case p.text:
			return 2
		case !p.members.none():
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b part) int { return turn(a) - turn(b) })
	return all
}

// begin reads who fulfils a condition; whole says that they are few, and all of them were read.
func (r Reader) begin(ctx context.Context, s *selection, p *part) (all []int64, whole bool, err error) {
	switch {
	case p.nums.none():
		return nil, false, nil
	case p.text:
		return r.beginText(ctx, s, *p)
	case !p.members.none():
		n, err := r.number(ctx, p.members)
		if p.from != "" { // of several groups, somebody is in more than one
			p.known = n
		}
		if err != nil || n > s.bounds.members {
			return nil, false, err
		}
		all, err = r.numbersOf(ctx, p.nums, "")
		return all, err == nil, err
	}
	all, err = r.numbersOf(ctx, first(p.nums, s.bounds.set), "")
	return all, err == nil && len(all) <= s.bounds.set, err
}

// beginText is begin for a text. How many of the first users have it tells whether all who do are read.
func (r Reader) beginText(ctx context.Context, s *selection, p part) (all []int64, whole bool, err error) {
	n, among := s.bounds.texts/800, s.everybody/800
	all, err = r.numbersOf(ctx, first(p.many.add(` AND `+p.number+` <= ?`, among), n), "")
	if err != nil || len(all) > n {
		return all, false, err
	}
	all, err = r.numbersOf(ctx, first(p.nums, s.bounds.texts), "")
	return all, err == nil && len(all) <= s.bounds.texts, err
}

// take takes a condition as read: found are left of whom it holds.
func (s *selection) take(i int, found numbers) {
	s.classed = s.classed || s.rest[i].classed
	if s.found != nil {
		found.keep(s.found)
	}
	s.found, s.n = found, found.size()
	if s.rest = slices.Delete(slices.Clone(s.rest), i, i+1); s.classed {
		s.rest = s.onList()
	}
}

// leave takes a condition as read by those of whom it does not hold.
func (s *selection) leave(i int, others numbers) {
	left := slices.Clone(s.found)
	left.drop(others)
	s.take(i, left)
}

// onList are the conditions that are left to look at on users of the list, all of whom are of the filter's classes.
func (s *selection) onList() []part {
	return slices.DeleteFunc(slices.Clone(s.rest), func(p part) bool { return p.ofClasses })
}

// narrow reads further conditions while many are found. Which classes they are of matters only where they are counted:
// the list has those of the filter's alone.
func (r Reader) narrow(ctx context.Context, s *selection, classes bool) error {
	for i := 0; i < len(s.rest) && s.found != nil && s.n > s.bounds.few; {
		before := len(s.rest)
		if s.rest[i].ofClasses && !classes {
			i++
			continue
		}
		if err := r.narrowBy(ctx, s, i); err != nil {
			return err
		}
		if len(s.rest) == before {
			i++
		}
	}
	return nil
}

// narrowBy reads who fulfils a condition, or who does not, if that costs less than to look at each.
func (r Reader) narrowBy(ctx context.Context, s *selection, i int) error {
	p := s.rest[i]
	if p.nums.none() {
		others, err := r.numbersOf(ctx, first(p.others, s.bounds.set), "")
		if err != nil || len(others) <= s.bounds.set {
			s.leave(i, setOf(others))
			return err
		}
	}
	share, err := r.shareOf(ctx, s, p)
	if err != nil {
		return err
	}
	read, others := s.costs(p, share)
	if look := costOfLook * min(float64(s.n), float64(s.bounds.counted)/share); min(read, others) > max(s.bounds.worth, look) {
		s.share *= share
		return nil
	}
	if others < read {
		all, err := r.numbersOf(ctx, p.others, "")
		s.leave(i, setOf(all))
		return err
	}
	all, err := r.numbersOf(ctx, p.nums, "")
	s.take(i, setOf(all))
	return err
}

// shareOf is of how many of the found users a condition holds, about.
func (r Reader) shareOf(ctx context.Context, s *selection, p part) (float64, error) {
	if share := float64(p.known) / float64(s.everybody); share > 0.9 {
		return share, nil
	}
	asked := s.found.spread(sample)
	held, err := r.holding(ctx, asked, []part{p})
	return float64(len(held)+1) / float64(len(asked)+1), err
}

// costs are what it costs to read who fulfils a condition, and who does not, if it holds of a share of all.
func (s *selection) costs(p part, share float64) (read, others float64) {
	read, others = math.Inf(1), math.Inf(1)
	if !p.nums.none() {
		read = costOfNumber * share * float64(s.everybody)
	}
	if p.text {
		read *= costOfText / costOfNumber
	}
	if !p.others.none() {
		others = costOfNumber * (1 - share + 1.0/sample) * float64(s.everybody)
	}
	return read, others
}

// holding are those of some users of whom conditions hold.
func (r Reader) holding(ctx context.Context, some []int64, conditions []part) ([]int64, error) {
	return r.numbersOf(ctx, lookingAt(some, conditions), "")
}
