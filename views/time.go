package views

import (
	"strconv"
	"time"
)

// Times are written in UTC and say so, which is right without script; app.js
// rewrites them in the reader's own zone from the datetime attribute.

func machine(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
func minute(t time.Time) string  { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }
func second(t time.Time) string  { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") }
func date(t time.Time) string    { return t.UTC().Format("2 January 2006") }
func isoDate(t time.Time) string { return t.UTC().Format("2006-01-02") }
func clock(t time.Time) string   { return t.UTC().Format("15:04 UTC") }

// about returns a duration as people say it, rounded up so that nobody comes back too early.
func about(d time.Duration) string {
	switch {
	case d <= 90*time.Second:
		return count(ceil(d, time.Second), "second")
	case d <= 90*time.Minute:
		return "about " + count(ceil(d, time.Minute), "minute")
	default:
		return "about " + count(ceil(d, time.Hour), "hour")
	}
}

func ceil(d, unit time.Duration) int { return int((d + unit - 1) / unit) }

// count returns "1 user", "2 users", "1,204 users".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes a number with separators, as pages in English do.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
