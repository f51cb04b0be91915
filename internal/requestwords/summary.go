package requestwords

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/internal/terms"
)

// maxRising is how many rising words are told of: 5. With more, it is not the words that have changed.
const maxRising = 5

// Word is how many requests have a word.
type Word struct {
	Word string
	// Requests is how many of the period, Before how many of the one before it.
	Requests, Before int
	// G2 says how surely it rises; see [terms.Rise].
	G2 float64
}

// Summary is what people wrote in a period.
type Summary struct {
	Days     int
	From, To time.Time
	// Requests is how many there were, Before how many in as many days before.
	Requests, Before int
	// Top are the most frequent words, Rising those that come up more often than before, the surest
	// first. Both are empty with fewer requests than MinRequests.
	Top, Rising []Word
}

// Enough reports whether there are as many requests as it takes to show anything.
func (s Summary) Enough() bool { return s.Requests >= MinRequests }

// Summary counts the words of the last days, and returns so many of them. It is kept for a minute.
func (w *Words) Summary(ctx context.Context, now time.Time, days, most int) (Summary, error) {
	length, err := period(days)
	if err != nil {
		return Summary{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refresh(ctx, now); err != nil {
		return Summary{}, err
	}
	q := question{days, most}
	if s, ok := w.kept[q]; ok {
		return s, nil
	}
	s, err := w.summarize(ctx, Summary{Days: days, From: now.Add(-length), To: now}, most)
	if err == nil {
		w.kept[q] = s
	}
	return s, err
}

// summarize fills in what was counted.
func (w *Words) summarize(ctx context.Context, s Summary, most int) (Summary, error) {
	t := w.index.count(s.From.Add(-s.To.Sub(s.From)), s.From)
	s.Requests, s.Before = t.now, t.before
	if !s.Enough() {
		return s, nil
	}
	var shown []uint32
	for id, c := range t.words {
		if int(c.several) >= MinPeople && !greetings[w.index.words[id]] {
			shown = append(shown, uint32(id))
		}
	}
	word := func(id uint32) Word {
		c := t.words[id]
		return Word{w.index.words[id], int(c.now), int(c.before), terms.Rise(int(c.now), t.now, int(c.before), t.before)}
	}
	slices.SortFunc(shown, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(t.words[b].now, t.words[a].now), cmp.Compare(t.words[a].first, t.words[b].first), cmp.Compare(a, b))
	})
	var rising []Word
	for _, id := range shown {
		if r := word(id); r.Requests >= minRising && r.G2 >= terms.Rising {
			rising = append(rising, r)
		}
	}
	slices.SortStableFunc(rising, func(a, b Word) int { return cmp.Compare(b.G2, a.G2) })
	var err error
	if s.Top, err = w.withoutNames(ctx, most, len(shown), func(i int) Word { return word(shown[i]) }); err != nil {
		return s, err
	}
	s.Rising, err = w.withoutNames(ctx, maxRising, len(rising), func(i int) Word { return rising[i] })
	return s, err
}

// withoutNames returns the first words that are nobody's name.
func (w *Words) withoutNames(ctx context.Context, most, n int, word func(int) Word) (all []Word, err error) {
	for i := 0; i < n && len(all) < most; i++ {
		next := word(i)
		is, err := w.isName(ctx, next.Word)
		if err != nil {
			return nil, err
		}
		if !is {
			all = append(all, next)
		}
	}
	return all, nil
}
