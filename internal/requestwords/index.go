package requestwords

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"latchkey/internal/store"
	"latchkey/internal/terms"
)

// maxVocabulary is how many different words are known: 250,000, more than people use. Older
// requests with still others count without them, so that nobody fills the memory with made-up words.
const maxVocabulary = 250_000

// index is the words of requests, as numbers.
type index struct {
	stop  terms.StopWords
	seed  maphash.Seed
	ids   map[string]uint32
	words []string // by number
	// requests are those of lost phones, approvals those for a second administrator; each the newest first.
	requests, approvals []document
	// cut says that there are more requests than are counted.
	cut bool
}

// document is one request.
type document struct {
	id    string
	made  int64 // Unix milliseconds
	parts [2]part
}

// part is what one person wrote in it: each word once.
type part struct {
	by    uint64 // a hash of their id
	words []uint32
}

func newIndex(stop terms.StopWords) *index {
	return &index{stop: stop, seed: maphash.MakeSeed(), ids: map[string]uint32{}}
}

// document turns texts into numbers.
func (x *index) document(t store.RequestText) document {
	d := document{id: t.ID, made: t.Made.UnixMilli()}
	own := wordsOf(t.Names)
	d.parts[0] = part{by: maphash.String(x.seed, t.ByID), words: x.numbers(own, t.Text, t.Again)}
	if t.DecidedID != "" { // or it is a sentence of the program
		d.parts[1] = part{by: maphash.String(x.seed, t.DecidedID), words: x.numbers(own, t.Reason)}
	}
	return d
}

// numbers are those of the words that count in texts of one person.
func (x *index) numbers(own map[string]bool, texts ...string) []uint32 {
	var all []uint32
	for _, text := range texts {
		for word := range clean(text) {
			if x.stop[word] || own[word] && !ours[word] || len(all) == maxInText {
				continue
			}
			id, known := x.ids[word]
			if !known {
				if len(x.words) == maxVocabulary {
					continue
				}
				word = strings.Clone(word)
				id = uint32(len(x.words))
				x.ids[word], x.words = id, append(x.words, word)
			}
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return slices.Clip(all)
}

// take puts changed requests into their places, and forgets those made before since.
func (x *index) take(texts []store.RequestText, since time.Time) {
	for _, t := range texts {
		if t.Made.Before(since) {
			continue
		}
		d := x.document(t)
		at, known := slices.BinarySearchFunc(x.requests, d, newestFirst)
		if known {
			x.requests[at] = d
		} else {
			x.requests = slices.Insert(x.requests, at, d)
		}
	}
	x.requests = x.requests[:x.since(x.requests, since)]
}

// since is how many of the documents were made since a time.
func (x *index) since(all []document, t time.Time) int {
	n, _ := slices.BinarySearchFunc(all, t.UnixMilli(), func(d document, ms int64) int {
		if d.made >= ms {
			return -1
		}
		return 1
	})
	return n
}

func newestFirst(a, b document) int {
	return cmp.Or(cmp.Compare(b.made, a.made), strings.Compare(b.id, a.id))
}

// tally is how often a word comes.
type tally struct {
	now, before int32
	first       int32 // in which request of the period, in the order of time
	last        int32 // the request that was counted last
	people      [MinPeople]uint64
	several     int8 // how many of people are known
}

// meet notes that somebody used the word, while that is not known of MinPeople people.
func (t *tally) meet(by uint64) {
	if !slices.Contains(t.people[:t.several], by) {
		t.people[t.several] = by
		t.several++
	}
}

// totals are the tallies of all words, by number, and how many requests there are.
type totals struct {
	words       []tally
	now, before int
	seen        int32
}

// count counts the requests made from a time on, and those between before and it.
func (x *index) count(before, from time.Time) totals {
	t := totals{words: make([]tally, len(x.words))}
	for _, all := range [][]document{x.requests, x.approvals} {
		in, reach := x.since(all, from), x.since(all, before)
		for i := reach - 1; i >= 0; i-- {
			t.add(&all[i], i < in)
		}
	}
	return t
}

func (t *totals) add(d *document, now bool) {
	t.seen++
	if now {
		t.now++
	} else {
		t.before++
	}
	for i := range d.parts {
		for _, id := range d.parts[i].words {
			w := &t.words[id]
			if now && w.several < MinPeople {
				w.meet(d.parts[i].by)
			}
			if w.last == t.seen {
				continue
			}
			w.last = t.seen
			if !now {
				w.before++
				continue
			}
			if w.now++; w.now == 1 {
				w.first = t.seen
			}
		}
	}
}
