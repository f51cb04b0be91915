package internal_test

import (
	"os"
	"path"
	"path/filepath"
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

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// TestSU05_SeedsAreKept: what fuzzing found interesting stands beside each target, so that
// every run of the tests tries it and the next fuzzing begins there.
func TestSU05_SeedsAreKept(t *testing.T) {
	t.Parallel()
	targets := 0
	for name, text := range sources(t) {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range fuzzTarget.FindAllStringSubmatch(text, -1) {
			targets++
			if kept, err := os.ReadDir(filepath.Join("..", path.Dir(name), "testdata", "fuzz", m[1])); err != nil || len(kept) == 0 {
				t.Errorf("%s of %s has no seeds in testdata/fuzz: %v", m[1], name, err)
			}
		}
	}
	if targets < 40 {
		t.Errorf("only %d targets", targets)
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
