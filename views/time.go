package views

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Every time on a page is written by the functions here, in the one zone of its reader:
// the zone they chose or UTC, which is always named. Where none was chosen, app.js
// rewrites them in the browser's zone from the datetime attribute, which stays in UTC.

type zoneKey struct{}

// inZone draws a page with its times in the zone that its reader chose.
func (f *Frame) inZone(page templ.Component) templ.Component {
	if f.Zone == nil {
		return page
	}
	zone := f.Zone
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return page.Render(context.WithValue(ctx, zoneKey{}, zone), w)
	})
}

// zoneOf is the zone of the page that is being drawn.
func zoneOf(ctx context.Context) *time.Location {
	if zone, ok := ctx.Value(zoneKey{}).(*time.Location); ok {
		return zone
	}
	return time.UTC
}

// Minute is a point in time to the minute in a zone, which is named: "23 Nov 2026, 09:17
// UTC". Nil is UTC. It is for words that a handler puts together.
func Minute(t time.Time, zone *time.Location) string {
	return inWords(t, zone, "2 Jan 2006, 15:04")
}

// inWords writes a time in a zone with the zone's abbreviation behind it.
func inWords(t time.Time, zone *time.Location, layout string) string {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	return t.Format(layout) + " " + abbreviation(t)
}

// abbreviation is what people call the zone of t: "GMT", "CET", or "UTC+5:30" where there
// is no such name.
func abbreviation(t time.Time) string {
	name, offset := t.Zone()
	if strings.ContainsAny(name, "+-0123456789") || name == "" {
		name = "UTC" + t.Format("-07:00")
		if offset%3600 == 0 {
			name = "UTC" + t.Format("-07")
		}
		name = strings.Replace(strings.Replace(name, "+0", "+", 1), "-0", "-", 1)
	}
	return name
}

func machine(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
func date(t time.Time) string    { return t.UTC().Format("2 January 2006") }
func isoDate(t time.Time) string { return t.UTC().Format("2006-01-02") }

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

// Amount is one sentence for one thing and another, with %d in it, for several.
func Amount(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(several, n)
}

// thousands writes a number with separators, as pages in English do.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
