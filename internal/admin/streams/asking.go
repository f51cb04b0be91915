package streams

import (
	"sync"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/web"
)

const (
	// askingAtOnce is how many pages wait for the other side of a stream at the same time, 8. Each keeps
	// a connection, and up to 20,000 rows of the audit log while it compares.
	//
	//limit:streams Test events, events sent again and checks that wait for an answer, of all administrators
	askingAtOnce = 8
	// askingEach is how many of them may be of one administrator, 2. The others are room for everybody else.
	//
	//limit:streams Test events, events sent again and checks of one administrator that wait for an answer
	askingEach = 2
	// askAgain is when somebody is told to try again, 20 seconds. It is as long as one may take.
	//
	//limit:streams Wait after which somebody who found no room among them is asked to come back
	askAgain = 20 * time.Second
)

// asking are the pages that wait for another side, by the id of the user. It is safe for concurrent use.
type asking struct {
	lock sync.Mutex
	all  int
	of   map[string]int
}

// bounded has a handler that asks another side begin only while there is room (EX-01).
func (a *asking) bounded(handle func(*web.Visitor) error) func(*web.Visitor) error {
	return func(v *web.Visitor) error {
		id := v.User.ID
		if !a.begin(id) {
			return &problem.Problem{
				Kind: problem.TooMany, RetryAfter: askAgain, Title: "Other answers are being waited for",
				Message: "You can wait for two answers of other systems at a time, and all administrators for eight. Try again in 20 seconds.",
			}
		}
		defer a.end(id)
		return handle(v)
	}
}

func (a *asking) begin(id string) bool {
	a.lock.Lock()
	defer a.lock.Unlock()
	if a.all >= askingAtOnce || a.of[id] >= askingEach {
		return false
	}
	a.all++
	a.of[id]++
	return true
}

func (a *asking) end(id string) {
	a.lock.Lock()
	defer a.lock.Unlock()
	a.all--
	if a.of[id]--; a.of[id] == 0 {
		delete(a.of, id)
	}
}
