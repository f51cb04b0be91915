//go:build testclock

package program

import (
	"os"
	"strings"
	"time"
)

// now is the clock of a program that is built for tests of wrong clocks, and for nothing
// else: see testClock. A test makes sure that what people get does not have it.
func now() time.Time { return testClock() }

// testClock is the machine's clock, moved by the duration in the file that TESTCLOCK names.
// It is read each time, so that the clock jumps under a server that runs.
//
//go:noinline
func testClock() time.Time {
	at := time.Now().Round(0) // without the clock that cannot be set
	text, err := os.ReadFile(os.Getenv("TESTCLOCK"))
	if err != nil {
		return at
	}
	by, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return at
	}
	return at.Add(by)
}
