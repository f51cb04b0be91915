// Package requestwords counts which words people use when they ask administrators for help:
// in lost-phone requests, and as administrators in the reasons that they give. It finds the
// most frequent ones and those that come up more often than before.
//
// What is shown must not give anybody away: each request counts once, a word needs three
// different people, and names, addresses and numbers are left out (clean.go, names.go).
//
// The words are kept in memory, as numbers, and only what has changed is read again; so nothing
// derived from what people wrote is stored, and what is deleted is forgotten within a minute.
package requestwords

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/terms"
)

const (
	// MinRequests is from how many requests of a period on anything is shown, 30. What fewer people wrote
	// is read in less time than it is counted, and a word would say who used it.
	MinRequests = 30
	// MinPeople is how many different people must have used a word that is shown: 3.
	MinPeople = 3
	// minRising is in how many requests a word must be that is said to rise: 5.
	minRising = 5

	// keepFor is for how long a result is shown before it is counted again: a minute.
	keepFor = time.Minute
	// rebuildEvery is how often everything is read again, in case a change was missed: an hour.
	rebuildEvery = time.Hour
	// overlap is how far back changes are read once more: two minutes, far more than a request takes
	// from the time that it notes to its commit.
	overlap = 2 * time.Minute

	// maxRequests is how many requests are counted, the newest 200,000. They take about 50 MB of memory.
	//
	//limit:terms Requests of 180 days whose words are counted
	maxRequests = 200_000
	// maxApprovals is how many requests for a second administrator are counted: 10,000. They are read again
	// every minute.
	maxApprovals = 10_000
	// readAtOnce is how many texts are in memory while they are read.
	readAtOnce = 2000
)

// Periods are the numbers of days that are counted. Each is compared with as many days before it.
var Periods = []int{7, 30, 90}

// longest is how far back anything is counted.
const longest = 2 * 90 * 24 * time.Hour

// Words counts the words of the requests of one instance. It is safe for concurrent use.
type Words struct {
	instance *instance.Instance
	stop     terms.StopWords

	mu    sync.Mutex
	index *index    // nil until it is built
	read  time.Time // up to when
	kept  map[question]Summary
	names map[string]bool // what was found out about words since then
	staff map[string]bool // words of the names of administrators
}

// question is what a kept result answers.
type question struct{ days, most int }

// New returns the words of an instance, of which nothing has been read.
func New(i *instance.Instance) *Words {
	stop, err := terms.Stop(terms.Languages...)
	if err != nil {
		panic(err) // they are the names of lists that are there
	}
	return &Words{instance: i, stop: stop}
}

// Job reads all requests when the server starts, and again every hour, so that no page has to wait
// for it.
func (w *Words) Job() instance.Job {
	return instance.Job{Name: "counting the words of requests", Every: rebuildEvery, Run: func(ctx context.Context) error {
		return w.readAll(ctx, w.instance.Now())
	}}
}

// readAll reads everything. Whoever asks for words before it was done once waits for it; later ones get what
// there was before.
func (w *Words) readAll(ctx context.Context, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.index == nil {
		return w.rebuild(ctx, now)
	}
	w.mu.Unlock()
	x, err := w.build(ctx, now)
	w.mu.Lock()
	if err == nil {
		w.replace(x, now)
	}
	return err
}

// replace puts an index in the place of the one before. Changes since now are read with the next
// question.
func (w *Words) replace(x *index, now time.Time) {
	w.index, w.read, w.kept, w.names, w.staff = x, now, map[question]Summary{}, map[string]bool{}, nil
}

// build reads everything that can be asked for.
func (w *Words) build(ctx context.Context, now time.Time) (*index, error) {
	x := newIndex(w.stop)
	since, place := now.Add(-longest), store.Place{Made: time.UnixMilli(math.MaxInt64)}
	for {
		texts, err := w.instance.DB.RequestTexts(ctx, since, place, readAtOnce)
		if err != nil {
			return nil, err
		}
		for _, t := range texts {
			x.requests = append(x.requests, x.document(t))
		}
		if len(texts) < readAtOnce || len(x.requests) >= maxRequests {
			break
		}
		last := texts[len(texts)-1]
		place = store.Place{Made: last.Made, ID: last.ID}
	}
	x.cut = len(x.requests) >= maxRequests
	return x, w.readApprovals(ctx, x, since)
}

func (w *Words) readApprovals(ctx context.Context, x *index, since time.Time) error {
	texts, err := w.instance.DB.ApprovalTexts(ctx, since, maxApprovals)
	x.approvals = x.approvals[:0]
	for _, t := range texts {
		x.approvals = append(x.approvals, x.document(t))
	}
	return err
}

// refresh makes the index one of now, unless it was a minute ago at most. The lock is held.
func (w *Words) refresh(ctx context.Context, now time.Time) error {
	if w.index == nil || now.Before(w.read) {
		return w.rebuild(ctx, now)
	}
	if now.Sub(w.read) < keepFor {
		return nil
	}
	since := now.Add(-longest)
	for range 2 { // somebody may ask for help between the two questions
		texts, err := w.instance.DB.ChangedRequestTexts(ctx, w.read.Add(-overlap))
		if err != nil {
			return err
		}
		w.index.take(texts, since)
		n, err := w.instance.DB.CountRequestsSince(since)
		if err != nil {
			return err
		}
		if n == len(w.index.requests) || w.index.cut {
			w.replace(w.index, now)
			return w.readApprovals(ctx, w.index, since)
		}
	}
	return w.rebuild(ctx, now) // some were deleted
}

func (w *Words) rebuild(ctx context.Context, now time.Time) error {
	x, err := w.build(ctx, now)
	if err == nil {
		w.replace(x, now)
	}
	return err
}

// period returns the number of days, or an error for one that is not offered.
func period(days int) (time.Duration, error) {
	for _, d := range Periods {
		if d == days {
			return time.Duration(days) * 24 * time.Hour, nil
		}
	}
	return 0, fmt.Errorf("words are not counted over %d days", days)
}
