//go:build !testclock

package program

import "time"

// now is the clock of the program: the machine's.
func now() time.Time { return time.Now() }
