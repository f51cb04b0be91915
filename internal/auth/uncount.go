package auth

import "time"

// Uncount takes back one try of which nothing was looked at, as if it had never come. t is
// what is remembered now, counted what Try returned for it. It returns what to remember.
//
// The place of the try is free again, and a wait that it began ends. From the Free-th try in
// a row on each try begins a wait during which no other is let through, so that a wait is that
// of the last one: if that was another, it stays. With fewer tries than Free there is none to
// wait for, whoever began it. A window that has begun since knows nothing of the try.
func (l Limit) Uncount(t, counted Tries) Tries {
	if t.Count == 0 || !same(t.WindowEnds, counted.WindowEnds) {
		return t
	}
	t.Count--
	if t.Count < l.Free || same(t.BlockedUntil, counted.BlockedUntil) {
		t.BlockedUntil = time.Time{}
	}
	return t
}

// same compares what was written down, in milliseconds, with what was meant.
func same(a, b time.Time) bool { return a.UnixMilli() == b.UnixMilli() }
