package internal_test

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	anyTest = regexp.MustCompile(`^func (Test|Fuzz|Benchmark|Example)[A-Z_]`)
)

// TestTestFiles_AreNamedForWhatTheyHold: a test file without a test is called helpers_…,
// so that somebody who looks for the tests of something need not open it.
func TestTestFiles_AreNamedForWhatTheyHold(t *testing.T) {
	t.Parallel()
	for name, text := range sources(t) {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		helper := strings.HasPrefix(path.Base(name), "helpers_")
		if tests := slices.ContainsFunc(lines(text, "func "), anyTest.MatchString); tests == helper {
			t.Errorf("%s: holds tests %v, is called helpers_ %v", name, tests, helper)
		}
	}
}

// TestTestFiles_DoNotSleep: a test moves the clock, or asks again and again for what another
// process does. A test that sleeps is slow, or fails on a busy machine, or both.
func TestTestFiles_DoNotSleep(t *testing.T) {
	t.Parallel()
	for name, text := range sources(t) {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "internal/apptest/") {
			if name != "internal/testfiles_test.go" && strings.Contains(text, "time.Sleep(") {
				t.Errorf("%s sleeps", name)
			}
		}
	}
}
