package views

import (
	"context"
	"io"
	"strconv"
	"time"
)

// Audit is the audit log, GET /admin/audit.
type Audit struct {
	Frame
	Filter AuditFilter
	// Groups are the choices of the event filter, Results those of the result filter.
	Groups  []EventGroup
	Results []Option
	Events  []Event
	// Before is the time of the page key, for the caption; zero on the newest page.
	Before time.Time
	// KeepDays is how long events are kept, 0 for ever.
	KeepDays int
	// Head is the number and MAC of the newest event, "1042:…"; empty for none.
	Head string
	// Newer and Older are addresses of the neighbouring pages, empty for none.
	Newer, Older string
}

// AuditFilter is the state of the log as it stands in the address.
type AuditFilter struct {
	// Actor and User are user names, who acted and on whom.
	Actor, User string
	// Event is an event name such as "login.password"; Result one of Results, or empty.
	Event, Result string
	IP            string
	// From and To are days in the reader's zone, 2006-01-02, both included.
	From, To string
	// Before is the sequence number this page ends before; 0 for the newest page.
	Before int64
}

// EventGroup is a heading of the event filter with the events below it.
type EventGroup struct {
	Label  string
	Events []Option
}

// Option is one choice of a list.
type Option struct {
	Value, Words string
}

// Path returns the shareable address of this state; empty values are left out.
func (f AuditFilter) Path() string {
	v := query{}
	v.add("actor", f.Actor).add("user", f.User).add("event", f.Event).add("result", f.Result)
	v.add("ip", f.IP).add("from", f.From).add("to", f.To)
	if f.Before != 0 {
		v.add("before", strconv.FormatInt(f.Before, 10))
	}
	return v.path("/admin/audit")
}

// Filtered reports whether the log leaves anything out, pages aside.
func (f AuditFilter) Filtered() bool {
	f.Before = 0
	return f != AuditFilter{}
}

// Render draws the page.
func (p Audit) Render(ctx context.Context, w io.Writer) error {
	return p.page("Audit log", p.body()).Render(ctx, w)
}

// kept says how long events are kept.
func (p Audit) kept() string {
	if p.KeepDays == 0 {
		return "Events are kept indefinitely."
	}
	return "Events are kept for " + count(p.KeepDays, "day") + "."
}

// caption says how many events are shown and before when.
func (p Audit) caption() string {
	n := count(len(p.Events), "event")
	if p.Before.IsZero() {
		return "Showing the newest " + n
	}
	return "Showing " + n + " before " + Minute(p.Before, p.Zone)
}

// inZoneWords says in which zone days begin, if it is not the one that times are in.
func (p Audit) inZoneWords() string {
	if p.Zone == nil {
		return ", UTC"
	}
	return ""
}
