package requestwords

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// Found is a request that has a word.
type Found struct {
	ID       string
	Approval bool // for a second administrator
	Made     time.Time
}

// Requests returns requests of the last days that have a word, the newest first, and how many there
// are in all. Before is where the page begins: behind it; the zero value is for the first page.
func (w *Words) Requests(ctx context.Context, now time.Time, word string, days int, before Found, limit int) (page []Found, total int, err error) {
	length, err := period(days)
	if err != nil {
		return nil, 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refresh(ctx, now); err != nil {
		return nil, 0, err
	}
	id, known := w.index.ids[word]
	if !known {
		return nil, 0, nil
	}
	var all []Found
	for i, documents := range [][]document{w.index.requests, w.index.approvals} {
		for _, d := range documents[:w.index.since(documents, now.Add(-length))] {
			if slices.Contains(d.parts[0].words, id) || slices.Contains(d.parts[1].words, id) {
				all = append(all, Found{d.id, i == 1, time.UnixMilli(d.made)})
			}
		}
	}
	slices.SortFunc(all, foundFirst)
	begin := 0
	if before != (Found{}) {
		begin, _ = slices.BinarySearchFunc(all, before, foundFirst)
		if begin < len(all) && all[begin].ID == before.ID {
			begin++
		}
	}
	return all[begin:min(begin+limit, len(all))], len(all), nil
}

func foundFirst(a, b Found) int {
	return cmp.Or(b.Made.Compare(a.Made), strings.Compare(b.ID, a.ID))
}
