package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// binary is the compiled tests of a package, with the mutants in them.
type binary struct {
	path   string
	folder string // of the package, where its tests run
}

// buildTests compiles the tests of a package with an overlay. errors is what the compiler
// said, if it said something.
func buildTests(pkg, overlay, out string) (b binary, errors string, err error) {
	args := append([]string{"test", "-c", "-vet=off", "-gcflags=-e", "-o", out}, withOverlay(overlay)...)
	said, err := exec.Command("go", append(args, pkg)...).CombinedOutput()
	folder, absErr := filepath.Abs(pkg)
	return binary{path: out, folder: folder}, string(said), cmp.Or(err, absErr)
}

// withOverlay are the flags for a build of an overlay: the tags of all builds, and mutants.
func withOverlay(overlay string) []string {
	tags := "mutants"
	if m := regexp.MustCompile(`-tags[= ](\S+)`).FindStringSubmatch(os.Getenv("GOFLAGS")); m != nil {
		tags = m[1] + "," + tags
	}
	return []string{"-tags", tags, "-overlay", overlay}
}

// result is what became of one run of tests.
type result struct {
	failed string // the first test that failed, or another reason; "" when all passed
	ran    int
	cpu    time.Duration
	said   string
}

// Bounds of one run, so that a mutant that never ends is one that was noticed. Processor
// time is what counts, because the machine may have other things to do.
const (
	wallBound   = 3 * time.Minute
	leastCPU    = 3 * time.Second
	memoryBound = 6 << 20 // KB of address space
)

var (
	failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	beganTest  = regexp.MustCompile(`(?m)^=== RUN\s+(\S+)`)
)

// run runs tests while one mutant lives; 0 is none.
func (b binary) run(tests string, mutant int, cpu time.Duration, more ...string) (r result, err error) {
	wall := max(wallBound, 5*cpu)
	ctx, cancel := context.WithTimeout(context.Background(), wall)
	defer cancel()
	seconds := int(max(cpu, leastCPU).Seconds())
	script := fmt.Sprintf("ulimit -t %d; ulimit -v %d; exec \"$@\"", seconds, memoryBound)
	c := exec.CommandContext(ctx, "sh", "-c", script, "sh", b.path, "-test.failfast", "-test.v", "-test.timeout="+wall.String(), "-test.run="+tests)
	c.Dir, c.Env = b.folder, append(os.Environ(), "MUTANT="+strconv.Itoa(mutant))
	c.Env = append(c.Env, more...)
	c.WaitDelay = time.Second
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err = c.Run()
	r = result{said: out.String(), ran: len(beganTest.FindAllString(out.String(), -1))}
	if c.ProcessState != nil {
		r.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	if err == nil {
		return r, nil
	}
	if c.ProcessState == nil {
		return r, err
	}
	switch m := failedTest.FindStringSubmatch(r.said); {
	case m != nil:
		r.failed = m[1]
	case ctx.Err() != nil || c.ProcessState.ExitCode() < 0:
		r.failed = "did not end" + during(r.said)
	case strings.Contains(r.said, "panic: ") || strings.Contains(r.said, "fatal error: "):
		r.failed = "panic" + during(r.said)
	default:
		r.failed = "exit" + during(r.said)
	}
	return r, nil
}

func during(said string) string {
	if began := beganTest.FindAllStringSubmatch(said, -1); len(began) > 0 {
		return " in " + began[len(began)-1][1]
	}
	return ""
}

// tests lists the tests of a binary.
func (b binary) tests() ([]string, error) {
	c := exec.Command(b.path, "-test.list=^(Test|Fuzz|Example)")
	c.Dir = b.folder
	out, err := c.Output()
	return strings.Fields(string(out)), err
}

// only is a pattern for exactly these tests.
func only(tests []string) string {
	quoted := slices.Clone(tests)
	for i, t := range quoted {
		quoted[i] = regexp.QuoteMeta(t)
	}
	return "^(" + strings.Join(quoted, "|") + ")$"
}
