package terms

import (
	"cmp"
	"container/heap"
	"slices"
)

// ranked is a word with the place of its first occurrence, which decides between words that
// came equally often. No two words have the same place, so the order is whole.
type ranked struct {
	Term
	run, order uint32
}

// before reports the order of results: the most frequent first, then the earliest.
func before(a, b ranked) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.run, b.run), cmp.Compare(a.order, b.order))
}

// top keeps the first n of all that are offered; the last of them stands at the root of a heap.
type top struct {
	n    int
	kept []ranked
}

// offers reports whether a word of this count and place would be kept.
func (t *top) offers(r ranked) bool {
	return t.n > 0 && (len(t.kept) < t.n || before(r, t.kept[0]) < 0)
}

func (t *top) add(r ranked) {
	if len(t.kept) < t.n {
		heap.Push(t, r)
		return
	}
	t.kept[0] = r
	heap.Fix(t, 0)
}

// terms returns them in order.
func (t *top) terms() []Term {
	slices.SortFunc(t.kept, before)
	all := make([]Term, len(t.kept))
	for i, r := range t.kept {
		all[i] = r.Term
	}
	return all
}

// Len, Less, Swap, Push and Pop are those of a heap.
func (t *top) Len() int           { return len(t.kept) }
func (t *top) Less(i, j int) bool { return before(t.kept[i], t.kept[j]) > 0 }
func (t *top) Swap(i, j int)      { t.kept[i], t.kept[j] = t.kept[j], t.kept[i] }
func (t *top) Push(x any)         { t.kept = append(t.kept, x.(ranked)) }
func (t *top) Pop() any {
	last := t.kept[len(t.kept)-1]
	t.kept = t.kept[:len(t.kept)-1]
	return last
}
