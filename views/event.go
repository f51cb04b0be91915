package views

import "time"

// Event is one row of an audit trail, in words.
type Event struct {
	Seq int64
	At  time.Time
	// Words say what happened, for example "Wrong code while adding an app".
	Words string
	// Who acted and OnWhom it was done, as names, where Words leave that to them; OnWhom is
	// empty when they are the same.
	Who, OnWhom string
	// From is the address and the browser, for example "203.0.113.7, Firefox on Linux".
	From string
	// Result is the tag of what failed or was blocked, empty for what was done; ResultKind is "warn" or "bad".
	Result, ResultKind string
	RequestID          string
	// Why is the reason that a person gave for it; empty for most events.
	Why string
	// Facts are the details in words: what was before and what came after.
	Facts []Fact
	// Details is the same as the stored JSON, empty for none.
	Details string
	// Batch is the id of the action on several users that the event tells of or is a part of;
	// empty for none.
	Batch string
	// Revert is the address of the page that takes it back, empty where that cannot be.
	Revert string
}

// Fact is one detail of an event. Before is empty where nothing was replaced.
type Fact struct {
	Name, Before, After string
}

// batchPath is the page of the action on several users.
func (e Event) batchPath() string { return "/admin/users/bulk/" + e.Batch }

// change is before and after in one line.
func (f Fact) change() string {
	switch {
	case f.Before == "":
		return f.After
	case f.After == "":
		return f.Before + " → nothing"
	}
	return f.Before + " → " + f.After
}
