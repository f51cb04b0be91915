// Package repeat answers a form that is sent twice with the answer to the first copy.
//
// Without JavaScript nothing keeps a person from sending a form twice: Enter is pressed
// again because the answer is slow. The browser forgets the first answer, with the
// cookies in it, and shows the second, which would say that the code was used, or that
// the sign-in is over. So for a minute the answer to a form that succeeded is kept in
// memory, and a second copy of the form from the same browser gets it once more, without
// doing anything.
//
// A copy is known by everything that the browser sent: its cookies of ours, where it
// comes from, what it calls itself, the address and every byte of the form. Somebody who could
// send that already has the password or the code that is in the form, and the cookie of
// the very browser that sent it. Another browser, another form, a minute later: none is a
// copy, and the one-time thing is spent.
package repeat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/secret"
)

// For is how long an answer is kept.
const For = time.Minute

// maxAnswers is how many are kept, 4,096, a few megabytes. With one more the oldest goes
// of the network that has the most: a client that sends many forms takes nothing from others.
//
//limit:connections Answers kept for a minute for a form that is sent twice
const maxAnswers = 4096

// Answer is the answer to a form that succeeded.
type Answer struct {
	Ends     time.Time
	Until    time.Time // when it is over before that; zero for never
	Location string
	Cookies  []string // as they were set
	Keys     []string // of the form from this browser before the answer, and after it
	Tokens   []string // cookies of the browser, before and after
	Pages    []string // where the form stands
	LeadsTo  string   // the page behind it, if any other one ends the answer as well; "" if only those of the form do
	Network  string   // that it came from
	// Session and Pending must still be good for the answer to be given once more.
	Session, Pending string

	number int64 // among all that were kept
}

// Answers keeps the answers of a minute. It is safe for concurrent use.
type Answers struct {
	secret []byte // of the keys, so that what stays in memory cannot be tried out
	kept   atomic.Int64
	ends   atomic.Int64 // when the last of them does, in nanoseconds since 1970

	mu      sync.Mutex
	byKey   map[string]*Answer
	byToken map[string][]*Answer
	order   []*Answer      // the oldest first
	of      map[string]int // how many each network has
	total   int64          // how many were ever kept
	turns   map[string]*turn
	running map[string]int // how many forms are being answered, by cookie of the browser
}

// turn is what copies of one form wait for while one of them is on its way.
type turn struct {
	free  chan struct{} // holds one value while nobody has the turn
	users int
}

// New returns a memory without answers.
func New() *Answers {
	return &Answers{secret: []byte(secret.Token()), byKey: map[string]*Answer{}, byToken: map[string][]*Answer{}, of: map[string]int{}, turns: map[string]*turn{}, running: map[string]int{}}
}

// Key names a form: the parts, with their lengths, so that none runs into the next.
func (a *Answers) Key(parts ...string) string {
	mac := hmac.New(sha256.New, a.secret)
	for _, p := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		mac.Write([]byte(p))
	}
	return string(mac.Sum(nil))
}

// Take waits until no other copy of the form is on its way. Call done then.
func (a *Answers) Take(ctx context.Context, key string) (done func(), err error) {
	a.mu.Lock()
	t := a.turns[key]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		a.turns[key] = t
	}
	t.users++
	a.mu.Unlock()
	leave := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(a.turns, key)
		}
	}
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// Begin notes that a form from a browser with these cookies is being answered, until end
// is called.
func (a *Answers) Begin(tokens []string) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, token := range tokens {
		a.running[token]++
	}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, token := range tokens {
			if a.running[token]--; a.running[token] == 0 {
				delete(a.running, token)
			}
		}
	}
}

// Concern reports whether a form from a browser with one of these cookies was answered
// within the minute, or is being answered now.
func (a *Answers) Concern(tokens []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(tokens, func(token string) bool { return a.running[token] > 0 || len(a.byToken[token]) > 0 })
}

// Find returns the answer that is kept for a form, if it came after what Total said before; 0 is
// before all of them.
func (a *Answers) Find(key string, now time.Time, before int64) (*Answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgetOld(now)
	found, ok := a.byKey[key]
	return found, ok && found.number > before
}

// Total is how many answers were kept so far.
func (a *Answers) Total() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.total
}

// Keep keeps an answer. What the same browser did before is not a copy of anything any
// more: the same form sent now is meant.
func (a *Answers) Keep(n *Answer, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgetOld(now)
	for _, token := range n.Tokens {
		for _, old := range slices.Clone(a.byToken[token]) {
			a.forget(old)
		}
	}
	if len(a.order) >= maxAnswers {
		a.forget(a.oldestOfMost())
	}
	a.ends.Store(max(a.ends.Load(), n.Ends.UnixNano()))
	a.total++
	n.number = a.total
	a.order = append(a.order, n)
	a.of[n.Network]++
	for _, key := range n.Keys {
		a.byKey[key] = n
	}
	for _, token := range n.Tokens {
		a.byToken[token] = append(a.byToken[token], n)
	}
	a.kept.Store(int64(len(a.order)))
}

// oldestOfMost is the oldest answer of the network that has the most. a.mu is held.
func (a *Answers) oldestOfMost() *Answer {
	most := 0
	for _, n := range a.of {
		most = max(most, n)
	}
	for _, n := range a.order {
		if a.of[n.Network] == most {
			return n
		}
	}
	return a.order[0]
}

// Leave forgets the answers to forms that stand on this page, which a browser with these
// cookies is shown anew, and to those that led to another page than this one.
func (a *Answers) Leave(page string, tokens []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, token := range tokens {
		for _, old := range slices.Clone(a.byToken[token]) {
			if slices.Contains(old.Pages, page) || old.LeadsTo != "" && old.LeadsTo != page {
				a.forget(old)
			}
		}
	}
}

// forgetOld forgets what is over, or of a time that is still to come because the clock
// was set back. a.mu is held.
func (a *Answers) forgetOld(now time.Time) {
	for len(a.order) > 0 && (!now.Before(a.order[0].Ends) || now.Before(a.order[0].Ends.Add(-For-time.Second))) {
		a.forget(a.order[0])
	}
}

// forget forgets one answer. a.mu is held.
func (a *Answers) forget(old *Answer) {
	for _, key := range old.Keys {
		if a.byKey[key] == old {
			delete(a.byKey, key)
		}
	}
	for _, token := range old.Tokens {
		left := slices.DeleteFunc(a.byToken[token], func(n *Answer) bool { return n == old })
		if a.byToken[token] = left; len(left) == 0 {
			delete(a.byToken, token)
		}
	}
	a.order = slices.DeleteFunc(a.order, func(n *Answer) bool {
		if n == old {
			if a.of[n.Network]--; a.of[n.Network] == 0 {
				delete(a.of, n.Network)
			}
		}
		return n == old
	})
	a.kept.Store(int64(len(a.order)))
}

// None reports whether no answer is kept that could be given now.
func (a *Answers) None(now time.Time) bool {
	return a.kept.Load() == 0 || now.UnixNano() >= a.ends.Load()
}
