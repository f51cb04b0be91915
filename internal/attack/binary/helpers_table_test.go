package binary

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
)

// attack is one row of the table.
type attack struct {
	// id is the id of a requirement (docs/requirements.md) and a letter, as AU-01/a: one
	// requirement can be attacked in several ways.
	id string
	// requirement is what must hold, in one plain sentence.
	requirement string
	// on is where it is tried: nil for the shared server behind a proxy.
	on *house
	// try tries it and returns what happened in a short sentence, with figures of the run
	// that are the same in each. It fails the T if the requirement does not hold.
	try func(t *T) string
}

// family is attacks of one kind.
type family struct {
	name    string
	attacks []attack
}

// result is what became of one attack.
type result struct {
	attack
	family   string
	held     bool
	evidence string
}

var (
	resultsGuard sync.Mutex
	results      = map[string]result{}
)

// record keeps what became of an attack.
func record(r result) {
	resultsGuard.Lock()
	defer resultsGuard.Unlock()
	results[r.id] = r
}

// crowding are the families that guess so much that other attacks would be slowed down with
// them: too many passwords from everywhere leave each network a few only.
var crowding = []*family{&guessing, &asking, &limits}

// run tries every attack of a family, several at once.
func run(t *testing.T, f *family) {
	t.Parallel()
	for _, a := range f.attacks {
		t.Run(a.id, func(t *testing.T) {
			t.Parallel()
			r := result{attack: a, family: f.name}
			defer func() { record(r) }()
			h := a.on
			if h == nil && slices.Contains(crowding, f) {
				h = crowded
			} else if h == nil {
				h = proxied
			}
			if err := h.open(); err != nil {
				t.Fatal(err)
			}
			own := &T{T: t, house: h}
			r.evidence = a.try(own)
			own.end()
			r.held = !t.Failed() && r.evidence != ""
			if r.evidence == "" {
				t.Error("there is no evidence")
			}
		})
	}
}

// T is one attack under way, on the server of one house.
type T struct {
	*testing.T
	*house

	alone []*house // servers of this attack alone
}

// own starts a server like that of the house for this attack alone, with a handful of people
// or, if it is empty, before it is set up.
func (t *T) own(like *house, empty bool, flags ...string) *T {
	t.Helper()
	h := &house{name: like.name, base: like.base, flags: append(slices.Clone(like.flags), flags...), small: !empty, empty: empty}
	if like == direct {
		h.base = "" // has a port of its own
	}
	t.must(h.start())
	t.alone = append(t.alone, h)
	return &T{T: t.T, house: h}
}

// end stops the servers of this attack alone and looks at what they leave behind.
func (t *T) end() {
	for _, h := range t.alone {
		for _, wrong := range h.close() {
			t.Error(wrong)
		}
		os.RemoveAll(h.folder)
	}
}

func (t *T) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// command runs a command on the server's data and returns what it printed.
func (t *T) command(args ...string) string {
	t.Helper()
	out, err := t.server.Run("", args...)
	t.must(err)
	return out
}

// burst sends requests of browsers at the same moment, see Server.Burst, and keeps the
// cookies of nobody.
func (t *T) burst(requests ...*request) []Answer {
	t.Helper()
	var all [][]byte
	for _, r := range requests {
		t.house.note(r)
		all = append(all, r.bytes())
	}
	answers, err := t.server.Burst(all)
	t.must(err)
	for _, a := range answers {
		t.house.saw(a)
	}
	return answers
}

// count is how many answers there are of each status, as "10 × 422, 40 × 429".
func count(answers []Answer, of func(Answer) bool) (n int) {
	for _, a := range answers {
		if of(a) {
			n++
		}
	}
	return n
}

// status is a question about an answer for count.
func status(codes ...int) func(Answer) bool {
	return func(a Answer) bool {
		for _, code := range codes {
			if a.Status == code {
				return true
			}
		}
		return false
	}
}

// statuses says how many answers there are of each status, for a message.
func statuses(answers []Answer) string {
	n := map[int]int{}
	for _, a := range answers {
		n[a.Status]++
	}
	return fmt.Sprint(n)
}
