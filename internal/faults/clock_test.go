package faults

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// The name of the function that moves the clock, as it stands in a program that has it.
const clockSymbol = "latchkey/internal/program.testClock"

var movableOnce = sync.OnceValues(func() (string, error) { return build("latchkey-testclock", "testclock") })

// movable is the path of the program with a clock that tests can move.
func movable(t testing.TB) string {
	t.Helper()
	path, err := movableOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOT17_TheClockOfPeopleCannotBeMoved: what is built for people does not have the function
// that moves the clock, and what is built for this test does.
func TestOT17_TheClockOfPeopleCannotBeMoved(t *testing.T) {
	t.Parallel()
	for path, has := range map[string]bool{built(t): false, movable(t): true} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// The names of functions stay in a program that is stripped of its symbols, for traces.
		if bytes.Contains(text, []byte(clockSymbol)) != has || !bytes.Contains(text, []byte("latchkey/internal/program.Open")) {
			t.Errorf("%s has the function: %v, want %v", path, !has, has)
		}
		out, err := exec.Command("go", "version", "-m", path).CombinedOutput()
		if err != nil || strings.Contains(string(out), "testclock") != has && strings.Contains(string(out), "-tags=testclock") != has {
			t.Errorf("go version -m %s: %v %s", path, err, out)
		}
	}
}

// clock is the file that moves the clock of a server.
type clock string

func (c clock) set(t testing.TB, by time.Duration) {
	t.Helper()
	if err := os.WriteFile(string(c), []byte(by.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
