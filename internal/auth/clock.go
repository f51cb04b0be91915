package auth

import (
	"fmt"
	"strings"
	"time"
)

// clockSlack is how far the clock may be off before anybody is bothered: more than
// requests that overlap, a leap second or a slow network make, and far less than the
// 30 seconds from which codes are refused.
const clockSlack = 5 * time.Second

// ClockWarnings says what is wrong with the server's clock, one full sentence each,
// for an administrator; nil if nothing is known to be. Codes, sessions, links and
// limits all hang on it: a clock that went back refuses codes as used already and
// lets sessions and links live longer (OT-17).
//
// Newest is the newest time found in the database, zero if there is none. Offset is
// what a time server says has to be added to now; zero also means that none was
// asked. It reads no clock and changes nothing.
func ClockWarnings(now, newest time.Time, offset time.Duration) []string {
	var warnings []string
	if behind := newest.Sub(now); behind > clockSlack {
		warnings = append(warnings, fmt.Sprintf("The clock is %s behind the newest entry of the audit log: it has gone back, or was wrong before. "+
			"Until it has caught up, codes may be refused as used already, and sessions and links last longer.", span(behind)))
	}
	if offset.Abs() > clockSlack {
		way := "slow"
		if offset < 0 {
			way = "fast"
		}
		warnings = append(warnings, fmt.Sprintf("The clock is %s %s, says the time server: from about 30 seconds on, codes from everybody's phone are refused. "+
			"Let the system set its clock by itself.", span(offset.Abs()), way))
	}
	return warnings
}

// span puts a length of time into words, with its two greatest units: 3 minutes,
// 2 hours 5 minutes, 40 days.
func span(d time.Duration) string {
	var words []string
	for _, unit := range []struct {
		name string
		is   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		n := d / unit.is
		d -= n * unit.is
		switch {
		case n == 1:
			words = append(words, "1 "+unit.name)
		case n > 1:
			words = append(words, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	return strings.Join(words[:min(2, len(words))], " ")
}
