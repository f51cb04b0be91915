package logs

import (
	"sync"
	"time"
)

const (
	// Minute is the time for which lines are counted.
	Minute = time.Minute
	// MaxNetworkLines is how many lines of one kind requests of one network, or of one
	// person who is signed in, may bring in a minute: 60. One a second
	// shows what goes on, and nobody fills the disk or pushes the lines of others out of the log.
	//
	//limit:log,a-minute Log lines of one kind that one network or person causes
	MaxNetworkLines = 60
	// MaxLines is how many lines of one kind the requests of people who are not signed in
	// may bring in a minute, and those of people who are: 240 each. The others are
	// counted, and their number is one line a minute.
	//
	//limit:log,a-minute Log lines of one kind that all strangers cause, and all people who are signed in
	MaxLines = 240
)

// Quota decides which lines about requests are written. Beyond its bounds they are counted
// only. It is safe for concurrent use.
type Quota struct {
	mu      sync.Mutex
	windows map[string]*window
}

// window is a minute of one kind of line.
type window struct {
	began time.Time
	lines int
	by    map[string]int // at most MaxLines causes
	left  int            // out
}

// Left is how many lines of a kind were left out, and since when they were counted.
type Left struct {
	Kind  string
	Lines int
	Since time.Time
}

// Take reports whether a line of this kind that somebody caused is to be written. first
// says that it is the first of its minute that is not.
func (q *Quota) Take(kind, cause string, now time.Time) (write, first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.windows == nil {
		q.windows = map[string]*window{}
	}
	w := q.windows[kind]
	if w == nil {
		w = &window{began: now, by: map[string]int{}}
		q.windows[kind] = w
	}
	if w.lines >= MaxLines || w.by[cause] >= MaxNetworkLines {
		w.left++
		return false, w.left == 1
	}
	w.lines++
	w.by[cause]++
	return true, false
}

// Ended returns what was left out in the minutes that are over, and begins new ones. A
// clock that was set back ends them, too; all ends them at once.
func (q *Quota) Ended(now time.Time, all bool) (left []Left) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for kind, w := range q.windows {
		if age := now.Sub(w.began); !all && age >= 0 && age < Minute {
			continue
		}
		if delete(q.windows, kind); w.left > 0 {
			left = append(left, Left{kind, w.left, w.began})
		}
	}
	return left
}
