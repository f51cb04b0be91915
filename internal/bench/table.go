package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// tableCommand measures everything, one thing after another.
type tableCommand struct {
	Duration time.Duration `default:"5s" help:"How long each measurement lasts."`
	Dir      string        `default:"." help:"A folder on the disk to measure."`
	Product  string        `default:"bin/latchkey" help:"The program to measure."`
}

// row is one line of the table. An empty Goal is a yardstick, which cannot fail.
type row struct {
	What, Measured, Goal string
	Met                  bool
}

// Run measures and prints; missing a goal is an error, after the table.
func (c tableCommand) Run() error {
	rows, err := c.measure()
	if err != nil {
		return err
	}
	return report(rows)
}

// report prints the rows; a missed goal is an error.
func report(rows []row) error {
	if err := printTable(os.Stdout, rows); err != nil {
		return err
	}
	if missed := missedGoals(rows); len(missed) > 0 {
		return fmt.Errorf("goals missed: %s", strings.Join(missed, ", "))
	}
	return nil
}

// measure measures the machine itself, and then the product against it.
func (c tableCommand) measure() ([]row, error) {
	hash := hashCommand{MemoryMiB: 64, Passes: 3, Duration: c.Duration}.measure()
	fsync, err := fsyncCommand{Dir: c.Dir, Duration: c.Duration}.measure()
	if err != nil {
		return nil, err
	}
	rows := []row{
		{What: "cores", Measured: fmt.Sprint(runtime.NumCPU())},
		{What: "argon2id 64 MiB, 3 passes, all cores", Measured: throughput(hash)},
		{What: "append 4 KB and fsync", Measured: throughput(fsync)},
	}
	more, err := c.measureProduct(hash, fsync)
	return append(rows, more...), err
}

// throughput says how many a second and how long one took.
func throughput(r result) string {
	text := fmt.Sprintf("%.0f/s, p50 %.2f ms, p99 %.2f ms", r.PerSecond, r.P50, r.P99)
	if r.PerSecond < 100 {
		text = fmt.Sprintf("%.1f/s, p50 %.1f ms, p99 %.1f ms", r.PerSecond, r.P50, r.P99)
	}
	return text
}

// missedGoals names the rows that are not what they should be.
func missedGoals(rows []row) []string {
	var missed []string
	for _, r := range rows {
		if r.Goal != "" && !r.Met {
			missed = append(missed, r.What)
		}
	}
	return missed
}

// printTable writes rows as a Markdown table.
func printTable(w io.Writer, rows []row) error {
	var b strings.Builder
	b.WriteString("| what | measured | goal | |\n|---|---|---|---|\n")
	for _, r := range rows {
		verdict := ""
		if r.Goal != "" {
			verdict = map[bool]string{true: "met", false: "**missed**"}[r.Met]
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.What, r.Measured, r.Goal, verdict)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
