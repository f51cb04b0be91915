// Package report prints what was measured, each figure beside its goal.
package report

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Row is one line of the table. An empty Goal is a yardstick, which cannot fail.
type Row struct {
	What, Measured, Goal string
	Met                  bool
}

// Print writes the rows to standard output as a Markdown table; a missed goal is an error.
func Print(rows []Row) error {
	if err := write(os.Stdout, rows); err != nil {
		return err
	}
	if missed := missed(rows); len(missed) > 0 {
		return fmt.Errorf("goals missed: %s", strings.Join(missed, ", "))
	}
	return nil
}

// missed names the rows that are not what they should be.
func missed(rows []Row) (what []string) {
	for _, r := range rows {
		if r.Goal != "" && !r.Met {
			what = append(what, r.What)
		}
	}
	return what
}

// write writes rows as a Markdown table.
func write(w io.Writer, rows []Row) error {
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
