package faults

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
)

// fate is what a client knows of a form that it sent.
type fate int

const (
	unknown  fate = iota // the server went away before it answered, or could not say
	answered             // it was answered 303
	refused              // it was answered otherwise
)

// entry is one form in the journal of a client, and what must hold after a crash.
type entry struct {
	kind string
	to   string // what the answer leads to, or how that begins: anything else is a refusal
	fate fate
	// stored looks at the database: it must hold what was answered, and of what was not it
	// must hold all or nothing.
	stored func(db *sql.DB, f fate) error
	// again tries whatever can be used once anew, over HTTP. Nil: there is nothing.
	again func(s *server, f fate) error
}

// journal is what the clients know. It is safe for concurrent use.
type journal struct {
	mu  sync.Mutex
	all []*entry // of this round
	// seen counts, by kind, what was answered, and what was under way when the server died.
	seen, cut map[string]int
	// happened counts, of what was under way, what turned out to have happened.
	happened map[string]int
}

func newJournal() *journal {
	return &journal{seen: map[string]int{}, cut: map[string]int{}, happened: map[string]int{}}
}

// sends notes a form before it is sent, sends it, and notes the answer. It reports whether
// the client may go on.
func (j *journal) sends(e *entry, send func() answer) (answer, bool) {
	j.mu.Lock()
	j.all = append(j.all, e)
	j.mu.Unlock()
	a := send()
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case a.leads(e.to):
		e.fate = answered
		j.seen[e.kind]++
	case a.status == 0 || a.status >= http.StatusInternalServerError:
		j.cut[e.kind]++
	default:
		e.fate = refused
	}
	return a, e.fate == answered
}

// many is how much of this round was answered.
func (j *journal) many() (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.all {
		if e.fate == answered {
			n++
		}
	}
	return n
}

// judge compares what the clients know of the round with what the server that was started
// again knows, and begins the next round. A 503 may have happened as well: it is judged
// like what was not answered. All that was under way is tried anew, and of what was
// answered the last few, which are the likeliest to be lost.
func (j *journal) judge(t testing.TB, s *server, db *sql.DB) {
	t.Helper()
	const newest = 6
	for _, e := range j.all {
		if e.fate == refused {
			e.fate = unknown
		}
		if err := e.stored(db, e.fate); err != nil {
			t.Errorf("%s (%s): %v", e.kind, e.fate, err)
		}
	}
	tried := 0
	for _, e := range slices.Backward(j.all) {
		if e.again == nil || e.fate == answered && tried >= newest {
			continue
		}
		if e.fate == answered {
			tried++
		}
		if err := e.again(s, e.fate); err != nil {
			t.Errorf("%s (%s): %v", e.kind, e.fate, err)
		}
	}
	j.all = nil
}

// table is what was seen, as lines of a table.
func (j *journal) table() (text string) {
	kinds := slices.Sorted(maps.Keys(j.seen))
	for kind := range j.cut {
		if j.seen[kind] == 0 {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range kinds {
		text += fmt.Sprintf("| %s | %d | %d | %d |\n", kind, j.seen[kind], j.cut[kind], j.happened[kind])
	}
	return text
}

// found notes that something which was under way turned out to have happened.
func (j *journal) found(kind string, f fate) {
	if f == unknown {
		j.mu.Lock()
		j.happened[kind]++
		j.mu.Unlock()
	}
}

func (f fate) String() string {
	return map[fate]string{unknown: "not answered", answered: "answered 303", refused: "refused"}[f]
}

// want compares a value of the database with what it must be: after for what was answered,
// either of the two for what was not.
func want(f fate, got, before, after string) error {
	if got == after || f != answered && got == before {
		return nil
	}
	return fmt.Errorf("the database has %q, want %q (before: %q)", got, after, before)
}

// once uses something up to two times: what was answered must not work again, and what was
// not answered may work once, and never twice.
func once(f fate, use func() (works bool)) error {
	works := use()
	if works && f == answered {
		return fmt.Errorf("it works again")
	}
	if works && use() {
		return fmt.Errorf("it works twice")
	}
	return nil
}
