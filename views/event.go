package views

import "time"

// Event is one row of an audit trail, in words.
type Event struct {
	Seq int64
	At  time.Time
	// Words say what happened, for example "Signed in with a password".
	Words string
	// Who acted and OnWhom it was done, as names; OnWhom is empty when they are the same.
	Who, OnWhom string
	// From is the address and the browser, for example "203.0.113.7, Firefox on Linux".
	From string
	// Result is one word, for example "Succeeded"; ResultKind is "good", "warn", "bad" or empty.
	Result, ResultKind string
	RequestID          string
	// Why is the reason that was given to whom it was done; empty for most events.
	Why string
	// Details is the stored JSON as text, empty for none.
	Details string
	// Revert is the address of the page that takes it back, empty where that cannot be.
	Revert string
}

// people names who acted, and on whom when that is somebody else.
func (e Event) people() string {
	s := e.Who
	if e.OnWhom != "" && e.OnWhom != e.Who {
		if s != "" {
			s += " → "
		}
		s += e.OnWhom
	}
	if s == "" {
		return ""
	}
	return s + " · "
}
